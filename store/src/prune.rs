//! Pruning the state: removing what no retained height needs, a bounded amount with each commit.

use chortle_kernel::{Halt, KeyRange, Order, state::is_index_key};

use crate::backend::{Backend, Batch};
use crate::column::Column;
use crate::key;
use crate::pending::Staged;
use crate::record::{Stale, decode};
use crate::tree::key_hash;

/// Entries pruned with each commit beyond twice what the commit itself adds: a backlog, left by a lower
/// retention or by a view that was held for long, shrinks even when blocks are empty, and no commit waits
/// long for it.
const BACKLOG_ENTRIES: usize = 2_048;

/// What may go.
pub(crate) struct Plan {
    /// No stale index is left before this height.
    pub(crate) from: u64,
    /// What heights up to this one made obsolete is needed by none that stays.
    pub(crate) to: u64,
}

/// Adds removals to the batch and says before which height the stale index will be empty.
pub(crate) fn prune(
    backend: &dyn Backend,
    plan: &Plan,
    staged: &Staged,
    batch: &mut Batch,
) -> Result<u64, Halt> {
    let mut budget = staged.len().saturating_mul(2).saturating_add(BACKLOG_ENTRIES);
    let range =
        KeyRange { from: key::stale_key(plan.from, 0), to: key::stale_key(plan.to.saturating_add(1), 0) };
    for entry in backend.scan(Column::Stale, range, Order::Ascending) {
        let (raw, bytes) = entry?;
        let height = key::parse_stale_key(&raw)?;
        if budget == 0 {
            return Ok(height);
        }
        let stale: Stale = decode(Column::Stale, &bytes)?;
        budget = budget.saturating_sub(stale.len().max(1));
        prune_part(backend, plan.to, height, stale, staged, batch)?;
        batch.delete(Column::Stale, raw);
    }
    // What this very height makes obsolete is not in the index yet.
    Ok(plan.to.saturating_add(1).min(staged.height).max(plan.from))
}

fn prune_part(
    backend: &dyn Backend,
    to: u64,
    height: u64,
    stale: Stale,
    staged: &Staged,
    batch: &mut Batch,
) -> Result<(), Halt> {
    for node in stale.nodes {
        batch.delete(Column::Tree, node);
    }
    for changed in &stale.updated {
        batch.delete(Column::History, key::history_key(changed, height));
    }
    for removed in stale.removed {
        batch.delete(Column::History, key::history_key(&removed, height));
        if !is_index_key(&removed) && !is_needed(backend, to, &removed, staged)? {
            batch.delete(Column::Preimage, key_hash(&removed).to_vec());
        }
    }
    Ok(())
}

/// Whether a removed key came back at a height that stays, or comes back now.
fn is_needed(backend: &dyn Backend, to: u64, removed: &[u8], staged: &Staged) -> Result<bool, Halt> {
    if staged.touches(removed) || backend.get(Column::Flat, removed)?.is_some() {
        return Ok(true);
    }
    let later =
        KeyRange { from: key::history_key(removed, to.saturating_add(1)), to: key::history_past(removed) };
    Ok(backend.scan(Column::History, later, Order::Ascending).next().transpose()?.is_some())
}
