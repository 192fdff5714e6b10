//! Stake that comes and goes: shares bought and sold, entries on their way out.

use chortle_kernel::{Address, Amount, Ctx, Failure, Halt, State, ensure};
use chortle_token as token;

use crate::{
    base::{corrupt, lol},
    debt, delegation,
    error::Error,
    escrow, math, outflow,
    state::{QUEUE, QUEUE_NEXT, UNBONDING},
    types::{Delegation, Due, DueKind, Unbonding, Validator},
    validator,
};

/// A delegation, settled, with what it owes for its redelegations taken; a new one if there is none.
pub(crate) fn held(ctx: &mut Ctx<'_>, delegator: &Address, operator: &Address) -> Result<Delegation, Halt> {
    debt::settle_redelegations(ctx, delegator, operator)?;
    delegation::peek(ctx.state, delegator, operator)
}

/// Buys shares for tokens that the caller has moved to the validator's pool. Answers the shares.
pub(crate) fn bond(
    ctx: &mut Ctx<'_>,
    delegator: &Address,
    operator: &Address,
    amount: Amount,
) -> Result<u128, Failure> {
    // Settling may take stake here for a fault elsewhere: the record is read after it.
    let mut held = held(ctx, delegator, operator)?;
    let before = validator::validator(ctx.state, operator)?;
    let mut record = before.clone();
    let worthless = Error::Worthless { operator: *operator };
    let bought = math::shares_for_floor(amount, record.tokens, record.shares.0).ok_or(worthless)?;
    ensure(bought > 0, Error::Dust { amount })?;
    if held.shares.0 == 0 {
        record.delegators = record.delegators.saturating_add(1);
    }
    held.shares.0 = held.shares.0.saturating_add(bought);
    record.shares.0 = record.shares.0.saturating_add(bought);
    record.tokens = record.tokens.checked_add(amount).ok_or_else(|| corrupt("stake overflows"))?;
    delegation::save(ctx.state, delegator, operator, &held)?;
    validator::save_over(ctx.state, ctx.block, operator, Some(&before), &record)?;
    Ok(bought)
}

/// Takes shares worth `amount` out of a delegation. Answers the tokens, which stay in the validator's pool until the
/// caller moves them. At most `keep` shares stay untouched.
pub(crate) fn unbond(
    ctx: &mut Ctx<'_>,
    delegator: &Address,
    operator: &Address,
    need: Amount,
    keep: u128,
) -> Result<Amount, Failure> {
    let mut held = held(ctx, delegator, operator)?;
    let before = validator::validator(ctx.state, operator)?;
    let mut from = before.clone();
    ensure(held.shares.0 > 0, Error::NoDelegation { operator: *operator })?;
    let (tokens, shares) = (from.tokens, from.shares.0);
    let have = math::tokens_of_floor(held.shares.0, tokens, shares);
    ensure(need <= have, Error::AboveDelegation { have, need })?;
    let out = math::shares_out_ceil(need, tokens, shares).ok_or_else(|| corrupt("stake without tokens"))?;
    // Who takes all leaves no dust of shares behind.
    let out = if need == have { held.shares.0 } else { out.min(held.shares.0) };
    let free = held.shares.0.saturating_sub(keep);
    let movable = math::tokens_of_floor(free, tokens, shares);
    ensure(out <= free, Error::Immature { movable, need })?;
    let left = shares.checked_sub(out).ok_or_else(|| corrupt("shares above their sum"))?;
    let paid = if left == 0 { tokens } else { need.min(math::tokens_of_floor(out, tokens, shares)) };
    ensure(!paid.is_zero(), Error::Dust { amount: need })?;
    held.shares.0 = held.shares.0.saturating_sub(out);
    from.shares.0 = left;
    from.tokens = tokens.checked_sub(paid).ok_or_else(|| corrupt("stake below zero"))?;
    if held.shares.0 == 0 {
        from.delegators = from.delegators.saturating_sub(1);
    }
    validator::jail_if_short(ctx, (delegator, operator), &mut from, held.shares.0)?;
    delegation::save(ctx.state, delegator, operator, &held)?;
    validator::save_over(ctx.state, ctx.block, operator, Some(&before), &from)?;
    Ok(paid)
}

/// The operator's own stake and its validator, with what the stake owes for redelegations taken.
pub(crate) fn self_bond(ctx: &mut Ctx<'_>, operator: &Address) -> Result<(Validator, Amount), Failure> {
    let held = held(ctx, operator, operator)?;
    let validator = validator::validator(ctx.state, operator)?;
    let own = math::tokens_of_floor(held.shares.0, validator.tokens, validator.shares.0);
    Ok((validator, own))
}

/// Queues what falls due. Answers its number.
pub(crate) fn enqueue(state: &mut State, completion_unix_ms: u64, due: &Due) -> Result<u64, Halt> {
    let number = QUEUE_NEXT.get(state)?.unwrap_or(0);
    QUEUE.set(state, &(completion_unix_ms, number), due);
    QUEUE_NEXT.set(state, &number.saturating_add(1));
    Ok(number)
}

/// Adds an unbonding entry, merged with one of the same height. The tokens are in the unbonding pool already.
pub(crate) fn add_unbonding(
    ctx: &mut Ctx<'_>,
    delegator: &Address,
    operator: &Address,
    amount: Amount,
    completion_unix_ms: u64,
) -> Result<(), Failure> {
    let pair = (*delegator, *operator);
    let max = validator::params(ctx.state)?.entries_max;
    let mut entries = UNBONDING.get(ctx.state, &pair)?.unwrap_or_default();
    let height = ctx.block.height;
    let same = |entry: &&mut Unbonding| {
        entry.created_height == height && entry.completion_unix_ms == completion_unix_ms
    };
    if let Some(entry) = entries.iter_mut().find(same) {
        let overflow = || corrupt("unbonding overflows");
        entry.initial = entry.initial.checked_add(amount).ok_or_else(overflow)?;
        entry.balance = entry.balance.checked_add(amount).ok_or_else(overflow)?;
    } else {
        let count = u64::try_from(entries.len()).unwrap_or(u64::MAX);
        ensure(count < max, Error::TooManyEntries { max })?;
        let due = Due {
            kind: DueKind::Unbonding,
            delegator: *delegator,
            validator: *operator,
            created_height: height,
        };
        let number = enqueue(ctx.state, completion_unix_ms, &due)?;
        entries.push(Unbonding {
            created_height: height,
            completion_unix_ms,
            number,
            initial: amount,
            balance: amount,
            slashed_height: height,
        });
    }
    UNBONDING.set(ctx.state, &pair, &entries);
    outflow::add(ctx.state, &(*operator, *operator), height, amount)?;
    Ok(())
}

/// Pays a delegation's rewards out of the pool. Answers how much.
pub(crate) fn pay_rewards(
    ctx: &mut Ctx<'_>,
    delegator: &Address,
    operator: &Address,
) -> Result<Amount, Failure> {
    // What moved stake owes takes what it earned since: a claim comes after it.
    let mut held = held(ctx, delegator, operator)?;
    let amount = std::mem::take(&mut held.pending);
    if !amount.is_zero() {
        let to = delegation::withdraw_address(ctx.state, delegator)?;
        token::transfer(ctx, &escrow::REWARDS, &to, lol(amount))?;
        delegation::save(ctx.state, delegator, operator, &held)?;
    }
    Ok(amount)
}
