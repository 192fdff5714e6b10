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
