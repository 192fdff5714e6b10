//! What Prometheus reads, on a port of its own: `chortle_<area>_<noun>_<unit>`.

mod modules;

use std::sync::atomic::AtomicU64;
use std::time::Duration;

use axum::Router;
use axum::http::{Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use chortle_kernel::Halt;
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::{Histogram, exponential_buckets};
use prometheus_client::registry::Registry;
use std::sync::Arc;

use self::modules::Modules;
use crate::state_machine::Chain;

/// Transactions of a block that are measured at a time.
const MEASURED_BYTES: usize = 1 << 20;

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct RequestLabels {
    method: String,
    route: String,
    status: u16,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct RefusalLabels {
    code: String,
}

/// Everything that is measured.
pub struct Metrics {
    registry: Registry,
    requests: Family<RequestLabels, Counter>,
    seconds: Histogram,
    refusals: Family<RefusalLabels, Counter>,
    height: Gauge<u64, AtomicU64>,
    time_unix_ms: Gauge<u64, AtomicU64>,
    pending: Gauge<u64, AtomicU64>,
    /// Text and records that the streams hold.
    pub stream_bytes: Gauge<u64, AtomicU64>,
    block_txs: Histogram,
    failed_txs: Counter,
    gas_used: Counter,
    modules: Modules,
}

impl Default for Metrics {
    fn default() -> Self {
        let mut registry = Registry::default();
        let requests = Family::default();
        registry.register("chortle_rest_requests", "Requests answered", requests.clone());
        let seconds = Histogram::new(exponential_buckets(0.000_25, 4.0, 9));
        registry.register("chortle_rest_request_seconds", "Time from head to head", seconds.clone());
        let refusals = Family::default();
        registry.register("chortle_mempool_refusals", "Transactions refused, by code", refusals.clone());
        let height = Gauge::default();
        registry.register("chortle_chain_height_blocks", "Last committed height", height.clone());
        let time_unix_ms = Gauge::default();
        registry.register("chortle_chain_time_unix_ms", "Time of the last block", time_unix_ms.clone());
        let pending = Gauge::default();
        registry.register("chortle_mempool_pending_txs", "Admitted and in no block yet", pending.clone());
        let stream_bytes = Gauge::default();
        registry.register("chortle_rest_stream_bytes", "What the streams hold", stream_bytes.clone());
        let block_txs = Histogram::new(exponential_buckets(1.0, 4.0, 9));
        registry.register("chortle_block_txs", "Transactions per block", block_txs.clone());
        let failed_txs = Counter::default();
        registry.register(
            "chortle_chain_failed_txs",
            "Transactions whose messages were refused",
            failed_txs.clone(),
        );
        let gas_used = Counter::default();
        registry.register("chortle_chain_gas_used", "Gas that was charged", gas_used.clone());
        let modules = Modules::register(&mut registry);
        Self {
            registry,
            requests,
            seconds,
            refusals,
            height,
            time_unix_ms,
            pending,
            stream_bytes,
            block_txs,
            failed_txs,
            gas_used,
            modules,
        }
    }
}

impl Metrics {
    /// Counts a request.
    pub fn request(&self, method: &Method, route: &str, status: StatusCode, elapsed: Duration) {
        // A method is the caller's text, so only those that have a route are told apart.
        let method = match *method {
            Method::GET | Method::HEAD | Method::POST | Method::OPTIONS => method.to_string(),
            _ => "other".to_owned(),
        };
        let labels = RequestLabels { method, route: route.to_owned(), status: status.as_u16() };
        self.requests.get_or_create(&labels).inc();
        self.seconds.observe(elapsed.as_secs_f64());
    }

    /// Counts a transaction that was refused on submission.
    pub fn refused(&self, codespace: &str, number: u32) {
        let code = format!("{codespace}.{number}");
        self.refusals.get_or_create(&RefusalLabels { code }).inc();
    }

    fn block(&self, chain: &Chain, height: u64) {
        if let Err(halt) = self.results(chain, height) {
            tracing::error!(%halt, height, "a block cannot be measured");
        }
        self.height.set(height);
    }

    /// Reads the gauges of the modules; a chain without genesis has none.
    fn state(&self, chain: &Chain) {
        if let Ok(view) = chain.view(None) {
            self.modules.measure(view.state.as_ref());
        }
    }

    fn results(&self, chain: &Chain, height: u64) -> Result<(), Halt> {
        let Some(head) = chain.block_head(height)? else { return Ok(()) };
        self.block_txs.observe(head.txs.into());
        self.time_unix_ms.set(head.time_unix_ms);
        let mut next = 0;
        while next < head.txs {
            let txs = chain.block_txs(height, next, usize::MAX, MEASURED_BYTES)?;
            if txs.is_empty() {
                break;
            }
            let failed = txs.iter().filter(|record| !record.receipt.succeeded()).count();
            self.failed_txs.inc_by(failed as u64);
            self.gas_used.inc_by(txs.iter().map(|record| record.receipt.gas_used).sum());
            next = next.saturating_add(u32::try_from(txs.len()).unwrap_or(u32::MAX));
        }
        Ok(())
    }

    fn text(&self) -> Result<String, std::fmt::Error> {
        let mut text = String::new();
        encode(&mut text, &self.registry)?;
        Ok(text)
    }
}

/// Follows the chain for as long as it lives.
pub async fn follow(metrics: Arc<Metrics>, chain: Chain) {
    let mut tip = chain.subscribe();
    let mut seen = *tip.borrow_and_update();
    metrics.height.set(seen);
    let (first, of_chain) = (Arc::clone(&metrics), chain.clone());
    if let Err(error) = tokio::task::spawn_blocking(move || first.state(&of_chain)).await {
        tracing::error!(%error, "measuring the state failed");
    }
    while tip.changed().await.is_ok() {
        let height = *tip.borrow_and_update();
        let (work, chain) = (Arc::clone(&metrics), chain.clone());
        // A dev chain may have gone back.
        let first = seen.saturating_add(1).min(height);
        seen = height;
        let measured = tokio::task::spawn_blocking(move || {
            (first..=height).for_each(|height| work.block(&chain, height));
            if let Ok(status) = chain.status() {
                work.pending.set(status.pending as u64);
            }
            work.state(&chain);
        });
        if let Err(error) = measured.await {
            tracing::error!(%error, "measuring a block failed");
        }
    }
}

/// `/metrics`.
pub fn routes<S: Clone + Send + Sync + 'static>(metrics: Arc<Metrics>) -> Router<S> {
    Router::new().route("/metrics", get(move || std::future::ready(show(&metrics))))
}

fn show(metrics: &Metrics) -> Response {
    match metrics.text() {
        Ok(text) => {
            let kind = "application/openmetrics-text; version=1.0.0; charset=utf-8";
            ([(header::CONTENT_TYPE, kind)], text).into_response()
        }
        Err(error) => (StatusCode::INTERNAL_SERVER_ERROR, error.to_string()).into_response(),
    }
}
