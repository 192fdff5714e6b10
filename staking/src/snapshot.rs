//! Stake as it stood at a height, for as long as somebody asks: what was there is kept when it first changes.
//!
//! Nothing is copied when a snapshot is taken, and nothing changes for a pair that nobody touches. A value at a
//! snapshot is that of the first row at its height or later; without one it is today's.

use std::collections::BTreeSet;

use chortle_kernel::{Address, Amount, Ctx, Halt, Order, ReadState, State};
use chortle_token as token;

use crate::{
    escrow,
    state::{DELEGATION, PARAMS, SET, SHARES_THEN, SNAPSHOT, SWEEP_AFTER, VALIDATOR, VALIDATOR_THEN},
    types::{Snapshot, Standing, Validator, Wide},
};

/// Rows that one block looks at for what no snapshot needs.
const SWEPT_MAX: usize = 64;
/// Rows of a validator that one change may forget.
const FORGOTTEN_MAX: usize = 4;

/// Remembers stake as it stands now, under this block's height. Answers what is in the set, in nlol. Whoever takes one
/// releases it. Call it from a hook: transactions of the same block come after it.
pub fn take(ctx: &mut Ctx<'_>) -> Result<Amount, Halt> {
    let height = ctx.block.height;
    let mut snapshot = match SNAPSHOT.get(ctx.state, &height)? {
        Some(snapshot) => snapshot,
        None => Snapshot { bonded: bonded(ctx.state)?, holders: 0 },
    };
    snapshot.holders = snapshot.holders.saturating_add(1);
    SNAPSHOT.set(ctx.state, &height, &snapshot);
    Ok(snapshot.bonded)
}

/// What is in the set and votes: all that is bonded, less what members owe for stake that moved to them.
fn bonded(state: &dyn ReadState) -> Result<Amount, Halt> {
    if PARAMS.get(state)?.is_none() {
        return Ok(Amount::ZERO);
    }
    let mut bonded = token::native_balance(state, &escrow::BONDED)?;
    for member in SET.get(state)?.unwrap_or_default() {
        let validator = VALIDATOR.get(state, &member.operator)?;
        let owed = validator.map_or(Amount::ZERO, |validator| validator.owed.min(validator.tokens));
        bonded = bonded.checked_sub(owed).unwrap_or_default();
    }
    Ok(bonded)
}

/// Says that one who took the snapshot of a height needs it no more.
pub fn release(state: &mut State, height: u64) -> Result<(), Halt> {
    let Some(mut snapshot) = SNAPSHOT.get(state, &height)? else { return Ok(()) };
    snapshot.holders = snapshot.holders.saturating_sub(1);
    if snapshot.holders > 0 {
        SNAPSHOT.set(state, &height, &snapshot);
        return Ok(());
    }
    let was_oldest = oldest(state)? == Some(height);
    SNAPSHOT.remove(state, &height);
    if was_oldest {
        SWEEP_AFTER.set(state, &None);
    }
    Ok(())
}

fn oldest(state: &dyn ReadState) -> Result<Option<u64>, Halt> {
    SNAPSHOT.iter(state, Order::Ascending).next().transpose().map(|row| row.map(|(height, _)| height))
}

fn newest(state: &dyn ReadState) -> Result<Option<u64>, Halt> {
    SNAPSHOT.iter(state, Order::Descending).next().transpose().map(|row| row.map(|(height, _)| height))
}

/// Shares of a pair at a snapshot, if they changed after it.
fn shares_kept(
    state: &dyn ReadState,
    (delegator, operator): &(Address, Address),
    height: u64,
) -> Result<Option<Wide>, Halt> {
    let before = height.checked_sub(1).map(|before| (*delegator, *operator, before));
    let under = (*delegator, *operator);
    let row = SHARES_THEN.iter_under(state, &under, before.as_ref(), Order::Ascending).next().transpose()?;
    Ok(row.map(|(_, shares)| shares))
}

fn standing_kept(state: &dyn ReadState, operator: &Address, height: u64) -> Result<Option<Standing>, Halt> {
    let before = height.checked_sub(1).map(|before| (*operator, before));
    let row = VALIDATOR_THEN.iter_under(state, operator, before.as_ref(), Order::Ascending).next();
    Ok(row.transpose()?.map(|(_, standing)| standing))
}

/// How a validator stands. What is owed there has no vote, as it has no power: which delegator owes it is not known
/// before his entries are settled, so until then it is missing from every share alike.
fn standing(validator: &Validator) -> Standing {
    let tokens = validator.tokens.checked_sub(validator.owed).unwrap_or_default();
    Standing { tokens, shares: validator.shares, bonded: validator.bonded }
}

/// Keeps what a pair had, before it changes.
pub(crate) fn keep_delegation(
    state: &mut State,
    pair: &(Address, Address),
    shares: Wide,
) -> Result<(), Halt> {
    let Some(newest) = newest(state)? else { return Ok(()) };
    let before = DELEGATION.get(state, pair)?.map_or(Wide(0), |held| held.shares);
    if before != shares && shares_kept(state, pair, newest)?.is_none() {
        SHARES_THEN.set(state, &(pair.0, pair.1, newest), &before);
    }
    Ok(())
}

/// Keeps how a validator stood, before it changes, and forgets what no snapshot needs of it.
pub(crate) fn keep_validator(
    state: &mut State,
    operator: &Address,
    before: Option<&Validator>,
    after: &Validator,
) -> Result<(), Halt> {
    let Some(newest) = newest(state)? else { return Ok(()) };
    let fresh = Standing { tokens: Amount::ZERO, shares: Wide(0), bonded: false };
    let before = before.map_or(fresh, standing);
    if before == standing(after) || standing_kept(state, operator, newest)?.is_some() {
        return Ok(());
    }
    VALIDATOR_THEN.set(state, &(*operator, newest), &before);
    let oldest = oldest(state)?.unwrap_or(newest);
    let rows = VALIDATOR_THEN.iter_under(state, operator, None, Order::Ascending).take(FORGOTTEN_MAX);
    let rows = rows.map(|row| row.map(|(key, _)| key)).collect::<Result<Vec<_>, Halt>>()?;
    for key in rows.iter().filter(|(_, height)| *height < oldest) {
        VALIDATOR_THEN.remove(state, key);
    }
    Ok(())
}

/// Forgets rows that no snapshot needs, a few each block, while there are any.
pub(crate) fn sweep(state: &mut State) -> Result<(), Halt> {
    let Some(after) = SWEEP_AFTER.get(state)? else { return Ok(()) };
    let oldest = oldest(state)?.unwrap_or(u64::MAX);
    let rows = SHARES_THEN.iter_after(state, after.as_ref(), Order::Ascending).take(SWEPT_MAX);
    let rows = rows.map(|row| row.map(|(key, _)| key)).collect::<Result<Vec<_>, Halt>>()?;
    for key in rows.iter().filter(|(_, _, height)| *height < oldest) {
        SHARES_THEN.remove(state, key);
    }
    match rows.last().filter(|_| rows.len() == SWEPT_MAX) {
        Some(last) => SWEEP_AFTER.set(state, &Some(*last)),
        None => SWEEP_AFTER.remove(state),
    }
    Ok(())
}

/// How a validator stood at a snapshot; `None` if it was not in the set.
pub fn member_at(state: &dyn ReadState, operator: &Address, height: u64) -> Result<Option<Standing>, Halt> {
    let found = match standing_kept(state, operator, height)? {
        Some(kept) => Some(kept),
        None => VALIDATOR.get(state, operator)?.as_ref().map(standing),
    };
    Ok(found.filter(|standing| standing.bonded && standing.shares.0 > 0))
}

/// Shares that a delegator had at a snapshot, by operator, with none where he delegated only later; `None` if there
/// are more than `max` pairs to look at.
pub fn delegations_at(
    state: &dyn ReadState,
    delegator: &Address,
    height: u64,
    max: usize,
) -> Result<Option<Vec<(Address, u128)>>, Halt> {
    let look = max.saturating_add(1);
    let now = DELEGATION.iter_under(state, delegator, None, Order::Ascending).take(look);
    let mut operators = now.map(|row| row.map(|(key, _)| key.1)).collect::<Result<BTreeSet<_>, Halt>>()?;
    let mut after = None;
    while operators.len() <= max {
        let next = SHARES_THEN.iter_under(state, delegator, after.as_ref(), Order::Ascending).next();
        let Some(((_, operator, _), _)) = next.transpose()? else { break };
        operators.insert(operator);
        after = Some((*delegator, operator, u64::MAX));
    }
    if operators.len() > max {
        return Ok(None);
    }
    let mut found = Vec::with_capacity(operators.len());
    for operator in operators {
        let pair = (*delegator, operator);
        let shares = match shares_kept(state, &pair, height)? {
            Some(kept) => kept,
            None => DELEGATION.get(state, &pair)?.map_or(Wide(0), |held| held.shares),
        };
        found.push((operator, shares.0));
    }
    Ok(Some(found))
}
