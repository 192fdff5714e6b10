//! Blocks and their transactions, from the block results.

use axum::Json;
use axum::extract::{Path, RawQuery, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use chortle_app::{BlockHead, TxRecord};
use chortle_kernel::{
    hash,
    query::{PAGE_LIMIT_DEFAULT, PAGE_LIMIT_MAX},
};
use serde_json::{Value, json};

use super::problem::{Error, Outcome, Problem};
use super::{Context, args, blocking, json, tags};

/// Stored bytes after which a page of transactions ends; as JSON they are some times as many.
const PAGE_BYTES_MAX: usize = 512 * 1024;

/// `?limit=` and `?cursor=`.
fn page(query: Option<&str>) -> Outcome<(u64, Option<String>)> {
    let mut pairs = args::pairs(query)?;
    let limit = args::take(&mut pairs, "limit")?.map(|text| args::number("limit", &text)).transpose()?;
    let cursor = args::take(&mut pairs, "cursor")?;
    args::none_left(&pairs)?;
    let limit = limit.unwrap_or(PAGE_LIMIT_DEFAULT.into());
    if limit == 0 || limit > PAGE_LIMIT_MAX.into() {
        return Err(Problem::argument(format!("limit {limit} is not between 1 and {PAGE_LIMIT_MAX}")));
    }
    Ok((limit, cursor))
}

/// The blocks, newest first. The cursor is the height that the next page goes on below.
pub(super) async fn list(State(context): State<Context>, RawQuery(query): RawQuery) -> Outcome<Json<Value>> {
    blocking(move || {
        let (limit, cursor) = page(query.as_deref())?;
        let tip = *context.shared.chain.subscribe().borrow();
        let cursor = cursor.map(|text| args::number("cursor", &text)).transpose()?;
        let mut next = cursor.map_or(tip, |below| below.saturating_sub(1).min(tip));
        let mut items = Vec::new();
        while next > 0 && (items.len() as u64) < limit {
            let Some(block) = context.shared.chain.block_head(next)? else {
                next = 0;
                break;
            };
            items.push(json::block(&block));
            next -= 1;
        }
        // A page that was promised and is gone by now is told, not left out.
        if cursor.is_some_and(|below| below > 1) && items.is_empty() {
            find(&context, &cursor.unwrap_or(1).saturating_sub(1).to_string())?;
        }
        let more = next > 0 && context.shared.chain.block_head(next)?.is_some();
        let cursor = more.then(|| next.saturating_add(1).to_string());
        Ok(Json(json!({ "items": items, "next": cursor })))
    })
    .await
}

fn find(context: &Context, height: &str) -> Outcome<BlockHead> {
    let tip = *context.shared.chain.subscribe().borrow();
    let height = if height == "latest" { tip } else { args::number("height", height)? };
    if let Some(head) = context.shared.chain.block_head(height)? {
        return Ok(head);
    }
    let earliest = context.shared.chain.earliest_block();
    if height > 0 && height < earliest {
        let reason = format!("block {height} is pruned: this node keeps {earliest} to {tip}");
        return Err(Problem::new(StatusCode::NOT_FOUND, Error::HeightNotRetained { reason })
            .hint("ask a node that keeps more, or set store.retain_results_blocks before it is pruned"));
    }
    Err(Problem::not_found(format!("this node has no block {height}; its last one is {tip}"))
        .hint("GET /v1/blocks lists what it has"))
}

/// One block with what the protocol itself did in it.
pub(super) async fn one(
    State(context): State<Context>,
    Path(height): Path<String>,
    RawQuery(query): RawQuery,
) -> Outcome<Response> {
    blocking(move || {
        args::none_left(&args::pairs(query.as_deref())?)?;
        let head = find(&context, &height)?;
        let events = context.shared.chain.block_events(head.height)?.unwrap_or_default();
        let mut body = json::block(&head);
        body["events"] = events.iter().map(json::event).collect();
        let moves = height == "latest";
        let headers = if moves { HeaderMap::new() } else { tags::of_final(&context, &head.hash) };
        Ok((headers, Json(body)).into_response())
    })
    .await
}

/// Where a block's transactions go on, as `height.index`: so that the pages of `latest` are those of one block.
fn place(height: &str, cursor: Option<String>) -> Outcome<(String, u32)> {
    let Some(cursor) = cursor else { return Ok((height.to_owned(), 0)) };
    let bad = || {
        Problem::argument(format!("'{cursor}' is no cursor of block {height}"))
            .hint("pass `next` of the page before, as it is")
    };
    let (of, index) = cursor.split_once('.').ok_or_else(bad)?;
    let number = |part: &str| args::number("cursor", part).map_err(|_| bad());
    let (of, index) = (number(of)?.to_string(), number(index)?);
    if height != "latest" && height != of {
        return Err(bad());
    }
    Ok((of, u32::try_from(index).unwrap_or(u32::MAX)))
}

/// The transactions of a block, in order. A page ends early where it is large.
pub(super) async fn txs(
    State(context): State<Context>,
    Path(height): Path<String>,
    RawQuery(query): RawQuery,
) -> Outcome<Response> {
    blocking(move || {
        let (limit, cursor) = page(query.as_deref())?;
        let (height, start) = place(&height, cursor)?;
        let moves = height == "latest";
        let head = find(&context, &height)?;
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        let txs = context.shared.chain.block_txs(head.height, start, limit, PAGE_BYTES_MAX)?;
        let next = start.saturating_add(u32::try_from(txs.len()).unwrap_or(u32::MAX));
        let item = |(index, record): (u32, &TxRecord)| {
            json!({
                "hash": json::hexed(hash::sha256(&record.bytes)),
                "index": index,
                "status": json::status(&record.receipt),
                "tx": json::tx(&record.bytes),
                "receipt": json::receipt(&record.receipt),
            })
        };
        let items: Vec<Value> = (start..).zip(&txs).map(item).collect();
        let next = (!txs.is_empty() && next < head.txs).then(|| format!("{}.{next}", head.height));
        let headers = if moves { HeaderMap::new() } else { tags::of_final(&context, &head.hash) };
        // Written on this thread, too: what it is made of is many times its text, and must not wait for another.
        Ok((headers, Json(json!({ "items": items, "next": next }))).into_response())
    })
    .await
}
