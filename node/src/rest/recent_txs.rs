//! Transactions that came in over REST, for as long as memory allows: so that one that expired can be told
//! from one that never was.

use chortle_kernel::hash::Hash;
use quick_cache::sync::Cache;

/// Most transactions that are remembered; those that nobody asks for go first.
const TXS_MAX: usize = 200_000;

pub(super) struct RecentTxs {
    expiry_unix_ms: Cache<Hash, u64>,
}

impl Default for RecentTxs {
    fn default() -> Self {
        Self { expiry_unix_ms: Cache::new(TXS_MAX) }
    }
}

impl RecentTxs {
    /// Remembers a transaction with its expiry; 0 is never.
    pub(super) fn note(&self, hash: Hash, expiry_unix_ms: u64) {
        self.expiry_unix_ms.insert(hash, expiry_unix_ms);
    }

    /// The expiry of a transaction that was seen.
    pub(super) fn expiry_unix_ms(&self, hash: &Hash) -> Option<u64> {
        self.expiry_unix_ms.get(hash)
    }
}
