//! What holds of locks after every block; what they hold is their escrow's, which `app` compares.

use std::collections::BTreeMap;

use chortle_kernel::{Amount, AssetId, Halt, Invariant, Order, ReadState};
use chortle_token as token;

use crate::state::{BY_ASSET, BY_FUNDER, BY_OWNER, LOCK, NEXT_ID};

/// Every invariant.
pub const INVARIANTS: &[Invariant] = &[
    Invariant { name: "locks_are_sound", check: locks_are_sound },
    Invariant { name: "lists_of_locks_are_exact", check: lists_of_locks_are_exact },
    Invariant { name: "pots_cover_what_locks_are_due", check: pots_cover_what_locks_are_due },
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

/// What holders are due and what locks are due together is in the pot.
fn pots_cover_what_locks_are_due(state: &dyn ReadState) -> Result<(), String> {
    let mut due = token::invariant::due_to_holders(state)?;
    for row in LOCK.iter(state, Order::Ascending) {
        let (id, lock) = row?;
        let index = token::reflection_index(state, lock.asset)?;
        let more = token::totals::due(lock.held(), lock.index, index)?;
        let sum = due.entry(lock.asset).or_insert(Amount::ZERO);
        *sum = sum.checked_add(more).ok_or_else(|| format!("what lock {id} is due overflows"))?;
    }
    for (asset, due) in due {
        let pot = token::state::TOTALS.get(state, &asset)?.map_or(Amount::ZERO, |totals| totals.pot);
        if due > pot {
            return Err(format!("asset {asset}: holders and locks are due {due}, and {pot} is in the pot"));
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
