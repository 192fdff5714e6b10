//! What became of a transaction.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Response};
use chortle_kernel::hash::Hash;
use serde_json::{Value, json};

use super::problem::{Outcome, Problem};
use super::{Context, blocking, json, tags};

/// Where a transaction stands, as the node knows it from its blocks, its mempool and its own submissions.
pub(super) fn standing(context: &Context, hash: &Hash) -> Outcome<Value> {
    let chain = &context.shared.chain;
    if let Some(found) = chain.tx(hash)? {
        return Ok(json!({
            "hash": json::hexed(hash),
            "status": json::status(&found.record.receipt),
            "height": found.height,
            "index": found.index,
            "time": json::time(found.time_unix_ms),
            "time_unix_ms": found.time_unix_ms,
            "tx": json::tx(&found.record.bytes),
            "receipt": json::receipt(&found.record.receipt),
        }));
    }
    let seen = context.shared.recent_txs.expiry_unix_ms(hash);
    let now_unix_ms = chain.view(None).map_or(0, |view| view.time_unix_ms);
    let pending = chain.pending(hash);
    let expiry = pending.as_ref().map(|pending| pending.expiry_unix_ms).or(seen);
    let expired = expiry.is_some_and(|expiry| expiry != 0 && expiry <= now_unix_ms);
    let status = match (pending, expired) {
        (_, true) => "expired",
        (Some(_), false) => "pending",
        (None, false) => "unknown",
    };
    Ok(json!({ "hash": json::hexed(hash), "status": status }))
}

pub(super) async fn one(State(context): State<Context>, Path(hash): Path<String>) -> Outcome<Response> {
    let hash = json::parse_hash(&hash).ok_or_else(|| {
        Problem::argument("a transaction's hash is 64 hexadecimal digits, with or without 0x")
    })?;
    blocking(move || {
        let standing = standing(&context, &hash)?;
        let block = match standing["height"].as_u64() {
            Some(height) => context.shared.chain.block_head(height)?,
            None => None,
        };
        let headers = block.map_or_else(HeaderMap::new, |block| tags::of_final(&context, &block.hash));
        Ok((headers, Json(standing)).into_response())
    })
    .await
}
