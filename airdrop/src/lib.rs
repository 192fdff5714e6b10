//! Airdrops: one promises tokens to a list that only its sponsor stores; the chain holds the list's root.
//!
//! Spec: README.md.
#![forbid(unsafe_code)]
#![cfg_attr(not(test), deny(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::unreachable))]
#![cfg_attr(not(test), deny(clippy::indexing_slicing, clippy::arithmetic_side_effects, clippy::string_slice))]
#![cfg_attr(
    not(test),
    deny(clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::cast_possible_wrap)
)]
#![cfg_attr(not(test), deny(clippy::cast_precision_loss, clippy::float_arithmetic, clippy::print_stdout))]
#![cfg_attr(not(test), deny(clippy::print_stderr, clippy::disallowed_methods, clippy::disallowed_types))]

mod airdrop;
mod error;
pub mod event;
mod genesis;
mod invariant;
pub mod msg;
pub mod query;
pub mod state;
pub mod tree;
mod types;

use chortle_kernel::{Escrow, GenesisKind, Module};

pub use airdrop::{claim, create, end, find, is_claimed};
pub use error::{Code, Error};
pub use genesis::{Genesis, GenesisAirdrop};
pub use types::{AIRDROPS, Airdrop, CHUNK_LEAVES, Chunk, Claim, NewAirdrop};

/// The module, as `app` lists it.
pub static MODULE: Module = Module {
    messages: msg::MESSAGES,
    queries: query::QUERIES,
    events: event::EVENTS,
    errors: Error::CATALOGUE,
    keys: state::KEYS,
    invariants: invariant::INVARIANTS,
    escrows: &[Escrow {
        name: "airdrops",
        address: types::AIRDROPS,
        pooled: false,
        held: Some(invariant::held),
    }],
    genesis: GenesisKind::of::<Genesis>(),
    ..Module::named("airdrop")
};
