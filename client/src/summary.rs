//! A transaction in plain words: the same text for confirming, signing and decoding.

use chortle_app::MODULES;
use chortle_kernel::{
    Address, Amount, AssetId, Coin, hash,
    tx::{FeeSource, Replay, TxBody},
};
use serde_json::{Value, json};

use crate::{
    amount::{AssetInfo, Assets},
    build,
};

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

/// The lines of the summary, each with its label.
pub fn lines(
    body: &TxBody,
    assets: &dyn Assets,
    name: &dyn Fn(&Address) -> Option<String>,
) -> Vec<(String, String)> {
    let who = |address: &Address| match name(address) {
        Some(name) => format!("{name} ({address})"),
        None => address.to_string(),
    };
    let from = body.account().map_or_else(|| "a proof".to_owned(), |account| who(&account));
    let mut lines = vec![
        ("chain".to_owned(), body.chain.id.to_string()),
        ("genesis".to_owned(), hash::to_hex(&body.chain.genesis)),
        ("from".to_owned(), from),
    ];
    let shown = to_json(body);
    for message in shown["messages"].as_array().into_iter().flatten() {
        let title = format!("{} {}", text(&message["module"]), text(&message["message"])).replace('_', " ");
        let fields = message.get("body").or_else(|| message.get("bytes")).unwrap_or(&Value::Null);
        lines.push(("message".to_owned(), format!("{title}: {}", words(fields, None, assets, &who))));
    }
    let native = |amount: Amount| AssetInfo::native().display(Coin { asset: AssetId::NATIVE, amount });
    let fee = build::fees(body, body.fee.gas_limit, body.fee.gas_price_max)
        .map_or_else(|error| error.sentence, |(_, most)| native(most));
    lines.push(("fee at most".to_owned(), format!("{fee} for {} gas", body.fee.gas_limit)));
    if let FeeSource::Account(payer) = body.fee_source {
        lines.push(("paid by".to_owned(), who(&payer)));
    }
    let replay = match &body.replay {
        Replay::Sequence(sequence) => format!("sequence {sequence}"),
        Replay::Unordered => "in any order".to_owned(),
        Replay::Nullifiers(values) => format!("{} nullifiers", values.len()),
    };
    lines.push(("replay".to_owned(), replay));
    if body.expiry_unix_ms != 0 {
        lines.push(("expires".to_owned(), format!("{} (ms since 1970)", body.expiry_unix_ms)));
    }
    if !body.memo.is_empty() {
        lines.push(("memo".to_owned(), format!("{:?}", &*body.memo)));
    }
    lines
}

fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// A body in one line. Amounts are shown with the asset that stands beside them; text is quoted, so that it
/// cannot pass for a field or move the cursor.
fn words(
    value: &Value,
    asset: Option<AssetId>,
    assets: &dyn Assets,
    who: &dyn Fn(&Address) -> String,
) -> String {
    match value {
        Value::Object(fields) => {
            let beside = fields.get("asset").and_then(Value::as_str).and_then(|id| id.parse().ok()).or(asset);
            if let (2, Some(id), Some(amount)) = (fields.len(), beside, fields.get("amount"))
                && fields.contains_key("asset")
            {
                return coin(amount, id, assets);
            }
            let shown = fields.iter().map(|(name, field)| {
                let label = name.replace('_', " ");
                match (name.as_str(), beside) {
                    ("amount", Some(id)) => format!("{label} {}", coin(field, id, assets)),
                    _ => format!("{label} {}", words(field, beside, assets, who)),
                }
            });
            shown.collect::<Vec<_>>().join(", ")
        }
        Value::Array(items) => {
            let shown = items.iter().map(|item| format!("[{}]", words(item, asset, assets, who)));
            shown.collect::<Vec<_>>().join(" ")
        }
        Value::String(string) => match string.parse::<Address>() {
            Ok(address) => who(&address),
            Err(_) if string.bytes().all(|byte| byte.is_ascii_alphanumeric()) => string.clone(),
            Err(_) => format!("{string:?}"),
        },
        other => other.to_string(),
    }
}

fn coin(amount: &Value, asset: AssetId, assets: &dyn Assets) -> String {
    let parsed = amount.as_str().and_then(|text| text.parse::<Amount>().ok());
    match (parsed, assets.describe(asset)) {
        (Some(amount), Ok(info)) => info.display(Coin { asset, amount }),
        _ => format!("{} base units of asset #{asset}", text(amount)),
    }
}
