//! Members and limits as they are written on the command line.

use chortle_kernel::{Address, Coin};
use serde_json::{Value, json};

use super::shared::Shown;
use crate::{
    Error, Result, amount,
    cli::{send::Known, session::Session},
    time::{self, parse_span},
};

/// `WHO` with a weight of 1, or `WHO=WEIGHT`.
pub fn member(session: &Session, text: &str) -> Result<Value> {
    let (who, weight) = text.split_once('=').unwrap_or((text, "1"));
    let weight: u32 = weight.trim().parse().ok().filter(|weight| *weight > 0).ok_or_else(|| {
        Error::usage(format!("'{text}' is no member: its weight is a whole number from 1 on"))
            .hint("write such as --member alice, or --member alice=2")
    })?;
    Ok(json!({ "account": session.store.resolve(who.trim())?, "weight": weight }))
}

/// `WHO=COIN per TIME`.
pub fn limit(session: &Session, text: &str) -> Result<Value> {
    let wrong = || {
        Error::usage(format!("'{text}' is no limit: say who, how much, and in which time"))
            .hint("write such as --limit 'alice=10LOL per 7d'")
    };
    let (who, rest) = text.split_once('=').ok_or_else(wrong)?;
    let (coin, span) = rest.rsplit_once(" per ").ok_or_else(wrong)?;
    let period =
        parse_span(span.trim()).map_err(|why| Error::usage(why).hint("such as 'alice=10LOL per 7d'"))?;
    let coin = amount::parse_coin(coin.trim(), &Known(session))?;
    Ok(written(&session.store.resolve(who.trim())?, coin, time::millis(period)))
}

fn written(member: &Address, coin: Coin, period_ms: u64) -> Value {
    json!({ "member": member, "coin": coin, "period_ms": period_ms })
}

/// The limits of an account as it is.
pub fn limits_of(shown: &Shown) -> Vec<Value> {
    let limits = shown.limits.iter().map(|one| one.limit);
    limits.map(|limit| written(&limit.member, limit.coin, limit.period_ms)).collect()
}

/// A span, or that there is none.
pub fn span(ms: u64) -> String {
    if ms == 0 { "none".to_owned() } else { time::span(ms) }
}
