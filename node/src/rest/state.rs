//! `GET /v1/state/{key}`: one value of the state by its raw key, as light clients and bridges ask for it.

use axum::Json;
use axum::extract::{Path, RawQuery, State};
use axum::response::{IntoResponse, Response};
use serde_json::json;

use super::problem::{Outcome, Problem};
use super::{Context, args, blocking, json, prove, tags, view};

/// Longest key that is read; the longest of ours has under a hundred bytes.
const KEY_BYTES_MAX: usize = 512;

pub(super) async fn read(
    State(context): State<Context>,
    Path(key): Path<String>,
    RawQuery(query): RawQuery,
) -> Outcome<Response> {
    let raw = hex::decode(key.strip_prefix("0x").unwrap_or(&key)).ok();
    let raw = raw.filter(|raw| (1..=KEY_BYTES_MAX).contains(&raw.len())).ok_or_else(|| {
        Problem::argument(format!("a key is 1 to {KEY_BYTES_MAX} bytes in hexadecimal, with or without 0x"))
    })?;
    blocking(move || {
        let mut pairs = args::pairs(query.as_deref())?;
        let height = view::height(&mut pairs)?;
        let prove = args::switch("prove", args::take(&mut pairs, "prove")?)?;
        args::none_left(&pairs)?;
        let read = view::at(&context, height)?;
        let value = read.state.get(&raw)?.map(json::hexed);
        let answer = json!({ "key": json::hexed(&raw), "value": value });
        let body = if prove {
            let proof = prove::proofs(&context, &[raw], read.height, &read.app_hash)?;
            json!({ "answer": answer, "proof": proof })
        } else {
            answer
        };
        let tag = tags::of_state(read.height, &read.app_hash);
        Ok((view::headers(&read), tag, Json(body)).into_response())
    })
    .await
}
