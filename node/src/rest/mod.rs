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
mod json;
mod limits;
mod middleware;
mod openapi;
mod problem;
mod prove;
mod queries;
mod quota;
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

use std::sync::{Arc, LazyLock};

use axum::Router;
use serde_json::Value;
use tokio::sync::watch;

pub use limits::Limits;
pub use problem::{Error, Outcome, Problem, RequestId, catalogue};
pub use server::{Bound, Routers, serve};

use self::quota::Quota;

use crate::dev::DevChain;
use crate::health::Health;
use crate::metrics::Metrics;
use crate::state_machine::Chain;
use crate::submit::Submit;

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
    limits: Arc<Limits>,
    health: Arc<Health>,
    recent_txs: recent_txs::RecentTxs,
    renderer: stream::Renderer,
    requests: Arc<Quota>,
    streams: Arc<Quota>,
    bodies: Arc<Quota>,
    answers: Arc<Quota>,
    stopping: watch::Receiver<bool>,
}

impl Context {
    /// A context for one node. `stopping` turns true when the node stops: streams end then.
    pub fn new(
        chain: Chain,
        submit: Arc<dyn Submit>,
        metrics: Arc<Metrics>,
        dev: Option<Arc<DevChain>>,
        limits: Arc<Limits>,
        health: Arc<Health>,
        stopping: watch::Receiver<bool>,
    ) -> Self {
        let renderer = stream::Renderer::new(stream::Held(metrics.stream_bytes.clone()));
        let quota = |all| Quota::new(all, limits.address_percent);
        let shared = Shared {
            chain,
            submit,
            metrics,
            dev,
            recent_txs: recent_txs::RecentTxs::default(),
            renderer,
            requests: quota(limits.requests_max),
            streams: quota(limits.streams_max),
            bodies: quota(limits.bodies_bytes_max),
            answers: quota(limits.answers_bytes_max),
            limits,
            health,
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

fn mount(router: Router<Context>, wanted: impl Fn(&routes::Route) -> bool) -> Router<Context> {
    let routes = routes::ROUTES.iter().filter(|route| wanted(route));
    routes.fold(router, |router, route| router.route(route.path, (route.mount)()))
}

/// Every route, with everything around it, and what answers those that find no place.
pub fn routers(context: Context) -> Routers {
    let routes = mount(queries::routes().merge(build::routes()), |route| {
        !route.is_for_development() && !route.is_of_health()
    });
    let routes = match context.shared.dev {
        Some(_) => routes.merge(dev::guarded(mount(Router::new(), routes::Route::is_for_development))),
        None => routes,
    };
    let health = mount(Router::new(), routes::Route::is_of_health);
    let wide = middleware::bounded(routes, &context).merge(health.clone());
    let narrow = health.fallback(middleware::no_place);
    Routers { wide: Some(middleware::around(wide, &context)), narrow: middleware::around(narrow, &context) }
}

/// What is asked of the node's own port: metrics and health. It has no callers to bound, only places to keep free.
pub fn own_routers(context: Context, metrics: Router<Context>) -> Routers {
    let routes = mount(metrics, routes::Route::is_of_health);
    Routers { wide: None, narrow: middleware::around(routes, &context) }
}

/// Runs a read on a thread that may wait for the disk. One that nobody waits for any more is not begun.
async fn blocking<T: Send + 'static>(work: impl FnOnce() -> Outcome<T> + Send + 'static) -> Outcome<T> {
    let wanted = Arc::new(());
    let is_wanted = Arc::downgrade(&wanted);
    let gone = || Problem::internal("nobody waits for this answer");
    let work = move || if is_wanted.strong_count() > 0 { work() } else { Err(gone()) };
    // The request's timeout drops this future; the work itself is bounded by the caps of every query.
    let answer = tokio::task::spawn_blocking(work).await;
    drop(wanted);
    answer.unwrap_or_else(|error| Err(Problem::internal(error)))
}
