//! Headers, commits, validator sets and the genesis document: what it takes to believe a node without trusting it.

use axum::Json;
use axum::extract::{Path, RawQuery, State};
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};
use serde_json::json;

use super::problem::{Error, Outcome, Problem};
use super::{Context, args, blocking, json, submit, tags};
use crate::submit::SubmitError;

/// One header, from the engine that has it.
pub(super) async fn one(
    State(context): State<Context>,
    Path(height): Path<String>,
    RawQuery(query): RawQuery,
) -> Outcome<Response> {
    args::none_left(&args::pairs(query.as_deref())?)?;
    let tip = *context.shared.chain.subscribe().borrow();
    let moves = height == "latest";
    let mut height = if moves { tip } else { args::number("height", &height)? };
    if height == 0 || height > tip {
        return Err(Problem::not_found(format!("this node has no header {height}; its last one is {tip}"))
            .hint("GET /v1/headers/latest shows that one"));
    }
    let mut block = context.shared.submit.light_block(height).await;
    if moves && height > 1 && matches!(block, Err(SubmitError::Engine(_))) {
        // An engine that catches up names no set after its last block: the last whole header is the one before.
        height = height.saturating_sub(1);
        block = context.shared.submit.light_block(height).await;
    }
    let block = block.map_err(|error| match error {
        SubmitError::Engine(reason) => Problem::new(
            axum::http::StatusCode::NOT_FOUND,
            Error::HeightNotRetained { reason: format!("header {height} is not kept here: {reason}") },
        )
        .hint("ask a node that keeps more"),
        error => submit::refusal(&context, error),
    })?;
    let hash = block.signed_header.header.hash();
    // The commit of the last header is what this node saw of it: only the next block says which signatures stay.
    let headers = match moves || height >= tip {
        true => HeaderMap::new(),
        false => tags::of_final(&context, hash.as_bytes()),
    };
    let body = Json(json!({
        "height": height,
        "hash": json::hexed(hash.as_bytes()),
        "signed_header": block.signed_header,
        "validators": block.validators.validators(),
        "next_validators": block.next_validators.validators(),
    }));
    Ok((headers, body).into_response())
}

/// The document that the chain began with; its hash is `genesis_hash` of `/v1/status`.
pub(super) async fn genesis(State(context): State<Context>, RawQuery(query): RawQuery) -> Outcome<Response> {
    args::none_left(&args::pairs(query.as_deref())?)?;
    let bytes = blocking(move || {
        let found = context.shared.submit.genesis();
        found.map_err(|error| submit::refusal(&context, error))
    })
    .await?;
    Ok(([(header::CONTENT_TYPE, "application/json")], bytes).into_response())
}
