//! The record of a delegation, and what follows from it.

use chortle_kernel::{Address, Amount, Halt, ReadState, State};

use crate::{
    base::corrupt,
    math, snapshot,
    state::{DELEGATION, DELEGATOR, EARNINGS, WITHDRAW},
    types::{Delegation, Redelegation, Wide},
};

/// Settles a delegation's rewards: shares may change only after it.
pub(crate) fn settle(
    state: &dyn ReadState,
    operator: &Address,
    delegation: &mut Delegation,
) -> Result<(), Halt> {
    let index = EARNINGS.get(state, operator)?.unwrap_or_default().index;
    let grown = index.0.checked_sub(delegation.index.0).ok_or_else(|| corrupt("an index fell"))?;
    let earned = math::mul_div_floor(delegation.shares.0, grown, math::INDEX_ONE)
        .and_then(math::amount)
        .ok_or_else(|| corrupt("rewards overflow"))?;
    delegation.pending = delegation.pending.checked_add(earned).ok_or_else(|| corrupt("rewards overflow"))?;
    delegation.index = index;
    Ok(())
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
pub(crate) fn save(
    state: &mut State,
    delegator: &Address,
    operator: &Address,
    held: &Delegation,
) -> Result<(), Halt> {
    snapshot::keep_delegation(state, &(*delegator, *operator), held.shares)?;
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
    Ok(())
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

/// Where an account's rewards go.
pub(crate) fn withdraw_address(state: &dyn ReadState, account: &Address) -> Result<Address, Halt> {
    Ok(WITHDRAW.get(state, account)?.unwrap_or(*account))
}
