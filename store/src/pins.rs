//! What a store and its views share.

use std::collections::BTreeMap;
use std::sync::atomic::AtomicU64;
use std::sync::{Mutex, MutexGuard, PoisonError};

use chortle_kernel::Halt;

use crate::backend::Backend;
use crate::record::{Identity, Progress};

/// The backend, and how far it has come.
pub(crate) struct Inner {
    pub(crate) backend: Box<dyn Backend>,
    /// The last height whose batch has begun to be written. Raised before the write, so a view that reads the
    /// flat column and then finds its own height here has read nothing later.
    pub(crate) begun: AtomicU64,
    shared: Mutex<Shared>,
}

/// The small state behind the lock. No disk is read or written while it is held.
#[derive(Clone, Default)]
pub(crate) struct Shared {
    /// `None` before genesis.
    pub(crate) progress: Option<Progress>,
    pub(crate) identity: Option<Identity>,
    /// Heights that views hold, and how many hold each.
    pins: BTreeMap<u64, usize>,
    /// A failed write: everything after it is refused with the same sentence.
    pub(crate) failed: Option<Halt>,
    /// Nothing of the stale index before this height is left to prune.
    pub(crate) pruned_to: u64,
}

impl Shared {
    /// The earliest height that pruning must leave readable.
    pub(crate) fn earliest_needed(&self, earliest: u64) -> u64 {
        self.pins.keys().next().map_or(earliest, |pinned| earliest.min(*pinned))
    }

    pub(crate) fn pin(&mut self, height: u64) {
        *self.pins.entry(height).or_default() += 1;
    }
}

impl Inner {
    pub(crate) fn new(
        backend: Box<dyn Backend>,
        progress: Option<Progress>,
        identity: Option<Identity>,
    ) -> Self {
        let begun = progress.map_or(0, |progress| progress.committed.height);
        let shared = Shared { progress, identity, ..Shared::default() };
        Self { backend, begun: AtomicU64::new(begun), shared: Mutex::new(shared) }
    }

    /// A copy that shares nothing with this one, where the backend can be copied.
    pub(crate) fn fork(&self) -> Option<Self> {
        let backend = self.backend.fork()?;
        let shared = self.lock();
        let mut fork = Self::new(backend, shared.progress, shared.identity.clone());
        if let Ok(copied) = fork.shared.get_mut() {
            copied.failed = shared.failed.clone();
        }
        Some(fork)
    }

    pub(crate) fn lock(&self) -> MutexGuard<'_, Shared> {
        // Every critical section leaves the state whole at each step, so a poisoned lock is as good as
        // another.
        self.shared.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn pin(&self, height: u64) {
        self.lock().pin(height);
    }

    pub(crate) fn unpin(&self, height: u64) {
        let mut shared = self.lock();
        if let Some(count) = shared.pins.get_mut(&height) {
            *count -= 1;
            if *count == 0 {
                shared.pins.remove(&height);
            }
        }
    }
}
