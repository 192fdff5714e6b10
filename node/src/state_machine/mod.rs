//! The chain: the pure state machine of `app` over the durable `store`, as an engine plays it.
//!
//! Consensus calls come one at a time. The mempool's checks and every read run beside them on committed views.

mod cache;
mod check;
mod decide;
mod preflight;
mod propose;
mod ran;
mod read;
mod results;
mod verify_batch;

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use chortle_app::{BlockRun, MODULES, Registry, Unfit, program::fitting};
use chortle_consensus::application::{
    Application, Block, BlockOutcome, CheckKind, CheckOutcome, CommitOutcome, EngineQuery, Genesis,
    GenesisOutcome, Hash, Info, ProposalRequest, QueryAnswer, Verdict, VoteExtension,
};
use chortle_kernel::Halt;
use chortle_store::{BlockResults, Staged, Store};
use tokio::sync::watch;

pub use cache::Pending;
pub use check::Error;
pub use preflight::Foretold;
pub use read::{CommittedView, Status, ViewError};
pub use results::TxFound;

/// Version of the state machine's rules, in every header.
pub const APP_VERSION: u64 = 1;

/// What a node may decide for itself; nothing here changes a result.
#[derive(Clone, Debug)]
pub struct Options {
    /// Memory for verified transactions between CheckTx and their block.
    pub verified_bytes: usize,
    /// Blocks that CometBFT keeps; 0 keeps all.
    pub retain_engine_blocks: u64,
    /// Whether each block is refused whose state breaks an invariant: it halts, and nothing of it is written.
    pub check_invariants: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self { verified_bytes: 128 << 20, retain_engine_blocks: 0, check_invariants: false }
    }
}

/// The chain of one node. Cheap to clone.
#[derive(Clone)]
pub struct Chain {
    inner: Arc<Inner>,
}

struct Inner {
    registry: &'static Registry,
    store: Arc<Store>,
    options: Options,
    verified: cache::VerifiedCache,
    /// The mempool's view of the next block; `None` before genesis.
    check: Mutex<Option<BlockRun>>,
    /// Blocks that ran and are not decided yet.
    ran: Mutex<ran::RanBlocks>,
    /// How often blocks ran.
    runs: AtomicU64,
    /// The finalized block that waits for its commit.
    finalized: Mutex<Option<Finalized>>,
    tip: watch::Sender<u64>,
    /// Why this program must not make the next block, once it must not.
    unfit: watch::Sender<Option<Unfit>>,
    /// Heights that the chain went back to, one per [`Chain::reload`]; a chain with a real engine never does.
    reverts: Mutex<Vec<u64>>,
}

struct Finalized {
    staged: Staged,
    results: BlockResults,
    tx_ids: Vec<Hash>,
}

/// A lock whose holder panicked is still good: every guarded value is replaced as a whole.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Chain {
    /// Opens Chortle over a store, wherever it stands.
    pub fn open(store: Store, options: Options) -> Result<Self, Halt> {
        Self::of(&MODULES, store, options)
    }

    /// Opens a chain of these modules over a store, wherever it stands.
    pub fn of(registry: &'static Registry, store: Store, options: Options) -> Result<Self, Halt> {
        let height = store.committed().filter(|committed| committed.has_block()).map_or(0, |at| at.height);
        let chain = Self {
            inner: Arc::new(Inner {
                registry,
                store: Arc::new(store.indexed_by(move |key, value| registry.index_line(key, value))),
                verified: cache::VerifiedCache::new(options.verified_bytes),
                options,
                check: Mutex::new(None),
                ran: Mutex::default(),
                runs: AtomicU64::new(0),
                finalized: Mutex::new(None),
                tip: watch::Sender::new(height),
                unfit: watch::Sender::new(None),
                reverts: Mutex::default(),
            }),
        };
        chain.reset_check()?;
        if height > 0 {
            chain.look_ahead(height)?;
        }
        Ok(chain)
    }

    /// The store, for readers and for the dev chain's snapshots.
    pub fn store(&self) -> &Arc<Store> {
        &self.inner.store
    }

    /// How often transactions of a block were executed, to fill it, to judge it or because it was decided.
    pub fn runs(&self) -> u64 {
        self.inner.runs.load(Ordering::Relaxed)
    }

    /// Follows the last committed height.
    pub fn subscribe(&self) -> watch::Receiver<u64> {
        self.inner.tip.subscribe()
    }

    /// Becomes `Some` when another program must make the next block: known as soon as the block before is committed.
    pub fn unfit(&self) -> watch::Receiver<Option<Unfit>> {
        self.inner.unfit.subscribe()
    }

    /// Looks whether this program is the one for the block after a committed height.
    fn look_ahead(&self, height: u64) -> Result<(), Halt> {
        let found = fitting(self.inner.registry, &self.inner.store.latest(), height.saturating_add(1))?.err();
        self.inner.unfit.send_if_modified(|before| {
            let changes = *before != found;
            *before = found;
            changes
        });
        Ok(())
    }

    /// Takes up the store's state again after [`Store::restore`].
    pub fn reload(&self) -> Result<(), Halt> {
        *lock(&self.inner.ran) = ran::RanBlocks::default();
        *lock(&self.inner.finalized) = None;
        self.inner.verified.clear();
        self.reset_check()?;
        let height = Application::info(self).height;
        self.look_ahead(height)?;
        lock(&self.inner.reverts).push(height);
        self.inner.tip.send_replace(height);
        Ok(())
    }

    /// How often the chain went back.
    pub fn reverts(&self) -> usize {
        lock(&self.inner.reverts).len()
    }

    /// The lowest height that the chain went back to since it had gone back `since` times.
    pub fn reverted_to(&self, since: usize) -> Option<u64> {
        lock(&self.inner.reverts).iter().skip(since).min().copied()
    }
}

impl Application for Chain {
    fn info(&self) -> Info {
        let committed = self.inner.store.committed().filter(|committed| committed.has_block());
        Info {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            app_version: APP_VERSION,
            height: committed.map_or(0, |at| at.height),
            app_hash: committed.map_or([0; 32], |at| at.app_hash),
        }
    }

    fn init_chain(&self, genesis: Genesis) -> Result<GenesisOutcome, Halt> {
        self.decide_genesis(&genesis)
    }

    fn check(&self, txs: &[(Bytes, CheckKind)]) -> Vec<CheckOutcome> {
        self.check_all(txs)
    }

    fn prepare(&self, request: ProposalRequest) -> Vec<Bytes> {
        self.fill_block(request)
    }

    fn process(&self, block: &Block) -> Verdict {
        self.judge_block(block)
    }

    fn extend_vote(&self, _: &Block) -> Bytes {
        self.attest()
    }

    fn verify_vote_extension(&self, extension: &VoteExtension) -> Verdict {
        self.judge_extension(&extension.extension)
    }

    fn finalize(&self, block: Block) -> Result<BlockOutcome, Halt> {
        self.decide_block(block)
    }

    fn commit(&self) -> Result<CommitOutcome, Halt> {
        self.make_durable()
    }

    fn query(&self, query: EngineQuery) -> QueryAnswer {
        self.answer(query)
    }
}
