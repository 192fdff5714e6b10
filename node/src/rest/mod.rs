//! The REST server: `/v1/…`, the stream, the documentation, and one form of error for everything.
//!
//! A read's answer is its body; the height, time and app hash that it was read at are the headers `chortle-height`,
//! `chortle-time-unix-ms` and `chortle-app-hash`. With `?prove=true` the body is `{"answer": …, "proof": …}`.

mod answers;
mod args;
mod blocks;
mod build;
mod dev;
mod docs;
mod headers;
mod json;
mod middleware;
mod openapi;
mod problem;
mod prove;
mod queries;
mod recent_txs;
mod routes;
mod server;
mod simulate;
mod state;
mod status;
mod stream;
mod submit;
mod txs;
mod view;
mod whole;

use std::sync::{Arc, LazyLock};
use std::time::Duration;

use axum::Router;
use serde_json::Value;
use tokio::sync::{Semaphore, watch};

pub use problem::{Error, Outcome, Problem, RequestId, catalogue};
pub use server::{Bound, serve};

use crate::dev::DevChain;
use crate::metrics::Metrics;
use crate::state_machine::Chain;
use crate::submit::Submit;

/// What one caller, and all callers together, may take.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Longest body.
    pub body_bytes_max: usize,
    /// How long the head of a request may take to arrive.
    pub head_timeout: Duration,
    /// How long a request may take from its head to the head of the answer.
    pub request_timeout: Duration,
    /// Most requests in work at a time; more are refused as busy.
    pub requests_max: usize,
    /// Most open connections; more wait.
    pub connections_max: usize,
    /// Most open streams.
    pub streams_max: usize,
    /// Pause between two heartbeats of a stream.
    pub heartbeat: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            // A transaction of 64 KiB as hexadecimal in JSON, with room to spare.
            body_bytes_max: 256 * 1024,
            head_timeout: Duration::from_secs(10),
            request_timeout: Duration::from_secs(15),
            requests_max: 256,
            connections_max: 2_048,
            streams_max: 256,
            heartbeat: Duration::from_secs(15),
        }
    }
}

/// What every handler works with.
#[derive(Clone)]
pub struct Context {
    shared: Arc<Shared>,
}

struct Shared {
    chain: Chain,
    submit: Arc<dyn Submit>,
    metrics: Arc<Metrics>,
    dev: Option<Arc<DevChain>>,
    limits: Limits,
    recent_txs: recent_txs::RecentTxs,
    renderer: stream::Renderer,
    requests: Semaphore,
    streams: Arc<Semaphore>,
    stopping: watch::Receiver<bool>,
}

impl Context {
    /// A context for one node. `stopping` turns true when the node stops: streams end then.
    pub fn new(
        chain: Chain,
        submit: Arc<dyn Submit>,
        metrics: Arc<Metrics>,
        dev: Option<Arc<DevChain>>,
        limits: Limits,
        stopping: watch::Receiver<bool>,
    ) -> Self {
        let renderer = stream::Renderer::new(stream::Held(metrics.stream_bytes.clone()));
        let shared = Shared {
            chain,
            submit,
            metrics,
            dev,
            recent_txs: recent_txs::RecentTxs::default(),
            renderer,
            requests: Semaphore::new(limits.requests_max),
            streams: Arc::new(Semaphore::new(limits.streams_max)),
            limits,
            stopping,
        };
        Self { shared: Arc::new(shared) }
    }
}

static DOCUMENT: LazyLock<Value> = LazyLock::new(openapi::make);

/// The OpenAPI document of this server.
pub fn document() -> &'static Value {
    &DOCUMENT
}

/// Every route, with everything around it.
pub fn router(context: Context) -> Router {
    let mounted =
        routes::ROUTES.iter().filter(|route| !route.is_for_development() || context.shared.dev.is_some());
    let routes = mounted.fold(queries::routes().merge(build::routes()), |router, route| {
        router.route(route.path, (route.mount)())
    });
    middleware::around(routes, context)
}

/// Runs a read on a thread that may wait for the disk.
async fn blocking<T: Send + 'static>(work: impl FnOnce() -> Outcome<T> + Send + 'static) -> Outcome<T> {
    // The request's timeout drops this future; the work itself is bounded by the caps of every query.
    tokio::task::spawn_blocking(work).await.unwrap_or_else(|error| Err(Problem::internal(error)))
}
