//! What stands around every route: id, log, count, limits, CORS, timeouts, and the last resort for a panic.

use std::any::Any;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, LazyLock};
use std::time::Instant;

use axum::body::{Body, Bytes, HttpBody};
use axum::extract::{DefaultBodyLimit, MatchedPath, Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::{Extension, Router};
use futures::StreamExt;
use http_body_util::BodyExt;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::cors::{Any as AnyOrigin, CorsLayer};
use tower_http::timeout::TimeoutLayer;

use super::problem::{Error, Problem, RequestId};
use super::quota::{Caller, Full, Hold};
use super::{Context, problem, stream, tags};

static NEXT: AtomicU64 = AtomicU64::new(0);
/// Differs between runs, so that two logs never share an id.
static RUN: LazyLock<u32> = LazyLock::new(rand::random);

/// 4 MiB at the default limit: more than an honest mistake sends, and cheap to throw away.
const HEARD_OUT_FACTOR: usize = 16;
/// An answer up to this size is never refused for its size: as many as there are connections are little.
const SMALL_BYTES: u64 = 16 * 1024;

/// Headers of a read that a page of another origin may see.
const EXPOSED: [&str; 7] = [
    "chortle-height",
    "chortle-time-unix-ms",
    "chortle-app-hash",
    "x-request-id",
    "location",
    "retry-after",
    "etag",
];

/// What bounds the work of a request, around the routes that do work.
pub(super) fn bounded(routes: Router<Context>, context: &Context) -> Router<Context> {
    let limits = &context.shared.limits;
    routes
        .layer(DefaultBodyLimit::max(limits.body_bytes_max))
        .layer(middleware::from_fn_with_state(context.clone(), weigh))
        .layer(TimeoutLayer::with_status_code(StatusCode::REQUEST_TIMEOUT, limits.request_timeout))
        .layer(middleware::from_fn_with_state(context.clone(), admit))
        .layer(middleware::from_fn_with_state(context.clone(), take_in))
}

/// What stands around every route, health included.
pub(super) fn around(routes: Router<Context>, context: &Context) -> Router {
    routes
        .layer(CatchPanicLayer::custom(panicked))
        .layer(middleware::from_fn(tags::unchanged))
        .layer(middleware::from_fn(problem::finish))
        .layer(cors())
        .layer(middleware::from_fn_with_state(context.clone(), observe))
        .with_state(context.clone())
}

/// Anyone may read, simulate and submit from a page of any origin: nothing here rests on cookies.
fn cors() -> CorsLayer {
    CorsLayer::new()
        .allow_origin(AnyOrigin)
        .allow_methods([Method::GET, Method::HEAD, Method::POST])
        .allow_headers([
            header::CONTENT_TYPE,
            header::ACCEPT,
            HeaderName::from_static("last-event-id"),
            header::IF_NONE_MATCH,
        ])
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

/// The answer to a connection that finds no place.
pub(super) async fn no_place(Extension(full): Extension<Full>, headers: HeaderMap) -> Response {
    stream::busy(&headers, full)
}

/// Refuses at once what is above the number of requests that may be in work.
async fn admit(State(context): State<Context>, request: Request, next: Next) -> Response {
    match context.shared.requests.take(caller(&request), 1) {
        Ok(_held) => {
            // Before it works, each other connection has its turn: so many requests at once, on one connection or on
            // many, meet their bound instead of a queue.
            tokio::task::yield_now().await;
            next.run(request).await
        }
        Err(full) => stream::busy(request.headers(), full),
    }
}

/// Who is asking; the server says it of every request.
pub(super) fn caller(request: &Request) -> Caller {
    request.extensions().get::<Caller>().copied().unwrap_or(Caller(None))
}

/// Reads the whole body before the request takes a place in work, so that who sends slowly keeps nobody else from it.
async fn take_in(State(context): State<Context>, request: Request, next: Next) -> Response {
    if request.body().is_end_stream() {
        return next.run(request).await;
    }
    let caller = caller(&request);
    let (parts, body) = request.into_parts();
    let gathered = gather(&context, caller, &parts.headers, body);
    match tokio::time::timeout(context.shared.limits.body_timeout, gathered).await {
        Ok(Ok((bytes, _held))) => next.run(Request::from_parts(parts, Body::from(bytes))).await,
        Ok(Err(refused)) => refused,
        Err(_) => StatusCode::REQUEST_TIMEOUT.into_response(),
    }
}

/// A caller that is hung up on while it still sends may never read why. So a body that is announced as too long is
/// read to its end and thrown away, up to [`HEARD_OUT_FACTOR`] times the limit; a longer one is not.
async fn gather(
    context: &Context,
    caller: Caller,
    headers: &HeaderMap,
    body: Body,
) -> Result<(Bytes, Hold), Response> {
    let limit = context.shared.limits.body_bytes_max;
    let announced = headers.get(header::CONTENT_LENGTH).and_then(|text| text.to_str().ok());
    let announced: usize = announced.and_then(|text| text.parse().ok()).unwrap_or(0);
    let mut body = body.into_data_stream();
    let too_large = || Problem::new(StatusCode::PAYLOAD_TOO_LARGE, Error::BodyTooLarge {}).into_response();
    if announced > limit {
        if announced <= limit.saturating_mul(HEARD_OUT_FACTOR) {
            while let Some(Ok(_)) = body.next().await {}
        }
        return Err(too_large());
    }
    let full = |full| stream::busy(headers, full);
    let mut held = context.shared.bodies.take(caller, 0).map_err(full)?;
    let mut bytes = Vec::new();
    while let Some(chunk) = body.next().await {
        let chunk = chunk.map_err(|error| Problem::malformed(error.to_string()).into_response())?;
        if bytes.len().saturating_add(chunk.len()) > limit {
            return Err(too_large());
        }
        // By what is set aside, not by what is filled: a chunk's own memory may be much more than its bytes.
        let needed = bytes.len().saturating_add(chunk.len());
        if needed > bytes.capacity() {
            let room = bytes.capacity().saturating_mul(2).clamp(needed, needed.max(limit));
            held.grow(room.saturating_sub(bytes.capacity()) as u64).map_err(full)?;
            bytes.reserve_exact(room.saturating_sub(bytes.len()));
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok((bytes.into(), held))
}

/// Counts a large answer for as long as its caller has not read it.
async fn weigh(State(context): State<Context>, request: Request, next: Next) -> Response {
    let caller = caller(&request);
    let accept = request.headers().get(header::ACCEPT).cloned();
    let response = next.run(request).await;
    let Some(size) = response.body().size_hint().exact().filter(|size| *size > SMALL_BYTES) else {
        return response;
    };
    match context.shared.answers.take(caller, size) {
        Ok(held) => {
            let (mut parts, body) = response.into_parts();
            parts.headers.insert(header::CONTENT_LENGTH, HeaderValue::from(size));
            let held = Arc::new(held);
            let weighed = move |bytes| Bytes::from_owner(Weighed { bytes, _held: Arc::clone(&held) });
            let body = body.map_frame(move |frame| frame.map_data(&weighed));
            Response::from_parts(parts, Body::new(body))
        }
        Err(full) => stream::busy(&accept.map(|accept| (header::ACCEPT, accept)).into_iter().collect(), full),
    }
}

/// A part of an answer that is counted until it is sent.
struct Weighed {
    bytes: Bytes,
    _held: Arc<Hold>,
}

impl AsRef<[u8]> for Weighed {
    fn as_ref(&self) -> &[u8] {
        &self.bytes
    }
}

fn panicked(panic: Box<dyn Any + Send>) -> Response {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    let text = text.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("no message");
    Problem::internal(format!("a handler panicked: {text}")).into_response()
}
