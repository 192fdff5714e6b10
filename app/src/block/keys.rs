//! Consensus keys by address: the engine names voters by address alone.
//!
//! An address is a hash of its key, so a key has no versions. One that leaves the set is kept while votes of its can
//! still be asked for.

use chortle_kernel::{
    Halt, Order, State,
    block::{ValidatorPower, consensus_address},
};

use crate::{
    consensus_key::ConsensusKey,
    state::{CONSENSUS_KEYS, LEFT_KEYS},
};

/// A change made at height h is in force from h + 2, and the votes on h + 1 are in the header of h + 2.
const KEPT_BLOCKS: u64 = 3;

/// Notes changes of the validator set made at a height, or the set of genesis.
pub fn note(state: &mut State, updates: &[ValidatorPower], height: u64) -> Result<(), Halt> {
    for &ValidatorPower { key, power } in updates {
        let address = consensus_address(&key);
        let known = CONSENSUS_KEYS.get(state, &address)?;
        let now = ConsensusKey { key, left: if power == 0 { height } else { 0 } };
        if known == Some(now) {
            continue;
        }
        if let Some(known) = known.filter(|known| known.left != 0) {
            LEFT_KEYS.remove(state, &(known.left, address));
        }
        if power == 0 {
            LEFT_KEYS.set(state, &(height, address), &());
        }
        CONSENSUS_KEYS.set(state, &address, &now);
    }
    Ok(())
}

/// Forgets keys of which no vote can come any more.
pub(super) fn forget(state: &mut State, height: u64) -> Result<(), Halt> {
    let gone: Vec<_> = LEFT_KEYS
        .iter(state, Order::Ascending)
        .take_while(|row| !matches!(row, Ok(((left, _), ())) if left.saturating_add(KEPT_BLOCKS) > height))
        .collect::<Result<_, _>>()?;
    for ((left, address), ()) in gone {
        LEFT_KEYS.remove(state, &(left, address));
        CONSENSUS_KEYS.remove(state, &address);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::{collections::BTreeMap, sync::Arc};

    use super::*;

    const KEY: [u8; 32] = [7; 32];

    fn known(state: &State) -> Option<u64> {
        CONSENSUS_KEYS.get(state, &consensus_address(&KEY)).unwrap().map(|key| key.left)
    }

    fn at(state: &mut State, height: u64, power: u64) {
        note(state, &[ValidatorPower { key: KEY, power }], height).unwrap();
    }

    #[test]
    fn a_key_is_known_while_votes_of_it_can_be_asked_for() {
        let mut state = State::over(Arc::new(BTreeMap::new()));
        at(&mut state, 0, 10);
        at(&mut state, 4, 11);
        assert_eq!(known(&state), Some(0), "another power is the same key");
        at(&mut state, 5, 0);
        for height in 6..8 {
            forget(&mut state, height).unwrap();
            assert_eq!(known(&state), Some(5), "the header of 7 has votes on 6");
        }
        forget(&mut state, 8).unwrap();
        assert_eq!(known(&state), None);
        assert_eq!(LEFT_KEYS.iter(&state, Order::Ascending).count(), 0);
    }

    #[test]
    fn who_comes_back_is_not_forgotten() {
        let mut state = State::over(Arc::new(BTreeMap::new()));
        at(&mut state, 0, 10);
        at(&mut state, 5, 0);
        at(&mut state, 6, 10);
        forget(&mut state, 100).unwrap();
        assert_eq!(known(&state), Some(0));
        at(&mut state, 101, 0);
        forget(&mut state, 103).unwrap();
        assert_eq!(known(&state), Some(101));
    }
}
