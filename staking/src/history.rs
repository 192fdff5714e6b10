//! The stake of a validator by height, for as long as evidence can ask for it.

use chortle_kernel::{Address, Amount, BlockInfo, Halt, Order, ReadState, State};

use crate::{state::STAKE_AT, types::Params};

/// Rows of a stake's history that one change may forget.
const FORGOTTEN_MAX: usize = 4;

/// History is kept for this many times the blocks that evidence reckons with: blocks may come faster, down to a fifth
/// of a second at the default of six.
const HISTORY_FACTOR: u64 = 30;

/// Most blocks that evidence may be old: both bounds come from the unbonding time.
pub fn evidence_blocks_max(params: &Params) -> u64 {
    params.unbonding_ms.checked_div(params.block_slowest_ms).unwrap_or(u64::MAX)
}

/// Stake at the end of a height. The oldest that is known stands for all before it: a first block is signed by the
/// stake of genesis.
pub fn stake_at(state: &dyn ReadState, operator: &Address, height: u64) -> Result<Amount, Halt> {
    let above = (*operator, height.saturating_add(1));
    let mut until = STAKE_AT.iter_under(state, operator, Some(&above), Order::Descending);
    let row = match until.next() {
        Some(row) => Some(row),
        None => STAKE_AT.iter_under(state, operator, None, Order::Ascending).next(),
    };
    Ok(row.transpose()?.map(|(_, tokens)| tokens).unwrap_or_default())
}

/// Forgets what no evidence can ask for: all but the newest row below the oldest height of evidence, a few at a time.
pub(crate) fn prune(
    state: &mut State,
    block: &BlockInfo,
    params: &Params,
    operator: &Address,
) -> Result<(), Halt> {
    // Evidence is refused only past both bounds: time may hold more blocks than the slowest rate says.
    let blocks = evidence_blocks_max(params).saturating_mul(HISTORY_FACTOR);
    let Some(oldest) = block.height.checked_sub(blocks.saturating_add(2)) else { return Ok(()) };
    let rows: Vec<u64> = STAKE_AT
        .iter_under(state, operator, None, Order::Ascending)
        .take(FORGOTTEN_MAX)
        .map(|row| row.map(|((_, height), _)| height))
        .collect::<Result<_, _>>()?;
    for (height, next) in rows.iter().zip(rows.iter().skip(1)) {
        if *next <= oldest {
            STAKE_AT.remove(state, &(*operator, *height));
        }
    }
    Ok(())
}
