//! `POST /v1/dev/…`: what only a development chain does.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Bytes;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName, StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::{Json, Router};
use schemars::JsonSchema;
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::{Value, json};

use super::problem::{Error, Outcome, Problem};
use super::{Context, blocking};
use crate::dev::{DevChain, DevError, MINE_MAX, Mode};

/// The routes of a development chain, behind [`refuse_pages`].
pub(super) fn guarded(routes: Router<Context>) -> Router<Context> {
    routes.route_layer(middleware::from_fn(refuse_pages))
}

/// A web page of anywhere can send requests to this machine from its reader's browser. What drives the chain is for
/// programs alone: no page can leave its origin away, name this machine as a host that it resolved itself, or send JSON
/// without asking first.
async fn refuse_pages(request: Request, next: Next) -> Response {
    match refusal(request.headers()) {
        Some(problem) => problem.into_response(),
        None => next.run(request).await,
    }
}

fn refusal(headers: &HeaderMap) -> Option<Problem> {
    let text = |name: HeaderName| headers.get(name).map(|value| value.to_str().unwrap_or_default());
    if text(header::ORIGIN).is_some() {
        return Some(not_for_pages("a web page asks (there is an Origin header)"));
    }
    if !text(header::HOST).is_some_and(is_this_machine) {
        let reason = "the Host header does not name this machine: localhost, 127.0.0.1 or [::1]";
        return Some(not_for_pages(reason));
    }
    let found = text(header::CONTENT_TYPE).unwrap_or_default();
    let kind = found.split(';').next().unwrap_or_default().trim();
    if kind.eq_ignore_ascii_case("application/json") {
        return None;
    }
    let error = Error::UnsupportedMediaType { found: found.to_owned() };
    let problem = Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, error);
    Some(problem.hint("send content-type: application/json; the body may be {}"))
}

fn not_for_pages(reason: &str) -> Problem {
    Problem::new(StatusCode::FORBIDDEN, Error::NotForPages { reason: reason.to_owned() })
        .hint("ask from a program on this machine, such as curl")
}

/// Whether a Host header names this machine, with any port.
fn is_this_machine(host: &str) -> bool {
    let name = match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
        _ => host,
    };
    let address = name.strip_prefix('[').and_then(|name| name.strip_suffix(']')).unwrap_or(name);
    name.eq_ignore_ascii_case("localhost")
        || address.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

/// How many blocks to make.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Mine {
    /// 1 to 1000.
    #[serde(default = "one")]
    #[schemars(range(min = 1, max = MINE_MAX))]
    blocks: u64,
}

fn one() -> u64 {
    1
}

/// Where the clock goes; a block is then made at that time.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "snake_case")]
pub(super) enum Time {
    /// Forward by so many milliseconds.
    AdvanceMs(u64),
    /// To this time, in milliseconds since 1970.
    SetUnixMs(u64),
}

/// Which moment to go back to.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Revert {
    /// The number that `snapshot` answered.
    snapshot: u64,
}

/// When blocks are made.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "snake_case")]
pub(super) enum SetMode {
    /// As soon as a transaction waits.
    Instant,
    /// Every so many milliseconds.
    IntervalMs(#[schemars(range(min = 1))] u64),
    /// When asked.
    Manual,
}

fn parse<T: DeserializeOwned>(body: &Bytes) -> Outcome<T> {
    let body = if body.is_empty() { b"{}".as_slice() } else { body };
    serde_json::from_slice(body).map_err(|error| Problem::malformed(error.to_string()))
}

async fn on<T: Send + 'static>(
    context: Context,
    work: impl FnOnce(&DevChain) -> Result<T, DevError> + Send + 'static,
) -> Outcome<T> {
    // These routes are mounted on a dev chain alone.
    let dev = context.shared.dev.as_ref().map(Arc::clone);
    let dev = dev.ok_or_else(|| Problem::not_found("this is no development chain"))?;
    blocking(move || {
        work(&dev).map_err(|error| match error {
            DevError::Failed(cause) => Problem::internal(cause),
            DevError::NoSnapshot(_) => Problem::not_found(error.to_string()),
            _ => Problem::argument(error.to_string()),
        })
    })
    .await
}

pub(super) async fn mine(State(context): State<Context>, body: Bytes) -> Outcome<Json<Value>> {
    let Mine { blocks } = parse(&body)?;
    if !(1..=MINE_MAX).contains(&blocks) {
        return Err(Problem::argument(format!("blocks {blocks} is not between 1 and {MINE_MAX}")));
    }
    let height = on(context, move |dev| dev.mine(blocks)).await?;
    Ok(Json(json!({ "height": height })))
}

pub(super) async fn time(State(context): State<Context>, body: Bytes) -> Outcome<Json<Value>> {
    let time: Time = parse(&body)?;
    let (time_unix_ms, height) = on(context, move |dev| {
        let now = match time {
            Time::AdvanceMs(ms) => dev.advance(ms)?,
            Time::SetUnixMs(unix_ms) => dev.set_time(unix_ms)?,
        };
        Ok((now, dev.mine(1)?))
    })
    .await?;
    Ok(Json(json!({ "time_unix_ms": time_unix_ms, "height": height })))
}

pub(super) async fn snapshot(State(context): State<Context>) -> Outcome<Json<Value>> {
    let (snapshot, height) = on(context, |dev| Ok((dev.snapshot()?, dev.height()))).await?;
    Ok(Json(json!({ "snapshot": snapshot, "height": height })))
}

pub(super) async fn revert(State(context): State<Context>, body: Bytes) -> Outcome<Json<Value>> {
    let Revert { snapshot } = parse(&body)?;
    let height = on(context, move |dev| dev.revert(snapshot)).await?;
    Ok(Json(json!({ "height": height })))
}

pub(super) async fn mode(State(context): State<Context>, body: Bytes) -> Outcome<Json<Value>> {
    let mode = match parse(&body)? {
        SetMode::Instant => Mode::Instant,
        SetMode::Manual => Mode::Manual,
        SetMode::IntervalMs(0) => return Err(Problem::argument("an interval has at least 1 ms")),
        SetMode::IntervalMs(ms) => Mode::Interval(Duration::from_millis(ms)),
    };
    on(context, move |dev| dev.set_mode(mode)).await?;
    Ok(Json(json!({ "mode": format!("{mode:?}").to_lowercase() })))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_names_of_this_machine_are_its_names() {
        for host in ["localhost", "LOCALHOST:1317", "127.0.0.1:1317", "127.8.8.8", "[::1]:1317", "[::1]"] {
            assert!(is_this_machine(host), "{host}");
        }
        for host in
            ["", "evil.example", "localhost.evil.example:1317", "127.0.0.1.evil.example", "10.0.0.1:1317"]
        {
            assert!(!is_this_machine(host), "{host}");
        }
    }
}
