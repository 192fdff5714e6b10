//! Transactions that came in through this door, for as long as memory allows: so that one that expired can be told
//! from one that never was.

use std::collections::{HashMap, VecDeque};
use std::sync::{Mutex, PoisonError};

use chortle_kernel::hash::Hash;

/// Most transactions that are remembered; the oldest go first.
const TXS_MAX: usize = 200_000;

#[derive(Default)]
pub(super) struct RecentTxs {
    inner: Mutex<Inner>,
}

#[derive(Default)]
struct Inner {
    expiry_unix_ms: HashMap<Hash, u64>,
    order: VecDeque<Hash>,
}

impl RecentTxs {
    /// Remembers a transaction with its expiry; 0 is never.
    pub(super) fn note(&self, hash: Hash, expiry_unix_ms: u64) {
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        if inner.expiry_unix_ms.insert(hash, expiry_unix_ms).is_none() {
            inner.order.push_back(hash);
        }
        if inner.order.len() > TXS_MAX {
            let oldest = inner.order.pop_front();
            oldest.map(|hash| inner.expiry_unix_ms.remove(&hash));
        }
    }

    /// The expiry of a transaction that was seen.
    pub(super) fn expiry_unix_ms(&self, hash: &Hash) -> Option<u64> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner).expiry_unix_ms.get(hash).copied()
    }
}
