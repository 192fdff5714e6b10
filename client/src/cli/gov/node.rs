//! What a node is asked of governance, and how a message is sent.

use chortle_kernel::{AssetId, tx::RawMessage};
use serde_json::{Value, json};

use super::super::{options::Sent, send, session::Session};
use crate::{
    Result, amount,
    draft::{LEAST, WHOLE},
};

/// The module.
pub const MODULE: &str = "governance";

/// A read of governance.
pub fn read(session: &Session, parts: &[&str], pairs: &[(String, String)]) -> Result<Value> {
    let parts: Vec<&str> = std::iter::once(MODULE).chain(parts.iter().copied()).collect();
    session.rest()?.get(&parts, pairs).map_err(|error| match error.is_not_found() {
        true => error.hint("see which there are: chortle gov list"),
        false => error,
    })
}

/// What messages would do today if governance sent them.
pub fn execution(session: &Session, messages: &[RawMessage], community: Option<AssetId>) -> Result<Value> {
    let body = json!({ "messages": messages, "community": community });
    session.rest()?.post_json(&[MODULE, "simulate"], &body)
}

/// A proposal, as the node shows it.
pub fn proposal(session: &Session, number: u64) -> Result<Value> {
    read(session, &["proposals", &number.to_string()], &[])
}

/// Sends a message of governance.
pub fn give(session: &Session, name: &str, body: Value, sent: &Sent) -> Result<()> {
    send::give(session, (MODULE, name), body, sent)
}

/// An amount in nlol, as the node writes it.
pub fn nlol(value: &Value) -> u64 {
    value.as_str().and_then(|text| text.parse().ok()).unwrap_or(0)
}

/// What is deposited: an amount, or one of the words.
pub fn deposit_of(session: &Session, rules: &Value, text: Option<&str>) -> Result<u64> {
    let whole = nlol(&rules["deposit_min"]);
    match text.unwrap_or(WHOLE) {
        WHOLE => Ok(whole),
        LEAST => {
            let bps = rules["params"]["deposit_first_bps"].as_u64().unwrap_or(10_000);
            let least = (u128::from(whole) * u128::from(bps)).div_ceil(10_000);
            Ok(u64::try_from(least).unwrap_or(whole))
        }
        text => {
            let assets = send::Known(session);
            let amount = amount::parse_amount_of(text, AssetId::NATIVE, &assets);
            Ok(amount.map_err(|error| error.hint("write such as 50LOL, or whole, or least"))?.base_units())
        }
    }
}
