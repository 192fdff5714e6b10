//! What holds of locks after every block.

use std::collections::BTreeMap;

use chortle_kernel::{Amount, AssetId, Order, ReadState};

use crate::{
    invariant::{escrow_is, told},
    protocol,
    state::{LOCK, LOCK_BY_ASSET, LOCK_BY_FUNDER, LOCK_BY_OWNER, NEXT_LOCK_ID},
};

pub(crate) fn locks_are_their_escrow(state: &dyn ReadState) -> Result<(), String> {
    let next = NEXT_LOCK_ID.get(state).map_err(told)?.unwrap_or(1);
    let mut held = BTreeMap::<AssetId, Amount>::new();
    for row in LOCK.iter(state, Order::Ascending) {
        let (id, lock) = row.map_err(told)?;
        if id >= next {
            return Err(format!("lock {id} is not below the next number {next}"));
        }
        if lock.claimed >= lock.amount {
            return Err(format!("lock {id} is empty and stored"));
        }
        if protocol::name(&lock.owner).is_some() {
            return Err(format!("lock {id} belongs to the protocol"));
        }
        let sum = held.entry(lock.asset).or_default();
        *sum = sum.checked_add(lock.held()).ok_or("the locks overflow")?;
    }
    escrow_is(state, &protocol::LOCKS, held)
}

pub(crate) fn lists_of_locks_are_exact(state: &dyn ReadState) -> Result<(), String> {
    let mut locks = 0_usize;
    for row in LOCK.iter(state, Order::Ascending) {
        let (id, lock) = row.map_err(told)?;
        locks = locks.saturating_add(1);
        let listed = LOCK_BY_OWNER.has(state, &(lock.owner, id)).map_err(told)?
            && LOCK_BY_FUNDER.has(state, &(lock.funder, id)).map_err(told)?
            && LOCK_BY_ASSET.has(state, &(lock.asset, id)).map_err(told)?;
        if !listed {
            return Err(format!("lock {id} is missing in a list"));
        }
    }
    let lists = [
        LOCK_BY_OWNER.iter(state, Order::Ascending).count(),
        LOCK_BY_FUNDER.iter(state, Order::Ascending).count(),
        LOCK_BY_ASSET.iter(state, Order::Ascending).count(),
    ];
    match lists.iter().all(|count| *count == locks) {
        true => Ok(()),
        false => Err(format!("{lists:?} lines list {locks} locks")),
    }
}
