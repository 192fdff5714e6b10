//! The store: the state of the chain, its history, its commitment, and one synced batch per height.
//!
//! `README.md` has the map. In short: [`Store::stage`] computes a height without writing, [`Store::commit`]
//! writes it all at once, [`Store::latest`] and [`Store::at`] read, [`Store::prove`] proves.

mod backend;
mod column;
mod error;
mod key;
mod memory;
mod pending;
mod pinned_state;
mod pins;
mod prune;
mod read;
mod record;
mod results;
mod rocks;
mod store;
mod tree;
mod value_cache;

pub use backend::{Backend, Batch};
pub use column::Column;
pub use error::{GenesisError, NotRetained, OnDisk, OpenError, ProveError};
pub use memory::Memory;
pub use pending::{IndexLine, Staged, Writes};
pub use pinned_state::PinnedState;
pub use record::{BlockResults, Committed, Identity, TxLocation, TxResult};
pub use rocks::Rocks;
pub use store::{FORMAT, Options, Snapshot, Store};
pub use tree::{Change, EMPTY_ROOT, Jmt, Proof, StateTree, TreeUpdate, committed_value};

/// The ICS-23 specification of every proof that [`Store::prove`] gives.
pub fn proof_spec() -> ics23::ProofSpec {
    jmt::ics23_spec()
}
