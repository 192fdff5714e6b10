//! The store: stage a height, commit it in one batch, read any retained height.

use std::path::Path;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use chortle_kernel::{Entry, Halt, state::is_index_key};

use crate::backend::{Backend, Batch};
use crate::column::Column;
use crate::error::{GenesisError, NotRetained, OnDisk, OpenError, ProveError};
use crate::memory::Memory;
use crate::pending::{IndexLine, Staged, Writes, changes};
use crate::pinned_state::PinnedState;
use crate::pins::Inner;
use crate::prune;
use crate::record::{BlockResults, Committed, Identity, Progress, decode, encode};
use crate::rocks::Rocks;
use crate::tree::{EMPTY_ROOT, Jmt, Proof, StateTree};
use crate::value_cache::ValueCache;
use crate::{key, pending, results};

/// The format of the columns that this program reads and writes.
pub const FORMAT: u64 = 5;

/// What a store keeps, and what it may use.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Options {
    /// Heights whose state can be read, the last included. 0 keeps every height.
    pub retain_blocks: u64,
    /// Heights whose block results are kept, with where their transactions are found. 0 keeps every height.
    pub retain_results_blocks: u64,
    /// Memory for what was read from disk.
    pub cache_bytes: usize,
    /// Files that may be open at a time.
    pub open_files_max: u32,
}

impl Default for Options {
    fn default() -> Self {
        Self { retain_blocks: 1_000, retain_results_blocks: 0, cache_bytes: 256 << 20, open_files_max: 512 }
    }
}

/// The state of the chain on disk or in memory. Share it by `Arc`; every method takes `&self`.
pub struct Store {
    /// Replaced as a whole by [`Store::restore`], so that older views keep what they saw.
    inner: RwLock<Arc<Inner>>,
    /// One writer at a time.
    writer: Mutex<()>,
    tree: Box<dyn StateTree>,
    line: Box<IndexLine>,
    options: Options,
}

/// A copy of a whole store in memory.
pub struct Snapshot {
    inner: Inner,
}

impl Store {
    /// Opens the store in a directory, or makes it. Only one process may have it open.
    pub fn open(path: impl AsRef<Path>, options: Options) -> Result<Self, OpenError> {
        // A quarter for values as they are, the rest for blocks as they are on disk.
        let values_bytes = options.cache_bytes / 4;
        let backend = Rocks::open(path.as_ref(), options.cache_bytes - values_bytes, options.open_files_max)?;
        Self::with_backend(Box::new(ValueCache::over(backend, values_bytes)), options)
    }

    /// A store that forgets everything when it is dropped.
    pub fn memory(options: Options) -> Result<Self, OpenError> {
        Self::with_backend(Box::new(Memory::default()), options)
    }

    /// A store over any backend.
    pub fn with_backend(backend: Box<dyn Backend>, options: Options) -> Result<Self, OpenError> {
        match backend.get(Column::Meta, key::FORMAT)? {
            Some(bytes) => match decode::<u64>(Column::Meta, &bytes)? {
                FORMAT => {}
                found => return Err(OpenError::Format { found, expected: FORMAT }),
            },
            None => {
                let mut batch = Batch::default();
                batch.put(Column::Meta, key::FORMAT.to_vec(), encode(&FORMAT)?);
                backend.write(batch, true)?;
            }
        }
        let progress = read_meta::<Progress>(backend.as_ref(), key::COMMITTED)?;
        let identity = read_meta::<Identity>(backend.as_ref(), key::IDENTITY)?;
        let inner = RwLock::new(Arc::new(Inner::new(backend, progress, identity)));
        Ok(Self {
            inner,
            writer: Mutex::new(()),
            tree: Box::new(Jmt),
            line: Box::new(|_, _| Ok(None)),
            options,
        })
    }

    /// The same store, which keeps the index that these lines are: from here on and, since a height's lines follow
    /// from its changes, only if every height before was written with them too.
    pub fn indexed_by(
        self,
        line: impl Fn(&[u8], &[u8]) -> Result<Option<Entry>, Halt> + Send + Sync + 'static,
    ) -> Self {
        Self { line: Box::new(line), ..self }
    }

    /// The same store over another tree, for measuring what a tree costs. A store keeps the tree that it began with.
    pub fn with_tree(self, tree: Box<dyn StateTree>) -> Self {
        Self { tree, ..self }
    }

    pub(crate) fn inner(&self) -> Arc<Inner> {
        Arc::clone(&self.inner.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// The last committed height, or `None` before genesis.
    pub fn committed(&self) -> Option<Committed> {
        self.inner().lock().progress.map(|progress| progress.committed)
    }

    /// The chain that this store belongs to, or `None` before genesis.
    pub fn identity(&self) -> Option<Identity> {
        self.inner().lock().identity.clone()
    }

    /// The earliest height whose state can be read; 0 before genesis.
    pub fn earliest_height(&self) -> u64 {
        self.inner().lock().progress.map_or(0, |progress| progress.earliest)
    }

    /// The state of the last committed height; empty before genesis. Later commits do not change it.
    pub fn latest(&self) -> PinnedState {
        let inner = self.inner();
        let height = {
            let mut shared = inner.lock();
            let height = shared.progress.map(|progress| progress.committed.height);
            height.into_iter().for_each(|height| shared.pin(height));
            height
        };
        PinnedState::pinned(inner, height)
    }

    /// The state of a retained height.
    pub fn at(&self, height: u64) -> Result<PinnedState, NotRetained> {
        let inner = self.inner();
        {
            let mut shared = inner.lock();
            let Some(Progress { committed, earliest, .. }) = shared.progress else {
                return Err(NotRetained { height, earliest: 0, latest: 0 });
            };
            if height < earliest || height > committed.height {
                return Err(NotRetained { height, earliest, latest: committed.height });
            }
            shared.pin(height);
        }
        Ok(PinnedState::pinned(inner, Some(height)))
    }

    /// Writes the first state, synced, at `initial_height - 1`. Until the first block it may be repeated with
    /// the same identity and state, as consensus does after a crash; it then changes nothing.
    pub fn init_genesis(
        &self,
        identity: &Identity,
        initial_height: u64,
        writes: Writes,
    ) -> Result<[u8; 32], GenesisError> {
        let _writer = self.writer.lock().unwrap_or_else(PoisonError::into_inner);
        let inner = self.inner();
        let height = initial_height.checked_sub(1).ok_or(GenesisError::ZeroInitialHeight)?;
        let (held, progress) = {
            let shared = inner.lock();
            refuse_after_failure(&shared.failed)?;
            (shared.identity.clone(), shared.progress)
        };
        if let Some(held) = held {
            refuse_other(&held, identity)?;
        }
        if let Some(Progress { committed, .. }) = progress.filter(|progress| progress.committed.has_block()) {
            return Err(GenesisError::AlreadyRunning { height: committed.height });
        }
        let staged =
            pending::from_nothing(self.tree.as_ref(), &*self.line, inner.backend.as_ref(), height, writes)?;
        let app_hash = staged.app_hash;
        let committed = Committed { height, app_hash, initial_height };
        if let Some(Progress { committed: held, .. }) = progress {
            if held == committed {
                return Ok(app_hash);
            }
            return Err(GenesisError::OtherState {
                chain_id: identity.chain_id.clone(),
                held: format!("{} before height {}", hex::encode(held.app_hash), held.initial_height),
                given: format!("{} before height {initial_height}", hex::encode(app_hash)),
            });
        }
        let progress = Progress { committed, earliest: height, earliest_results: initial_height };
        let mut batch = Batch::default();
        staged.write(&mut batch)?;
        batch.put(Column::Meta, key::IDENTITY.to_vec(), encode(identity)?);
        self.finish(&inner, batch, progress)?;
        inner.lock().identity = Some(identity.clone());
        Ok(app_hash)
    }

    /// The next height with these writes applied, computed without touching the disk. Any number of
    /// candidates may be staged from one committed height; dropping one leaves nothing.
    pub fn stage(&self, height: u64, writes: Writes) -> Result<Staged, Halt> {
        let inner = self.inner();
        let committed = self.expect_next(&inner, height)?;
        let changes = changes(inner.backend.as_ref(), writes)?;
        pending::on(self.tree.as_ref(), &*self.line, inner.backend.as_ref(), &committed, changes)
    }

    fn expect_next(&self, inner: &Inner, height: u64) -> Result<Committed, Halt> {
        let shared = inner.lock();
        refuse_after_failure(&shared.failed)?;
        let Some(Progress { committed, .. }) = shared.progress else {
            return Err(Halt::new(format!(
                "height {height} was to follow, but the store has no genesis yet"
            )));
        };
        if committed.height.checked_add(1) != Some(height) {
            let at = committed.height;
            return Err(Halt::new(format!("height {height} was to follow, but the store is at height {at}")));
        }
        Ok(committed)
    }

    /// Makes a staged height the last one: its state, tree and results, and the pruning of what fell
    /// out of retention, in one synced batch. After a failed write every later call is refused: only a
    /// restart finds out what reached the disk.
    pub fn commit(&self, staged: Staged, results: Option<BlockResults>) -> Result<(), Halt> {
        let _writer = self.writer.lock().unwrap_or_else(PoisonError::into_inner);
        let inner = self.inner();
        let committed = self.expect_next(&inner, staged.height)?;
        if staged.parent_app_hash != committed.app_hash {
            return Err(Halt::new(format!(
                "height {} was staged on another state than the last",
                staged.height
            )));
        }
        let height = staged.height;
        let (mut progress, plan) = {
            let mut shared = inner.lock();
            let Some(progress) = shared.progress.as_mut() else {
                return Err(Halt::new("the store lost its progress while committing"));
            };
            // Raised before anything is pruned, so that no view of a height that goes can begin.
            progress.earliest = progress.earliest.max(first_kept(height, self.options.retain_blocks));
            let new = Progress {
                committed: Committed { height, app_hash: staged.app_hash, ..committed },
                earliest: progress.earliest,
                earliest_results: progress.earliest_results,
            };
            let plan = prune::Plan { from: shared.pruned_to, to: shared.earliest_needed(new.earliest) };
            (new, plan)
        };
        let mut batch = Batch::default();
        let pruned_to = prune::prune(inner.backend.as_ref(), &plan, &staged, &mut batch)?;
        let results_to = first_kept(height, self.options.retain_results_blocks);
        let first = progress.earliest_results;
        progress.earliest_results = results::prune(inner.backend.as_ref(), first, results_to, &mut batch)?;
        staged.write(&mut batch)?;
        if let Some(results) = results {
            results::write(height, results, &mut batch)?;
        }
        self.finish(&inner, batch, progress)?;
        inner.lock().pruned_to = pruned_to;
        Ok(())
    }

    /// Writes a batch with the progress that it makes. The only place that writes after opening.
    fn finish(&self, inner: &Inner, mut batch: Batch, progress: Progress) -> Result<(), Halt> {
        batch.put(Column::Meta, key::COMMITTED.to_vec(), encode(&progress)?);
        inner.begun.store(progress.committed.height, Ordering::SeqCst);
        let written = inner.backend.write(batch, true);
        let mut shared = inner.lock();
        match &written {
            Ok(()) => shared.progress = Some(progress),
            Err(halt) => shared.failed = Some(halt.clone()),
        }
        written
    }

    /// A value, or its absence, at a retained height, with its ICS-23 proof under that height's app hash.
    pub fn prove(&self, key: &[u8], height: u64) -> Result<Proof, ProveError> {
        if key.is_empty() {
            return Err(ProveError::EmptyKey);
        }
        if is_index_key(key) {
            return Err(ProveError::Index);
        }
        let view = self.at(height)?;
        if self.tree.root(&view)? == EMPTY_ROOT {
            return Err(ProveError::EmptyState { height });
        }
        Ok(self.tree.prove(&view, key)?)
    }

    /// The app hash of a retained height, read from the tree.
    pub fn app_hash(&self, height: u64) -> Result<[u8; 32], ProveError> {
        Ok(self.tree.root(&self.at(height)?)?)
    }

    /// A copy of everything in a store in memory.
    pub fn snapshot(&self) -> Result<Snapshot, OnDisk> {
        let _writer = self.writer.lock().unwrap_or_else(PoisonError::into_inner);
        Ok(Snapshot { inner: self.inner().fork().ok_or(OnDisk)? })
    }

    /// Puts a copy back. It can be put back again; views taken before keep what they saw.
    pub fn restore(&self, snapshot: &Snapshot) -> Result<(), OnDisk> {
        let _writer = self.writer.lock().unwrap_or_else(PoisonError::into_inner);
        let inner = snapshot.inner.fork().ok_or(OnDisk)?;
        *self.inner.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(inner);
        Ok(())
    }
}

/// The first height that stays when `retain` heights up to `height` do; 0 retains all.
fn first_kept(height: u64, retain: u64) -> u64 {
    if retain == 0 { 0 } else { height.saturating_sub(retain - 1) }
}

fn refuse_after_failure(failed: &Option<Halt>) -> Result<(), Halt> {
    failed.clone().map_or(Ok(()), Err)
}

fn refuse_other(held: &Identity, given: &Identity) -> Result<(), GenesisError> {
    if held.chain_id != given.chain_id {
        return Err(GenesisError::OtherChain { held: held.chain_id.clone(), given: given.chain_id.clone() });
    }
    if held.genesis_hash != given.genesis_hash {
        return Err(GenesisError::OtherGenesis {
            chain_id: held.chain_id.clone(),
            held: hex::encode(held.genesis_hash),
            given: hex::encode(given.genesis_hash),
        });
    }
    Ok(())
}

fn read_meta<T: borsh::BorshDeserialize>(backend: &dyn Backend, key: &[u8]) -> Result<Option<T>, Halt> {
    backend.get(Column::Meta, key)?.map(|bytes| decode(Column::Meta, &bytes)).transpose()
}
