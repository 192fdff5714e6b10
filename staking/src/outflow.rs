//! Sums of what left a validator by where it went and the height at which it began: a slash needs one sum for each
//! destination, however many entries there are.
//!
//! Level 0 holds one bucket a height, each level above 256 of the one below.

use chortle_kernel::{Address, Amount, Halt, Order, ReadState, State};

use crate::{
    base::corrupt,
    state::{INDEX_AT, OUTFLOW},
};

const LEVELS: u32 = 4;
const BITS: u32 = 8;

fn bucket(height: u64, level: u32) -> u64 {
    height.checked_shr(level.saturating_mul(BITS)).unwrap_or(0)
}

fn change(
    state: &mut State,
    pair: &(Address, Address),
    height: u64,
    step: impl Fn(Amount) -> Option<Amount>,
) -> Result<(), Halt> {
    for level in 0..LEVELS {
        let key = (*pair, level, bucket(height, level));
        let before = OUTFLOW.get(state, &key)?.unwrap_or_default();
        let after = step(before).ok_or_else(|| corrupt("a sum of what leaves"))?;
        if after.is_zero() {
            OUTFLOW.remove(state, &key);
        } else {
            OUTFLOW.set(state, &key, &after);
        }
    }
    Ok(())
}

/// Something began to leave: a source, and where to.
pub fn add(state: &mut State, pair: &(Address, Address), height: u64, amount: Amount) -> Result<(), Halt> {
    change(state, pair, height, |before| before.checked_add(amount))
}

/// It left, or came back.
pub fn remove(state: &mut State, pair: &(Address, Address), height: u64, amount: Amount) -> Result<(), Halt> {
    change(state, pair, height, |before| before.checked_sub(amount))
}

/// Forgets what faults of a source cost at a destination, once nothing that moved there answers for it any more.
pub fn forget_indexes(state: &mut State, way: &(Address, Address)) -> Result<(), Halt> {
    if !since(state, way, 0)?.is_zero() {
        return Ok(());
    }
    let rows = INDEX_AT.iter_under(state, way, None, Order::Ascending);
    let rows = rows.map(|row| row.map(|(key, _)| key)).collect::<Result<Vec<_>, Halt>>()?;
    rows.iter().for_each(|key| INDEX_AT.remove(state, key));
    Ok(())
}

/// What began at `from` or later and is still under way.
pub fn since(state: &dyn ReadState, pair: &(Address, Address), from: u64) -> Result<Amount, Halt> {
    let mut sum = Amount::ZERO;
    let mut first = from;
    for level in 0..LEVELS {
        // Up to the next boundary of the level above; the top level runs to the end.
        let parent_end = bucket(first, 1).saturating_add(1).saturating_mul(1 << BITS);
        let end = if level == LEVELS.saturating_sub(1) { u64::MAX } else { parent_end };
        let after = first.checked_sub(1).map(|before| (*pair, level, before));
        for row in OUTFLOW.iter_under(state, &(*pair, level), after.as_ref(), Order::Ascending) {
            let ((_, _, at), amount) = row?;
            if at >= end {
                break;
            }
            sum = sum.checked_add(amount).ok_or_else(|| corrupt("a sum of what leaves"))?;
        }
        first = bucket(parent_end, 1);
    }
    Ok(sum)
}

/// Where something of a source still is: itself, for what is on its way out, and destinations.
pub fn destinations(state: &dyn ReadState, source: &Address) -> Result<Vec<Address>, Halt> {
    let (mut found, mut after) = (Vec::new(), ((*source, Address([0; 20])), 0, 0));
    loop {
        let Some(row) = OUTFLOW.iter_after(state, Some(&after), Order::Ascending).next() else { break };
        let ((pair, _, _), _) = row?;
        if pair.0 != *source {
            break;
        }
        found.push(pair.1);
        after = (pair, u32::MAX, u64::MAX);
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use std::{collections::BTreeMap, sync::Arc};

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_range_is_the_sum_of_its_heights(
            rows in prop::collection::vec((0u64..200_000, 1u64..1_000), 0..60), from in 0u64..200_000,
        ) {
            let mut state = State::over(Arc::new(BTreeMap::new()));
            let who = (Address([7; 20]), Address([8; 20]));
            for (height, amount) in &rows {
                add(&mut state, &who, *height, Amount::new(*amount).unwrap()).unwrap();
            }
            let naive: u64 = rows.iter().filter(|(height, _)| *height >= from).map(|(_, amount)| amount).sum();
            let to = destinations(&state, &who.0).unwrap();
            prop_assert_eq!(to.len(), usize::from(!rows.is_empty()));
            prop_assert_eq!(since(&state, &who, from).unwrap().base_units(), naive);
            for (height, amount) in &rows {
                remove(&mut state, &who, *height, Amount::new(*amount).unwrap()).unwrap();
            }
            prop_assert_eq!(OUTFLOW.iter(&state, Order::Ascending).count(), 0);
        }
    }
}
