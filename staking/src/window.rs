//! How a validator signs: a ring of the blocks that were watched, which survives leaving and joining the set.

use chortle_kernel::{Address, Bytes, Halt, State};

use crate::{
    base::corrupt,
    state::{MISSED, SIGNING},
    types::{Params, Signing},
};

/// Bits of a chunk of the ring.
pub(crate) const CHUNK_BITS: u64 = 1_024;

/// Notes a vote of a member that is watched. Answers the misses of a full window.
pub(crate) fn observe(
    state: &mut State,
    params: &Params,
    (operator, height): (&Address, u64),
    signed: bool,
) -> Result<Option<u64>, Halt> {
    let stored = SIGNING.get(state, operator)?;
    let fresh = Signing { start_height: height, before: 0, missed: 0 };
    let mut signing = stored.clone().unwrap_or(fresh);
    // It was jailed, yet could not leave since the set would have been empty.
    if signing.start_height == 0 {
        signing.start_height = height;
    }
    let Some(since) = height.checked_sub(signing.start_height) else { return Ok(None) };
    let watched = signing.before.saturating_add(since);
    let position = watched.checked_rem(params.window_blocks).unwrap_or(0);
    let was = flip(state, operator, position, !signed)?;
    if was == signed {
        let missed = signing.missed;
        signing.missed = if was { missed.saturating_sub(1) } else { missed.saturating_add(1) };
    }
    if stored.as_ref() != Some(&signing) {
        SIGNING.set(state, operator, &signing);
    }
    Ok(Some(signing.missed).filter(|_| watched >= params.window_blocks))
}

/// Begins to watch from a height on.
pub(crate) fn start(state: &mut State, operator: &Address, height: u64) -> Result<(), Halt> {
    let signing = SIGNING.get(state, operator)?.unwrap_or(Signing { start_height: 0, before: 0, missed: 0 });
    SIGNING.set(state, operator, &Signing { start_height: height, ..signing });
    Ok(())
}

/// Stops watching after a height; the ring stays as it is.
pub(crate) fn pause(state: &mut State, operator: &Address, height: u64) -> Result<(), Halt> {
    let Some(mut signing) = SIGNING.get(state, operator)?.filter(|signing| signing.start_height > 0) else {
        return Ok(());
    };
    let watched = height.saturating_add(1).saturating_sub(signing.start_height);
    signing.before = signing.before.saturating_add(watched);
    signing.start_height = 0;
    SIGNING.set(state, operator, &signing);
    Ok(())
}

/// Sets a bit of the window and answers what it was. A chunk is written only if it changes.
fn flip(state: &mut State, operator: &Address, position: u64, miss: bool) -> Result<bool, Halt> {
    let chunk = u32::try_from(position.checked_div(CHUNK_BITS).unwrap_or(0)).unwrap_or(u32::MAX);
    let key = (*operator, chunk);
    let bit = position.checked_rem(CHUNK_BITS).unwrap_or(0);
    let stored = MISSED.get(state, &key)?.map(|bits| bits.to_vec());
    let mut bits = stored.unwrap_or_else(|| vec![0; 128]);
    let at = usize::try_from(bit.checked_div(8).unwrap_or(0)).unwrap_or(0);
    let mask = 1u8.checked_shl(u32::try_from(bit.checked_rem(8).unwrap_or(0)).unwrap_or(0)).unwrap_or(0);
    let Some(byte) = bits.get_mut(at) else { return Err(corrupt("a short signing window")) };
    let was = *byte & mask != 0;
    if was != miss {
        *byte ^= mask;
        if bits.iter().all(|byte| *byte == 0) {
            MISSED.remove(state, &key);
        } else {
            MISSED.set(state, &key, &Bytes::parse(bits).map_err(Halt::new)?);
        }
    }
    Ok(was)
}

/// Empties a signing window.
pub(crate) fn forget(state: &mut State, params: &Params, operator: &Address) -> Result<(), Halt> {
    let chunks = params.window_blocks.div_ceil(CHUNK_BITS);
    for chunk in 0..u32::try_from(chunks).unwrap_or(u32::MAX) {
        if MISSED.has(state, &(*operator, chunk))? {
            MISSED.remove(state, &(*operator, chunk));
        }
    }
    SIGNING.remove(state, operator);
    Ok(())
}
