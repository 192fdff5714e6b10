//! `POST /v1/dev/…`: what only a development chain does.

use std::sync::Arc;
use std::time::Duration;

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use schemars::JsonSchema;
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::{Value, json};

use super::problem::{Outcome, Problem};
use super::{Context, blocking};
use crate::dev::{DevChain, DevError, MINE_MAX, Mode};

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
