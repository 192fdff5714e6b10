//! Transactions that were decoded and whose signatures were verified, by the hash of their exact bytes: later phases
//! do neither again. A pure cache: empty after a restart, and nothing changes but the time spent.

use std::{
    collections::{HashMap, VecDeque},
    sync::{Arc, Mutex},
};

use chortle_app::Verified;

use super::{Hash, lock};

/// A transaction that this node admitted and no block holds yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pending {
    /// Invalid from this block time on; 0 is never.
    pub expiry_unix_ms: u64,
}

#[derive(Default)]
struct Entries {
    by_id: HashMap<Hash, (Arc<Verified>, bool)>,
    /// Oldest first; ids that left the map are passed over.
    order: VecDeque<Hash>,
}

/// The cache, bounded in number.
pub(super) struct VerifiedCache {
    entries: Mutex<Entries>,
    max: usize,
}

impl VerifiedCache {
    pub(super) fn new(max: usize) -> Self {
        Self { entries: Mutex::new(Entries::default()), max }
    }

    pub(super) fn get_all(&self, ids: &[Hash]) -> Vec<Option<Arc<Verified>>> {
        let entries = lock(&self.entries);
        ids.iter().map(|id| entries.by_id.get(id).map(|(tx, _)| Arc::clone(tx))).collect()
    }

    pub(super) fn insert_all(&self, txs: impl IntoIterator<Item = Arc<Verified>>) {
        let mut entries = lock(&self.entries);
        for tx in txs {
            let id = tx.id;
            if entries.by_id.insert(id, (tx, false)).is_none() {
                entries.order.push_back(id);
            }
            while entries.by_id.len() > self.max || entries.order.len() > self.max.saturating_mul(2) {
                let Some(oldest) = entries.order.pop_front() else { break };
                entries.by_id.remove(&oldest);
            }
        }
    }

    /// Notes whether the mempool holds a transaction.
    pub(super) fn set_pending(&self, id: &Hash, pending: bool) {
        if let Some((_, flag)) = lock(&self.entries).by_id.get_mut(id) {
            *flag = pending;
        }
    }

    pub(super) fn pending(&self, id: &Hash) -> Option<Pending> {
        let entries = lock(&self.entries);
        let (tx, pending) = entries.by_id.get(id)?;
        pending.then_some(Pending { expiry_unix_ms: tx.tx.body.expiry_unix_ms })
    }

    pub(super) fn pending_count(&self) -> usize {
        lock(&self.entries).by_id.values().filter(|(_, pending)| *pending).count()
    }

    pub(super) fn remove_all(&self, ids: &[Hash]) {
        let mut entries = lock(&self.entries);
        for id in ids {
            entries.by_id.remove(id);
        }
    }

    pub(super) fn clear(&self) {
        *lock(&self.entries) = Entries::default();
    }
}
