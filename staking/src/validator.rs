//! The record of a validator, and what follows from it.

use chortle_kernel::{Address, BlockInfo, Ctx, Failure, Halt, ReadState, State};

use crate::{
    base::corrupt,
    error::Error,
    escrow, event, history, math, snapshot,
    state::{BY_POWER, CHANGED, EARNINGS, OFFENCE, PARAMS, STAKE_AT, VALIDATOR},
    types::{Earnings, Params, Validator},
    window,
};

/// Parameters, or `no_staking`.
pub(crate) fn params(state: &dyn ReadState) -> Result<Params, Failure> {
    Ok(PARAMS.get(state)?.ok_or(Error::NoStaking {})?)
}

/// A validator, or `unknown_validator`.
pub(crate) fn validator(state: &dyn ReadState, operator: &Address) -> Result<Validator, Failure> {
    Ok(VALIDATOR.get(state, operator)?.ok_or(Error::UnknownValidator { operator: *operator })?)
}

/// Power: `floor((tokens - owed) / unit)`; none in jail, or below the least stake of a seat.
pub(crate) fn power(validator: &Validator, params: &Params) -> u64 {
    let stake = validator.tokens.checked_sub(validator.owed).unwrap_or_default();
    let out = validator.jailed || validator.tombstoned || stake < params.seat_min;
    let power = stake.base_units().checked_div(params.power_unit).unwrap_or(0);
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
    let before = VALIDATOR.get(state, operator)?;
    save_over(state, block, operator, before.as_ref(), validator)
}

/// [`save`] for a caller that has the record that stands there now.
pub(crate) fn save_over(
    state: &mut State,
    block: &BlockInfo,
    operator: &Address,
    before: Option<&Validator>,
    validator: &Validator,
) -> Result<(), Halt> {
    let params = PARAMS.get(state)?.ok_or_else(|| corrupt("no parameters"))?;
    let rank = |validator: &Validator| (power(validator, &params), validator.key.0);
    let (old, new) = (before.map(rank).unwrap_or_default(), rank(validator));
    if old != new {
        if old.0 > 0 {
            BY_POWER.remove(state, &ranked(old.0, operator));
        }
        if new.0 > 0 {
            BY_POWER.set(state, &ranked(new.0, operator), &new.1);
        }
        CHANGED.set(state, &());
    }
    snapshot::keep_validator(state, operator, before, validator)?;
    if before.map(|before| before.tokens) != Some(validator.tokens) {
        STAKE_AT.set(state, &(*operator, block.height), &validator.tokens);
        history::prune(state, block, &params, operator)?;
    }
    VALIDATOR.set(state, operator, validator);
    Ok(())
}

/// The account that holds a validator's stake.
pub(crate) fn pool(bonded: bool) -> Address {
    if bonded { escrow::BONDED } else { escrow::UNBONDING }
}

/// A validator's earnings.
pub(crate) fn earnings(state: &dyn ReadState, operator: &Address) -> Result<Earnings, Halt> {
    Ok(EARNINGS.get(state, operator)?.unwrap_or_default())
}

/// Whether an operator's correlation window is open: nothing that answers for it is paid until it closes.
pub(crate) fn window_is_open(state: &dyn ReadState, operator: &Address) -> Result<bool, Halt> {
    Ok(OFFENCE.get(state, operator)?.is_some_and(|offence| !offence.closed))
}

/// Jails a validator, for the least time at least. The caller writes the record.
pub(crate) fn jail(ctx: &mut Ctx<'_>, operator: &Address, validator: &mut Validator) -> Result<(), Halt> {
    let least = PARAMS.get(ctx.state)?.map_or(0, |params| params.downtime_jail_ms);
    let until_unix_ms = ctx.block.time_unix_ms.saturating_add(least);
    validator.jailed = true;
    validator.jailed_until_unix_ms = until_unix_ms;
    window::pause(ctx.state, operator, ctx.block.height)?;
    ctx.emit(&event::Jailed { operator: *operator, until_unix_ms: Some(until_unix_ms), tombstoned: false });
    Ok(())
}

/// Jails a validator whose operator's own stake fell below its least. The caller writes the record.
pub(crate) fn jail_if_short(
    ctx: &mut Ctx<'_>,
    (delegator, operator): (&Address, &Address),
    validator: &mut Validator,
    own_shares: u128,
) -> Result<(), Halt> {
    let own = math::tokens_of_floor(own_shares, validator.tokens, validator.shares.0);
    let short = delegator == operator && own < validator.self_bond_min && !validator.jailed;
    if short { jail(ctx, operator, validator) } else { Ok(()) }
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
    let waits = until > now_unix_ms || window_is_open(state, operator)?;
    Ok(waits.then_some(until.max(now_unix_ms)))
}
