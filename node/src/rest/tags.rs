//! Tags of answers: what is final keeps its own for ever, a read has that of its state. Who holds an answer with the
//! same tag is told so instead of being sent it again.

use axum::body::Body;
use axum::extract::Request;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use super::Context;

/// What is in a block never changes, but where a development chain goes back.
const FOR_EVER: HeaderValue = HeaderValue::from_static("public, max-age=31536000, immutable");
const ASK_AGAIN: HeaderValue = HeaderValue::from_static("no-cache");

/// The headers of an answer that only this block can give, at an address of its own.
pub(super) fn of_final(context: &Context, block: &[u8]) -> HeaderMap {
    let goes_back = context.shared.dev.is_some();
    let mut headers = tagged(&format!("\"{}\"", hex::encode(block)));
    headers.insert(header::CACHE_CONTROL, if goes_back { ASK_AGAIN } else { FOR_EVER });
    headers
}

/// The headers of an answer that is read from the state with this root.
pub(super) fn of_state(height: u64, app_hash: &[u8]) -> HeaderMap {
    let mut headers = tagged(&format!("W/\"{height}-{}\"", hex::encode(app_hash)));
    headers.insert(header::CACHE_CONTROL, ASK_AGAIN);
    headers
}

fn tagged(tag: &str) -> HeaderMap {
    // Digits and hexadecimal are always good header values.
    HeaderValue::from_str(tag).map(|tag| (header::ETAG, tag)).into_iter().collect()
}

/// Middleware: 304 without a body where the caller names the tag that the answer has.
pub(super) async fn unchanged(request: Request, next: Next) -> Response {
    let reads = matches!(*request.method(), Method::GET | Method::HEAD);
    let held = request.headers().get(header::IF_NONE_MATCH).cloned();
    let response = next.run(request).await;
    let same = match (&held, response.headers().get(header::ETAG)) {
        (Some(held), Some(tag)) => holds(held, tag),
        _ => false,
    };
    if !reads || !same || response.status() != StatusCode::OK {
        return response;
    }
    let (mut parts, _) = response.into_parts();
    parts.status = StatusCode::NOT_MODIFIED;
    for name in [header::CONTENT_LENGTH, header::CONTENT_TYPE] {
        parts.headers.remove(name);
    }
    Response::from_parts(parts, Body::empty()).into_response()
}

/// Weakly, as RFC 9110 compares for `If-None-Match`.
fn holds(held: &HeaderValue, tag: &HeaderValue) -> bool {
    let bare = |text: &str| text.trim().trim_start_matches("W/").to_owned();
    let (Ok(held), Ok(tag)) = (held.to_str(), tag.to_str()) else { return false };
    held.trim() == "*" || held.split(',').any(|one| bare(one) == bare(tag))
}
