//! Refusals of the store, each with its cause and, where there is one, its cure.

use std::path::PathBuf;

use chortle_kernel::Halt;

/// Why a store did not open.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OpenError {
    /// Another process, or another store of this one, has the directory.
    #[error(
        "the store in {path} is in use by another process: stop that node, or give this one a home of its own"
    )]
    Locked {
        /// The directory of the store.
        path: PathBuf,
    },
    /// The directory cannot be made or entered.
    #[error("the store's directory {path} cannot be made: {cause}; check its permissions and the disk")]
    Directory {
        /// The directory of the store.
        path: PathBuf,
        /// What the system said.
        cause: String,
    },
    /// The files are damaged.
    #[error(
        "the store in {path} is damaged: {cause}; check the disk, then remove this directory and let the \
         node replay its blocks or restore a snapshot"
    )]
    Corrupt {
        /// The directory of the store.
        path: PathBuf,
        /// What RocksDB said.
        cause: String,
    },
    /// RocksDB refused for another reason.
    #[error("the store in {path} did not open: {cause}")]
    Engine {
        /// The directory of the store.
        path: PathBuf,
        /// What RocksDB said.
        cause: String,
    },
    /// A newer or foreign program wrote the files.
    #[error(
        "the store has format {found}, this program reads format {expected}: use the program that wrote \
         it, or start from an empty home"
    )]
    Format {
        /// The format on disk.
        found: u64,
        /// The format of this program.
        expected: u64,
    },
    /// What the store read while opening makes no sense.
    #[error(transparent)]
    Halt(#[from] Halt),
}

/// Why a genesis was not written.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum GenesisError {
    /// The home belongs to another chain.
    #[error(
        "this home belongs to chain {held}, the genesis is of chain {given}: start with the genesis of \
         {held}, or with an empty home"
    )]
    OtherChain {
        /// The chain in the store.
        held: String,
        /// The chain of the genesis offered.
        given: String,
    },
    /// The home belongs to a chain of the same name with another genesis.
    #[error(
        "this home of chain {chain_id} began with genesis {held}, the one offered is {given}: restore the \
         first genesis file, or start with an empty home"
    )]
    OtherGenesis {
        /// The chain.
        chain_id: String,
        /// The hash of the genesis in the store.
        held: String,
        /// The hash of the genesis offered.
        given: String,
    },
    /// The same genesis gives another state: another version of the program made the first.
    #[error(
        "the genesis of chain {chain_id} gives app hash {given} here but gave {held} before: the program \
         that wrote this home had other rules; use that program, or start with an empty home"
    )]
    OtherState {
        /// The chain.
        chain_id: String,
        /// The app hash in the store.
        held: String,
        /// The app hash now.
        given: String,
    },
    /// Blocks have been committed since.
    #[error(
        "the store is already at height {height}, yet genesis was asked for: the consensus engine's data \
         was lost or belongs to another home; bring that data back, or start both with empty homes"
    )]
    AlreadyRunning {
        /// The last committed height.
        height: u64,
    },
    /// The first block would have no height before it.
    #[error("the genesis has initial height 0: the first height is 1 or more")]
    ZeroInitialHeight,
    /// Our fault.
    #[error(transparent)]
    Halt(#[from] Halt),
}

/// A height outside what the store can read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("height {height} is not retained: this node has the states of heights {earliest} to {latest}")]
pub struct NotRetained {
    /// The height asked for.
    pub height: u64,
    /// The earliest height that can be read.
    pub earliest: u64,
    /// The last committed height.
    pub latest: u64,
}

/// Why there is no proof.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ProveError {
    /// The height cannot be read.
    #[error(transparent)]
    NotRetained(#[from] NotRetained),
    /// ICS-23 has no proof about the empty key.
    #[error("the empty key has no proof: ask for a key of at least one byte")]
    EmptyKey,
    /// An index stands beside the tree.
    #[error("this is an index that nodes keep for queries, beside the state tree: it has no proof")]
    Index,
    /// ICS-23 proves absence by a neighbour, and an empty state has none.
    #[error("the state at height {height} is empty: nothing can be proved about it")]
    EmptyState {
        /// The height asked for.
        height: u64,
    },
    /// Our fault.
    #[error(transparent)]
    Halt(#[from] Halt),
}

/// The store is not held in memory, so it cannot be copied and put back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("only a store in memory can be copied and put back: start `chortled dev` without a home on disk")]
pub struct OnDisk;
