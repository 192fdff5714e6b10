//! What messages and hooks do to validators and delegations.

use chortle_kernel::{
    Address, Amount, AssetId, BlockInfo, Coin, Ctx, Failure, Halt, ReadState, State, ensure,
};
use chortle_token::{self as token, protocol};

use crate::{
    error::Error,
    event, outflow, rules, slash,
    state::{
        BY_POWER, CHANGED, DELEGATION, DELEGATOR, EARNINGS, PARAMS, QUEUE, QUEUE_NEXT, STAKE_AT, UNBONDING,
        VALIDATOR, WITHDRAW,
    },
    types::{Delegation, Due, DueKind, Earnings, Params, Redelegation, Unbonding, Validator, Wide},
};

/// LOL.
pub(crate) fn lol(amount: Amount) -> Coin {
    Coin { asset: AssetId::NATIVE, amount }
}

pub(crate) fn corrupt(what: &str) -> Halt {
    Halt::new(format!("staking: {what}: the state is corrupt"))
}

/// Parameters, or `no_staking`.
pub(crate) fn params(state: &dyn ReadState) -> Result<Params, Failure> {
    Ok(PARAMS.get(state)?.ok_or(Error::NoStaking {})?)
}

/// A validator, or `unknown_validator`.
pub(crate) fn validator(state: &dyn ReadState, operator: &Address) -> Result<Validator, Failure> {
    Ok(VALIDATOR.get(state, operator)?.ok_or(Error::UnknownValidator { operator: *operator })?)
}

/// Power: `floor(tokens / unit)`; none in jail, or below the least stake of a seat.
pub(crate) fn power(validator: &Validator, params: &Params) -> u64 {
    let out = validator.jailed || validator.tombstoned || validator.tokens < params.seat_min;
    let power = validator.tokens.base_units().checked_div(params.power_unit).unwrap_or(0);
    if out { 0 } else { power }
}

fn ranked(power: u64, operator: &Address) -> (u64, Address) {
    (u64::MAX.saturating_sub(power), *operator)
}

/// Writes a validator with all that follows from it: its rank, and its stake's history.
pub(crate) fn save(
    state: &mut State,
    block: &BlockInfo,
    operator: &Address,
    validator: &Validator,
) -> Result<(), Halt> {
    let params = PARAMS.get(state)?.ok_or_else(|| corrupt("no parameters"))?;
    let before = VALIDATOR.get(state, operator)?;
    let rank = |validator: &Validator| (power(validator, &params), validator.key.0);
    let (old, new) = (before.as_ref().map(rank).unwrap_or_default(), rank(validator));
    if old != new {
        if old.0 > 0 {
            BY_POWER.remove(state, &ranked(old.0, operator));
        }
        if new.0 > 0 {
            BY_POWER.set(state, &ranked(new.0, operator), &new.1);
        }
        CHANGED.set(state, &());
    }
    if before.as_ref().map(|before| before.tokens) != Some(validator.tokens) {
        STAKE_AT.set(state, &(*operator, block.height), &validator.tokens);
        slash::prune_history(state, block, &params, operator)?;
    }
    VALIDATOR.set(state, operator, validator);
    Ok(())
}

/// The account that holds a validator's stake.
pub(crate) fn pool(bonded: bool) -> Address {
    if bonded { protocol::BONDED } else { protocol::UNBONDING }
}

/// Settles a delegation's rewards: shares may change only after it.
pub(crate) fn settle(
    state: &dyn ReadState,
    operator: &Address,
    delegation: &mut Delegation,
) -> Result<(), Halt> {
    let index = EARNINGS.get(state, operator)?.unwrap_or_default().index;
    let grown = index.0.checked_sub(delegation.index.0).ok_or_else(|| corrupt("an index fell"))?;
    let earned = rules::mul_div_floor(delegation.shares.0, grown, rules::INDEX_ONE)
        .and_then(rules::amount)
        .ok_or_else(|| corrupt("rewards overflow"))?;
    delegation.pending = delegation.pending.checked_add(earned).ok_or_else(|| corrupt("rewards overflow"))?;
    delegation.index = index;
    Ok(())
}

/// A delegation, settled, with what it owes for its redelegations taken; a new one if there is none.
pub(crate) fn delegation(
    ctx: &mut Ctx<'_>,
    delegator: &Address,
    operator: &Address,
) -> Result<Delegation, Halt> {
    slash::settle_redelegations(ctx, delegator, operator)?;
    peek(ctx.state, delegator, operator)
}

/// A delegation with its rewards settled, nothing written.
pub(crate) fn peek(
    state: &dyn ReadState,
    delegator: &Address,
    operator: &Address,
) -> Result<Delegation, Halt> {
    let fresh = || Delegation { shares: Wide(0), index: Wide(0), pending: Amount::ZERO };
    let mut delegation = DELEGATION.get(state, &(*delegator, *operator))?.unwrap_or_else(fresh);
    settle(state, operator, &mut delegation)?;
    Ok(delegation)
}

/// Writes a delegation; an empty one is removed.
pub(crate) fn save_delegation(state: &mut State, delegator: &Address, operator: &Address, held: &Delegation) {
    if held.shares.0 == 0 {
        DELEGATOR.remove(state, &(*operator, *delegator));
    } else {
        DELEGATOR.set(state, &(*operator, *delegator), &());
    }
    if held.shares.0 == 0 && held.pending.is_zero() {
        DELEGATION.remove(state, &(*delegator, *operator));
    } else {
        DELEGATION.set(state, &(*delegator, *operator), held);
    }
}

/// Buys shares for tokens that the caller has moved to the validator's pool. Answers the shares.
pub(crate) fn bond(
    ctx: &mut Ctx<'_>,
    delegator: &Address,
    operator: &Address,
    amount: Amount,
) -> Result<u128, Failure> {
    // Settling may take stake here for a fault elsewhere: the record is read after it.
    let mut held = delegation(ctx, delegator, operator)?;
    let mut validator = validator(ctx.state, operator)?;
    let worthless = Error::Worthless { operator: *operator };
    let bought = rules::shares_for_floor(amount, validator.tokens, validator.shares.0).ok_or(worthless)?;
    ensure(bought > 0, Error::Dust { amount })?;
    if held.shares.0 == 0 {
        validator.delegators = validator.delegators.saturating_add(1);
    }
    held.shares.0 = held.shares.0.saturating_add(bought);
    validator.shares.0 = validator.shares.0.saturating_add(bought);
    validator.tokens = validator.tokens.checked_add(amount).ok_or_else(|| corrupt("stake overflows"))?;
    save_delegation(ctx.state, delegator, operator, &held);
    save(ctx.state, ctx.block, operator, &validator)?;
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
    let mut held = delegation(ctx, delegator, operator)?;
    let mut from = validator(ctx.state, operator)?;
    ensure(held.shares.0 > 0, Error::NoDelegation { operator: *operator })?;
    let (tokens, shares) = (from.tokens, from.shares.0);
    let have = rules::tokens_of_floor(held.shares.0, tokens, shares);
    ensure(need <= have, Error::AboveDelegation { have, need })?;
    let out = rules::shares_out_ceil(need, tokens, shares).ok_or_else(|| corrupt("stake without tokens"))?;
    // Who takes all leaves no dust of shares behind.
    let out = if need == have { held.shares.0 } else { out.min(held.shares.0) };
    let free = held.shares.0.saturating_sub(keep);
    let movable = rules::tokens_of_floor(free, tokens, shares);
    ensure(keep == 0 || out <= free, Error::Immature { movable, need })?;
    let left = shares.checked_sub(out).ok_or_else(|| corrupt("shares above their sum"))?;
    let paid = if left == 0 { tokens } else { need.min(rules::tokens_of_floor(out, tokens, shares)) };
    ensure(!paid.is_zero(), Error::Dust { amount: need })?;
    held.shares.0 = held.shares.0.saturating_sub(out);
    from.shares.0 = left;
    from.tokens = tokens.checked_sub(paid).ok_or_else(|| corrupt("stake below zero"))?;
    if held.shares.0 == 0 {
        from.delegators = from.delegators.saturating_sub(1);
    }
    jail_if_short(ctx, (delegator, operator), &mut from, held.shares.0);
    save_delegation(ctx.state, delegator, operator, &held);
    save(ctx.state, ctx.block, operator, &from)?;
    Ok(paid)
}

/// Jails a validator whose operator's own stake fell below its least. The caller writes the record.
pub(crate) fn jail_if_short(
    ctx: &mut Ctx<'_>,
    (delegator, operator): (&Address, &Address),
    validator: &mut Validator,
    own_shares: u128,
) {
    let own = rules::tokens_of_floor(own_shares, validator.tokens, validator.shares.0);
    if delegator == operator && own < validator.self_bond_min && !validator.jailed {
        validator.jailed = true;
        let until_unix_ms = ctx.block.time_unix_ms;
        ctx.emit(&event::Jailed { operator: *operator, until_unix_ms, tombstoned: false });
    }
}

/// The operator's own stake and its validator, with what the stake owes for redelegations taken.
pub(crate) fn self_bond(ctx: &mut Ctx<'_>, operator: &Address) -> Result<(Validator, Amount), Failure> {
    let held = delegation(ctx, operator, operator)?;
    let validator = validator(ctx.state, operator)?;
    let own = rules::tokens_of_floor(held.shares.0, validator.tokens, validator.shares.0);
    Ok((validator, own))
}

/// When stake that leaves a validator now is free; `None` for at once.
pub(crate) fn completion(
    state: &dyn ReadState,
    operator: &Address,
    validator: &Validator,
    now_unix_ms: u64,
) -> Result<Option<u64>, Failure> {
    if validator.bonded {
        return Ok(Some(now_unix_ms.saturating_add(params(state)?.unbonding_ms)));
    }
    let until = validator.unbonding_until_unix_ms;
    let waits = until > now_unix_ms || slash::window_is_open(state, operator)?;
    Ok(waits.then_some(until.max(now_unix_ms)))
}

/// Shares of a pair that came from other validators and still answer for them.
pub(crate) fn immature(moves: &[Redelegation]) -> u128 {
    moves.iter().fold(0, |sum, entry| sum.saturating_add(entry.shares.0))
}

/// When stake that just left a pair is free, if part of it still answers for another validator: not before that ends.
pub(crate) fn bound_by_moves(
    state: &dyn ReadState,
    pair: &(Address, Address),
    moves: &[Redelegation],
) -> Result<Option<u64>, Halt> {
    let left = DELEGATION.get(state, pair)?.map_or(0, |held| held.shares.0);
    let last = moves.iter().map(|entry| entry.completion_unix_ms).max();
    Ok(last.filter(|_| left < immature(moves)))
}

/// Queues what falls due.
pub(crate) fn enqueue(state: &mut State, completion_unix_ms: u64, due: &Due) -> Result<(), Halt> {
    let number = QUEUE_NEXT.get(state)?.unwrap_or(0);
    QUEUE.set(state, &(completion_unix_ms, number), due);
    QUEUE_NEXT.set(state, &number.saturating_add(1));
    Ok(())
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
    let max = params(ctx.state)?.entries_max;
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
        entries.push(Unbonding {
            created_height: height,
            completion_unix_ms,
            initial: amount,
            balance: amount,
            slashed_height: height,
        });
        let due = Due {
            kind: DueKind::Unbonding,
            delegator: *delegator,
            validator: *operator,
            created_height: height,
        };
        enqueue(ctx.state, completion_unix_ms, &due)?;
    }
    UNBONDING.set(ctx.state, &pair, &entries);
    outflow::add(ctx.state, operator, height, amount)?;
    Ok(())
}

/// Where an account's rewards go.
pub(crate) fn withdraw_address(state: &dyn ReadState, account: &Address) -> Result<Address, Halt> {
    Ok(WITHDRAW.get(state, account)?.unwrap_or(*account))
}

/// Pays a delegation's rewards out of the pool. Answers how much.
pub(crate) fn pay_rewards(
    ctx: &mut Ctx<'_>,
    delegator: &Address,
    operator: &Address,
) -> Result<Amount, Failure> {
    let mut held = peek(ctx.state, delegator, operator)?;
    let amount = std::mem::take(&mut held.pending);
    if !amount.is_zero() {
        let to = withdraw_address(ctx.state, delegator)?;
        token::transfer(ctx, &protocol::REWARDS, &to, lol(amount))?;
        save_delegation(ctx.state, delegator, operator, &held);
    }
    Ok(amount)
}

/// A validator's earnings.
pub(crate) fn earnings(state: &dyn ReadState, operator: &Address) -> Result<Earnings, Halt> {
    Ok(EARNINGS.get(state, operator)?.unwrap_or_default())
}

/// Moves LOL between accounts.
pub(crate) fn shift(ctx: &mut Ctx<'_>, from: &Address, to: &Address, amount: Amount) -> Result<(), Failure> {
    if from == to { Ok(()) } else { token::transfer(ctx, from, to, lol(amount)) }
}
