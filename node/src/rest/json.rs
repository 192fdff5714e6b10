//! Blocks, transactions and events as JSON, by the modules' own lists.

use chortle_app::{BlockHead, MODULES, Receipt, json::of_body};
use chortle_kernel::{
    EventRecord, Fields,
    block::{Misbehavior, MisbehaviorKind},
    hash::Hash,
    tx::Tx,
};
use serde_json::{Value, json};

/// Bytes as `0x…`.
pub(super) fn hexed(bytes: impl AsRef<[u8]>) -> String {
    format!("0x{}", hex::encode(bytes))
}

/// A time for people.
pub(super) fn time(time_unix_ms: u64) -> Value {
    chortle_genesis::to_rfc3339(time_unix_ms).into()
}

/// An event with its fields; one of a kind that this program does not know shows its bytes.
pub(super) fn event(event: &EventRecord) -> Value {
    let known = MODULES.event_kind(&event.kind).and_then(|kind| (kind.to_json)(&event.body));
    match known {
        Some(fields) => json!({ "kind": event.kind, "fields": fields }),
        None => json!({ "kind": event.kind, "bytes": hexed(&event.body) }),
    }
}

/// A broken rule.
pub(super) fn refusal(code: &str, name: &str, detail: &str, fields: &Fields) -> Value {
    json!({ "code": code, "name": name, "detail": detail, "fields": fields })
}

/// A receipt: `error` is there if a message was refused.
pub(super) fn receipt(receipt: &Receipt) -> Value {
    let code = || format!("{}.{}", receipt.codespace, receipt.number);
    let error =
        (!receipt.succeeded()).then(|| refusal(&code(), &receipt.name, &receipt.sentence, &receipt.fields));
    json!({
        "error": error,
        "gas_limit": receipt.gas_limit.to_string(),
        "gas_used": receipt.gas_used.to_string(),
        "fee": receipt.fee,
        "events": receipt.events.iter().map(event).collect::<Vec<_>>(),
    })
}

/// How a transaction that is in a block ended.
pub(super) fn status(receipt: &Receipt) -> &'static str {
    if receipt.succeeded() { "included" } else { "failed" }
}

/// What a transaction asked for; `null` if the bytes are no transaction.
pub(super) fn tx(bytes: &[u8]) -> Value {
    Tx::decode(bytes).map_or(Value::Null, |tx| of_body(&MODULES, &tx.body))
}

/// A block's head.
pub(super) fn block(block: &BlockHead) -> Value {
    json!({
        "height": block.height,
        "time": time(block.time_unix_ms),
        "time_unix_ms": block.time_unix_ms,
        "hash": hexed(&block.hash),
        "proposer": hexed(block.proposer),
        "app_hash": hexed(block.app_hash),
        "txs": block.txs,
        "txs_bytes": block.txs_bytes,
        "gas_used": block.gas_used.to_string(),
        "last_commit": {
            "round": block.last_commit.round,
            "signed": block.last_commit.signed,
            "validators": block.last_commit.validators,
        },
        "evidence": block.evidence.iter().map(evidence).collect::<Vec<_>>(),
    })
}

fn evidence(proved: &Misbehavior) -> Value {
    json!({
        "kind": match proved.kind {
            MisbehaviorKind::Unknown => "unknown",
            MisbehaviorKind::DuplicateVote => "duplicate_vote",
            MisbehaviorKind::LightClientAttack => "light_client_attack",
        },
        "validator": hexed(proved.validator),
        "height": proved.height,
        "time_unix_ms": proved.time_unix_ms,
        "power": proved.power.to_string(),
        "total_power": proved.total_power.to_string(),
    })
}

/// The 32 bytes of a hash, with or without `0x`.
pub(super) fn parse_hash(text: &str) -> Option<Hash> {
    let mut hash = [0; 32];
    hex::decode_to_slice(text.strip_prefix("0x").unwrap_or(text), &mut hash).ok()?;
    Some(hash)
}
