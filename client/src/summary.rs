//! A transaction in plain words: the same text for confirming, signing and decoding.

use chortle_app::{MODULES, render::Rendered};
use chortle_kernel::{
    AssetId, Text, hash,
    signature::Unit,
    tx::{Replay, TxBody},
};
use serde_json::{Value, json};

use crate::{Result, amount::Assets, build};

/// A transaction's body as JSON, as `/v1/txs/{hash}` shows it, with what is signed beside.
pub fn to_json(body: &TxBody) -> Value {
    let replay = match &body.replay {
        Replay::Sequence(sequence) => json!({ "sequence": sequence.to_string() }),
        Replay::Unordered => json!("unordered"),
        Replay::Nullifiers(values) => {
            json!({ "nullifiers": values.iter().map(hash::to_hex).collect::<Vec<_>>() })
        }
    };
    let messages: Vec<Value> = body
        .messages
        .iter()
        .map(|raw| match MODULES.kind(raw.module, raw.tag) {
            Some((row, kind)) => json!({
                "module": row.module.name,
                "message": kind.name,
                "body": (kind.decode)(&raw.body).map_or(Value::Null, |message| message.to_json()),
            }),
            None => {
                let bytes = format!("0x{}", hex::encode(&*raw.body));
                json!({ "module": raw.module, "message": raw.tag, "bytes": bytes })
            }
        })
        .collect();
    json!({
        "chain_id": &*body.chain.id,
        "genesis_hash": hash::to_hex(&body.chain.genesis),
        "sender": body.account(),
        "fee_payer": body.payer(),
        "replay": replay,
        "expiry_unix_ms": body.expiry_unix_ms.to_string(),
        "gas_limit": body.fee.gas_limit.to_string(),
        "gas_price_max": body.fee.gas_price_max.to_string(),
        "tip": body.fee.tip.to_string(),
        "memo": &*body.memo,
        "messages": messages,
    })
}

/// The words of a body, as a wallet would sign them: amounts in the units of their assets, as far as they are known.
pub fn text(body: &TxBody, assets: &dyn Assets) -> Result<String> {
    let calls = build::decode(body)?;
    let words = |units: &[Unit]| Rendered::of(&MODULES, body, body.sign_digest(), &calls, units);
    let unit = |asset: &AssetId| {
        let info = assets.describe(*asset).ok()?;
        Some(Unit { asset: *asset, symbol: Text::parse(info.symbol).ok()?, decimals: info.decimals })
    };
    let units: Vec<_> = words(&[]).named.iter().filter_map(unit).collect();
    Ok(words(&units).text())
}
