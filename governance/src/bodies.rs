//! What bodies may propose by the optimistic track: small payments of the treasury, within a cap for each period, and
//! what the parameter names.

use chortle_kernel::{
    Address, Amount, AssetId, Authority, Call, Class, Ctx, Failure, Message, Reject, codec, ensure,
    tx::RawMessage,
};

use crate::{
    error::Error,
    msg::Spend,
    state::{BODIES, USED},
    types::{Body, Optimistic, Used},
};

/// Most proposals of a body in a period.
pub const PROPOSALS_MAX: usize = 32;

/// What a message spends, or a refusal if the body may not propose it.
fn price(body: &Body, call: &Call, raw: &RawMessage) -> Result<Amount, Reject> {
    let refused = || Error::BodyCannot { message: call.name() };
    if call.module == Authority::Governance.name() && call.verb == Spend::NAME {
        let spend = codec::decode::<Spend>(&raw.body).map_err(|_| refused())?;
        ensure(spend.coin.asset == AssetId::NATIVE, refused())?;
        return Ok(spend.coin.amount);
    }
    let named = body.messages.iter().any(|named| **named == *call.name());
    // What carries others would be a way to what is not named.
    ensure(named && call.carried.is_empty() && call.class < Class::Rules, refused())?;
    Ok(Amount::ZERO)
}

/// Counts what a body proposes against its cap, and answers how it is voted on; refuses what is not for it to propose.
pub fn take(
    ctx: &mut Ctx<'_>,
    proposer: &Address,
    calls: &[Call],
    messages: &[RawMessage],
) -> Result<Optimistic, Failure> {
    let (rules, now) = (BODIES.get(ctx.state)?.ok_or(Error::NoGovernance {})?, ctx.block.time_unix_ms);
    let body = rules.bodies.iter().find(|body| body.account == *proposer).ok_or(Error::NotBody {})?;
    let mut used = USED.get(ctx.state, proposer)?.unwrap_or_default();
    used.retain(|used| used.time_unix_ms.saturating_add(rules.body_period_ms) > now);
    let prices = calls.iter().zip(messages).map(|(call, raw)| price(body, call, raw));
    let prices = prices.collect::<Result<Vec<_>, Reject>>()?;
    let cap = body.cap;
    let over = || Error::OverCap { cap, period_ms: rules.body_period_ms };
    let amount = Amount::checked_sum(prices).ok_or_else(over)?;
    let sum = Amount::checked_sum(used.iter().map(|used| used.amount).chain([amount]));
    ensure(sum.is_some_and(|sum| sum <= cap) && used.len() < PROPOSALS_MAX, over())?;
    used.push(Used { time_unix_ms: now, amount });
    USED.set(ctx.state, proposer, &used);
    Ok(Optimistic { against_bps: rules.against_bps, voting_ms: rules.optimistic_voting_ms })
}
