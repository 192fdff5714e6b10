//! Where the node stands, for people, load balancers and scripts.

use chortle_app::catalogue::ErrorCode;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use super::problem::{Error, Outcome, Problem, catalogue};
use crate::health::Ill;
use crate::stall::Stall;

use super::{Context, blocking, json, view};

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

pub(super) async fn healthz(State(context): State<Context>) -> Outcome<Json<Value>> {
    context.shared.health.alive().map_err(ill)?;
    Ok(Json(json!({ "alive": true })))
}

pub(super) async fn readyz(State(context): State<Context>) -> Outcome<Json<Value>> {
    let height = context.shared.health.ready().map_err(ill)?;
    Ok(Json(json!({ "ready": true, "height": height })))
}

fn ill(ill: Ill) -> Problem {
    let unavailable = |error| Problem::new(StatusCode::SERVICE_UNAVAILABLE, error);
    match ill {
        Ill::Dead(reason) => unavailable(Error::NoBlocks { reason }),
        Ill::Stuck(Stall { reason, cure, .. }) => unavailable(Error::EngineStuck { reason }).hint(cure),
        Ill::NotReady(reason) => unavailable(Error::NotReady { reason })
            .hint("wait until the node has caught up; its log says what it does"),
    }
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
