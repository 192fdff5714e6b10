//! What holds of locks after every block; what they hold is their escrow's, which `app` compares.

use std::collections::BTreeMap;

use chortle_kernel::{AssetId, Halt, Invariant, Order, ReadState};
use chortle_token::{
    self as token,
    totals::{self, Earned},
};

use crate::{
    state::{BY_ASSET, BY_FUNDER, BY_OWNER, LOCK, NEXT_ID},
    types::LOCKS,
};

/// Every invariant.
pub const INVARIANTS: &[Invariant] = &[
    Invariant { name: "locks_are_sound", check: locks_are_sound },
    Invariant { name: "lists_of_locks_are_exact", check: lists_of_locks_are_exact },
    Invariant {
        name: "pots_are_what_holders_and_locks_are_due",
        check: pots_are_what_holders_and_locks_are_due,
    },
];

/// What all locks hold.
pub(crate) fn held(state: &dyn ReadState) -> Result<Vec<(AssetId, u128)>, Halt> {
    let mut held = BTreeMap::<AssetId, u128>::new();
    for row in LOCK.iter(state, Order::Ascending) {
        let (_, lock) = row?;
        let sum = held.entry(lock.asset).or_default();
        *sum = sum.saturating_add(lock.held().base_units().into());
    }
    Ok(held.into_iter().collect())
}

fn locks_are_sound(state: &dyn ReadState) -> Result<(), String> {
    let next = NEXT_ID.get(state)?.unwrap_or(1);
    for row in LOCK.iter(state, Order::Ascending) {
        let (id, lock) = row?;
        if id >= next {
            return Err(format!("lock {id} is not below the next number {next}"));
        }
        if lock.claimed >= lock.amount {
            return Err(format!("lock {id} is empty and stored"));
        }
        if lock.owner.is_protocol() {
            return Err(format!("lock {id} belongs to the protocol"));
        }
    }
    Ok(())
}

/// What holders and locks are due and what is nobody's yet is together the pot, to the last part of a unit; below it
/// only where other modules settle owners, too.
fn pots_are_what_holders_and_locks_are_due(state: &dyn ReadState) -> Result<(), String> {
    let mut earnings = token::invariant::earnings(state)?;
    for row in LOCK.iter(state, Order::Ascending) {
        let (id, lock) = row?;
        let index = token::reflection_index(state, lock.asset)?;
        let more = totals::due(lock.held(), lock.index, index, 0)?;
        let sum = earnings.entry(lock.asset).or_default();
        sum.due =
            sum.due.checked_add(more.exact()).ok_or_else(|| format!("what lock {id} is due overflows"))?;
    }
    for (asset, token::invariant::Earnings { due, pooled, .. }) in earnings {
        let Some(totals) = token::state::TOTALS.get(state, &asset)? else { continue };
        let pot = Earned { units: totals.pot, fraction: 0 }.exact();
        let left = due.checked_add(totals.carry).and_then(|given| pot.checked_sub(given));
        let alone = pooled.is_zero() || pooled == token::balance(state, &LOCKS, asset)?;
        if left.is_none_or(|left| left != 0 && alone) {
            let carry = totals.carry;
            let sentence = format!("holders and locks are due {due}, {carry} is nobody's, {pot} in the pot");
            return Err(format!("asset {asset}: {sentence}"));
        }
    }
    Ok(())
}

fn lists_of_locks_are_exact(state: &dyn ReadState) -> Result<(), String> {
    let mut locks = 0_usize;
    for row in LOCK.iter(state, Order::Ascending) {
        let (id, lock) = row?;
        locks = locks.saturating_add(1);
        let listed = BY_OWNER.has(state, &(lock.owner, id))?
            && BY_FUNDER.has(state, &(lock.funder, id))?
            && BY_ASSET.has(state, &(lock.asset, id))?;
        if !listed {
            return Err(format!("lock {id} is missing in a list"));
        }
    }
    let lists = [
        BY_OWNER.iter(state, Order::Ascending).count(),
        BY_FUNDER.iter(state, Order::Ascending).count(),
        BY_ASSET.iter(state, Order::Ascending).count(),
    ];
    match lists.iter().all(|count| *count == locks) {
        true => Ok(()),
        false => Err(format!("{lists:?} lines list {locks} locks")),
    }
}
