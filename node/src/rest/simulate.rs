//! `POST /v1/txs/simulate`: what a transaction would do in the next block. Signatures are not asked for.

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Response};
use chortle_app::simulate::{BalanceChange, Simulation};
use chortle_kernel::Failure;
use serde_json::{Value, json};

use super::problem::{Outcome, Problem};
use super::{Context, blocking, json, submit, view};

pub(super) async fn simulate(
    State(context): State<Context>,
    headers: HeaderMap,
    body: Bytes,
) -> Outcome<Response> {
    let bytes = submit::tx_bytes(&headers, body)?;
    blocking(move || {
        let read = view::at(&context, None)?;
        let simulation = context.shared.chain.simulate(&bytes).map_err(failed)?;
        Ok((view::headers(&read), Json(shown(&simulation))).into_response())
    })
    .await
}

pub(super) fn failed(failure: Failure) -> Problem {
    match failure {
        Failure::Reject(reject) => Problem::refused(reject),
        Failure::Halt(halt) => halt.into(),
    }
}

pub(super) fn shown(simulation: &Simulation) -> Value {
    let change = |change: &BalanceChange| {
        json!({
            "address": change.address,
            "asset": change.before.asset,
            "before": change.before.amount,
            "after": change.after,
        })
    };
    json!({
        "receipt": json::receipt(&simulation.receipt),
        "balance_changes": simulation.changes.iter().map(change).collect::<Vec<_>>(),
    })
}
