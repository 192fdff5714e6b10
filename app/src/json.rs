//! A transaction as JSON: what REST, streams, files and the command line show of it, field by field.

use chortle_kernel::{
    dispatch::DEPTH_MAX,
    hash,
    tx::{FeeSource, RawMessage, Replay, TxBody},
};
use serde_json::{Value, json};

use crate::{carried::raw_of, modules::Registry, render::hexed};

/// A body, by the modules' own lists; a message of none shows its bytes.
pub fn of_body(registry: &Registry, body: &TxBody) -> Value {
    let replay = match &body.replay {
        Replay::Sequence(sequence) => json!({ "sequence": sequence }),
        Replay::Unordered => json!("unordered"),
        Replay::Nullifiers(values) => {
            json!({ "nullifiers": values.iter().map(hash::to_hex).collect::<Vec<_>>() })
        }
    };
    json!({
        "chain_id": &*body.chain.id,
        "genesis_hash": hash::to_hex(&body.chain.genesis),
        "sender": body.account(),
        "fee_payer": body.payer(),
        "fee_grant": match body.fee_source {
            FeeSource::Sponsor(offer) => Some(offer),
            FeeSource::Sender | FeeSource::Account(_) => None,
        },
        "replay": replay,
        "expiry_unix_ms": body.expiry_unix_ms.to_string(),
        "gas_limit": body.fee.gas_limit.to_string(),
        "gas_price_max": body.fee.gas_price_max.to_string(),
        "tip": body.fee.tip.to_string(),
        "memo": &*body.memo,
        "messages": body.messages.iter().map(|raw| message(registry, raw)).collect::<Vec<_>>(),
    })
}

/// Where the message that stands in a value as its bytes is told by its names.
pub const SAYS: &str = "says";

/// A message by its names, with its fields; one of no module shows its bytes.
pub fn message(registry: &Registry, raw: &RawMessage) -> Value {
    message_at(registry, raw, 0)
}

/// Tells of every message that a value carries as bytes what it says, beside the bytes, and of those inside it, as deep
/// as messages are run.
pub fn tell_carried(registry: &Registry, value: &mut Value) {
    tell_at(registry, value, 0);
}

/// A value as it was before [`tell_carried`]: what a node tells beside a message's bytes is for people, and no part of
/// the message.
pub fn untold(mut value: Value) -> Value {
    match &mut value {
        Value::Array(items) => items.iter_mut().for_each(|item| *item = untold(item.take())),
        Value::Object(fields) => {
            fields.remove(SAYS);
            fields.values_mut().for_each(|field| *field = untold(field.take()));
        }
        _ => {}
    }
    value
}

fn message_at(registry: &Registry, raw: &RawMessage, depth: u8) -> Value {
    match registry.kind(raw.module, raw.tag) {
        Some((row, kind)) => {
            let mut body = (kind.decode)(&raw.body).map_or(Value::Null, |message| message.to_json());
            tell_at(registry, &mut body, depth);
            json!({ "module": row.module.name, "message": kind.name, "body": body })
        }
        None => json!({ "module": raw.module, "message": raw.tag, "bytes": hexed(&raw.body) }),
    }
}

fn tell_at(registry: &Registry, value: &mut Value, depth: u8) {
    let Some(below) = depth.checked_add(1).filter(|below| *below <= DEPTH_MAX) else { return };
    match value {
        Value::Array(items) => items.iter_mut().for_each(|item| tell_at(registry, item, depth)),
        Value::Object(fields) => match raw_of(fields) {
            Some(raw) => drop(fields.insert(SAYS.to_owned(), message_at(registry, &raw, below))),
            None => fields.values_mut().for_each(|field| tell_at(registry, field, depth)),
        },
        _ => {}
    }
}
