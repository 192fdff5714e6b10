//! The state machine: what a transaction goes through, what a block does, and the one list of modules.
//!
//! Pure: bytes and state in, results out. Spec and map: README.md.
#![forbid(unsafe_code)]
#![cfg_attr(not(test), deny(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::unreachable))]
#![cfg_attr(not(test), deny(clippy::indexing_slicing, clippy::arithmetic_side_effects, clippy::string_slice))]
#![cfg_attr(
    not(test),
    deny(clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::cast_possible_wrap)
)]
#![cfg_attr(not(test), deny(clippy::cast_precision_loss, clippy::float_arithmetic, clippy::print_stdout))]
#![cfg_attr(not(test), deny(clippy::print_stderr, clippy::disallowed_methods, clippy::disallowed_types))]

pub mod ante;
pub mod block;
pub mod build;
mod carried;
pub mod catalogue;
pub mod client;
pub mod consensus_key;
pub mod error;
pub mod gas;
pub mod genesis;
pub mod invariant;
pub mod json;
pub mod last_block;
pub mod ledger;
pub mod modules;
pub mod own_module;
pub mod param_history;
pub mod params;
pub mod program;
pub mod query;
pub mod record;
pub mod render;
pub mod router;
pub mod shows;
pub mod simulate;
pub mod state;
pub mod upgrades;
pub mod verify;
pub mod words;

pub use block::{BlockResult, BlockRun, Parent, Proven, Ran};
pub use modules::{MODULES, Registry, Row};
pub use program::Unfit;
pub use record::{BlockHead, LastCommitHead, Receipt, TxRecord};
pub use upgrades::Upgrade;
pub use verify::{Decoded, Unproven, Verified};
