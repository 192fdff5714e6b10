//! What stands around every route: id, log, count, limits, CORS, timeouts, and the last resort for a panic.

use std::any::Any;
use std::sync::LazyLock;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use axum::Router;
use axum::extract::{DefaultBodyLimit, MatchedPath, Request, State};
use axum::http::{HeaderName, HeaderValue, Method, StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use futures::StreamExt;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::cors::{Any as AnyOrigin, CorsLayer};
use tower_http::timeout::TimeoutLayer;

use super::problem::{Error, Problem, RequestId};
use super::{Context, problem, stream};

static NEXT: AtomicU64 = AtomicU64::new(0);
/// Differs between runs, so that two logs never share an id.
static RUN: LazyLock<u32> = LazyLock::new(rand::random);

/// 4 MiB at the default limit: more than an honest mistake sends, and cheap to throw away.
const HEARD_OUT_FACTOR: usize = 16;

/// Headers of a read that a page of another origin may see.
const EXPOSED: [&str; 6] =
    ["chortle-height", "chortle-time-unix-ms", "chortle-app-hash", "x-request-id", "location", "retry-after"];

pub(super) fn around(routes: Router<Context>, context: Context) -> Router {
    let limits = context.shared.limits;
    let inner = routes
        .layer(DefaultBodyLimit::max(limits.body_bytes_max))
        .layer(middleware::from_fn_with_state(context.clone(), hear_out))
        .layer(TimeoutLayer::with_status_code(StatusCode::REQUEST_TIMEOUT, limits.request_timeout))
        .layer(middleware::from_fn_with_state(context.clone(), admit))
        .layer(CatchPanicLayer::custom(panicked))
        .layer(middleware::from_fn(problem::finish))
        .layer(cors())
        .layer(middleware::from_fn_with_state(context.clone(), observe));
    inner.with_state(context)
}

/// Anyone may read, simulate and submit from a page of any origin: nothing here rests on cookies.
fn cors() -> CorsLayer {
    CorsLayer::new()
        .allow_origin(AnyOrigin)
        .allow_methods([Method::GET, Method::HEAD, Method::POST])
        .allow_headers([header::CONTENT_TYPE, header::ACCEPT, HeaderName::from_static("last-event-id")])
        .expose_headers(EXPOSED.map(HeaderName::from_static))
        .max_age(std::time::Duration::from_secs(3_600))
}

/// Gives the request its id, counts it and logs it.
async fn observe(State(context): State<Context>, mut request: Request, next: Next) -> Response {
    let id = RequestId(format!("{:08x}{:08x}", *RUN, NEXT.fetch_add(1, Ordering::Relaxed)));
    request.extensions_mut().insert(id.clone());
    let route = request.extensions().get::<MatchedPath>().map_or("none", MatchedPath::as_str).to_owned();
    let method = request.method().clone();
    let started = Instant::now();
    let mut response = next.run(request).await;
    let (status, elapsed) = (response.status(), started.elapsed());
    context.shared.metrics.request(&method, &route, status, elapsed);
    tracing::debug!(request_id = %id.0, %method, route, status = status.as_u16(), ?elapsed, "request");
    let nosniff = HeaderValue::from_static("nosniff");
    response.headers_mut().insert(header::X_CONTENT_TYPE_OPTIONS, nosniff);
    response
}

/// Refuses at once what is above the number of requests that may be in work.
async fn admit(State(context): State<Context>, request: Request, next: Next) -> Response {
    let Ok(_place) = context.shared.requests.try_acquire() else { return stream::busy(request.headers()) };
    next.run(request).await
}

/// A caller that is hung up on while it still sends may never read why. So a body that is announced as too long is
/// read to its end and thrown away, up to [`HEARD_OUT_FACTOR`] times the limit; a longer one is not.
async fn hear_out(State(context): State<Context>, request: Request, next: Next) -> Response {
    let limit = context.shared.limits.body_bytes_max;
    let announced = request.headers().get(header::CONTENT_LENGTH).and_then(|text| text.to_str().ok());
    let announced: usize = announced.and_then(|text| text.parse().ok()).unwrap_or(0);
    if announced <= limit || announced > limit.saturating_mul(HEARD_OUT_FACTOR) {
        return next.run(request).await;
    }
    let mut body = request.into_body().into_data_stream();
    while let Some(Ok(_)) = body.next().await {}
    Problem::new(StatusCode::PAYLOAD_TOO_LARGE, Error::BodyTooLarge {}).into_response()
}

fn panicked(panic: Box<dyn Any + Send>) -> Response {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    let text = text.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("no message");
    Problem::internal(format!("a handler panicked: {text}")).into_response()
}
