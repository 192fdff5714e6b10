//! Where the node stands, for people, load balancers and scripts.

use chortle_app::catalogue::ErrorCode;
use std::time::{SystemTime, UNIX_EPOCH};

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use super::problem::{Error, Outcome, Problem, catalogue};
use super::{Context, blocking, json, view};

/// A node whose last block is older than this is not ready: it syncs, or the chain stands still.
const READY_AGE_MS_MAX: u64 = 60_000;

pub(super) async fn status(State(context): State<Context>) -> Outcome<Response> {
    blocking(move || {
        let chain = &context.shared.chain;
        let read = view::at(&context, None)?;
        let status = chain.status().map_err(Problem::internal)?;
        let body = json!({
            "chain_id": status.chain_id,
            "genesis_hash": json::hexed(status.genesis_hash),
            "height": status.height,
            "time": json::time(status.time_unix_ms),
            "time_unix_ms": status.time_unix_ms,
            "app_hash": json::hexed(status.app_hash),
            "earliest_height": status.earliest_height,
            "earliest_block": status.earliest_block,
            "pending_txs": status.pending,
            "version": env!("CARGO_PKG_VERSION"),
            "app_version": crate::state_machine::APP_VERSION,
            "engine": context.shared.submit.engine(),
        });
        Ok((view::headers(&read), Json(body)).into_response())
    })
    .await
}

/// Every code that anyone can meet.
pub(super) async fn errors() -> Json<Vec<ErrorCode>> {
    Json(catalogue().map(ErrorCode::from).collect())
}

pub(super) async fn healthz() -> Json<Value> {
    Json(json!({ "alive": true }))
}

pub(super) async fn readyz(State(context): State<Context>) -> Outcome<Json<Value>> {
    let status = context.shared.chain.status().map_err(|error| not_ready(error.to_string()))?;
    let now_unix_ms = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_millis());
    let age_ms = u64::try_from(now_unix_ms).unwrap_or(u64::MAX).saturating_sub(status.time_unix_ms);
    // A dev chain makes no block while nothing waits, so the age of its last one says nothing.
    if context.shared.dev.is_none() && age_ms > READY_AGE_MS_MAX {
        return Err(not_ready(format!("the last block, {}, is {} s old", status.height, age_ms / 1_000)));
    }
    Ok(Json(json!({ "ready": true, "height": status.height })))
}

fn not_ready(reason: String) -> Problem {
    Problem::new(StatusCode::SERVICE_UNAVAILABLE, Error::EngineUnreachable { reason })
        .hint("wait until the node has caught up; its log says what it does")
}

pub(super) async fn version() -> Json<Value> {
    Json(json!({
        "name": "chortled",
        "version": env!("CARGO_PKG_VERSION"),
        "app_version": crate::state_machine::APP_VERSION,
        "cometbft": chortle_consensus::comet::binary::VERSION,
        "store_format": chortle_store::FORMAT,
    }))
}
