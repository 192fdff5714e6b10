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
mod examples;
mod govern;
mod headers;
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
mod symbols;
mod tags;
mod txs;
mod view;
mod whole;

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

#[cfg(test)]
mod tests {
    use axum::body::Body;
    use axum::http::{Request, StatusCode};
    use axum::routing::get;
    use hyper::service::Service;
    use hyper_util::service::TowerToHyperService;

    use super::*;
    use crate::dev::{DevSubmit, Mode, genesis};

    fn context() -> (Context, watch::Sender<bool>) {
        let store = chortle_store::Store::memory(chortle_store::Options::default()).unwrap();
        let dev = Arc::new(genesis::open(store, "panic-1", Mode::Manual).unwrap());
        let (chain, submit) = (dev.chain().clone(), Arc::new(DevSubmit(Arc::clone(&dev))));
        let health = Health::new(&chain, submit.clone());
        let (stop, stopping) = watch::channel(false);
        let metrics = Arc::new(Metrics::default());
        (Context::new(chain, submit, metrics, Some(dev), Arc::default(), health, stopping), stop)
    }

    async fn broken() -> &'static str {
        panic!("of its own")
    }

    async fn broken_read() -> Outcome<&'static str> {
        blocking(|| panic!("on a reader's thread")).await
    }

    #[tokio::test]
    async fn a_panic_costs_its_own_request_alone() {
        let (context, _stop) = context();
        let routes = Router::new().route("/broken", get(broken)).route("/broken/read", get(broken_read));
        let routes = mount(middleware::bounded(routes, &context), routes::Route::is_of_health);
        let router = middleware::around(routes, &context);
        let code = chortle_kernel::Reject::from(Error::Internal {}).code();
        for _ in 0..3 {
            for (path, status) in [
                ("/broken", StatusCode::INTERNAL_SERVER_ERROR),
                ("/broken/read", StatusCode::INTERNAL_SERVER_ERROR),
                ("/healthz", StatusCode::OK),
            ] {
                let request = Request::get(path).body(Body::empty()).unwrap();
                let answer = TowerToHyperService::new(router.clone()).call(request).await.unwrap();
                assert_eq!(answer.status(), status, "{path}");
                let body = axum::body::to_bytes(answer.into_body(), 1 << 16).await.unwrap();
                let told = String::from_utf8_lossy(&body).contains(&code);
                assert_eq!(told, status.is_server_error(), "{path}");
            }
        }
        let shared = &context.shared;
        let whole = shared.requests.take(quota::Caller(None), shared.limits.requests_max);
        assert!(whole.is_ok(), "what a panic held is given back");
    }
}
