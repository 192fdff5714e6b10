//! A transaction as JSON: what REST, streams, files and the command line show of it, field by field.

use chortle_kernel::{
    hash,
    tx::{FeeSource, RawMessage, Replay, TxBody},
};
use serde_json::{Value, json};

use crate::{modules::Registry, render::hexed};

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

fn message(registry: &Registry, raw: &RawMessage) -> Value {
    match registry.kind(raw.module, raw.tag) {
        Some((row, kind)) => json!({
            "module": row.module.name,
            "message": kind.name,
            "body": (kind.decode)(&raw.body).map_or(Value::Null, |message| message.to_json()),
        }),
        None => json!({ "module": raw.module, "message": raw.tag, "bytes": hexed(&raw.body) }),
    }
}
