//! The native assets of Chortle: accounts with LOL and a nonce, issued assets, balances.
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

mod accounts;
mod admin;
pub mod airdrop;
pub mod allowance;
mod book;
pub mod capability;
mod error;
pub mod event;
mod genesis;
mod history;
mod invariant;
pub mod limits;
pub mod lock;
pub mod msg;
pub mod naming;
pub mod pool;
pub mod protocol;
pub mod query;
mod ranks;
pub mod reflection;
pub mod rules;
mod send;
pub mod state;
pub mod tax;
pub mod template;
pub mod types;

#[cfg(test)]
#[path = "../tests/common/mod.rs"]
mod common;
#[cfg(test)]
extern crate self as chortle_token;

use chortle_kernel::{GenesisKind, Index, Module};

pub use accounts::{
    Admission, RULED_FIRST, account, admit, asset, balance, burn, is_ruled, issue, mint, native_balance,
    supply, transfer,
};
pub use airdrop::genesis::{GenesisAirdrop, GenesisAirdrops};
pub use allowance::genesis::GenesisAllowance;
pub use error::{Code, Error};
pub use genesis::{Genesis, GenesisAccount, GenesisAsset, GenesisBalance};
pub use history::GenesisSupply;
pub use lock::genesis::{GenesisLock, GenesisLocks};
pub use naming::genesis::{GenesisNames, RESERVED_DEFAULT};
pub use send::{ensure_may_move, gas as send_gas, send};
pub use types::{Account, Asset, Holding, Metadata, Minter, Params, Rules};

/// The ledger, as `app` lists it.
pub static MODULE: Module = Module {
    messages: msg::MESSAGES,
    queries: query::QUERIES,
    events: event::EVENTS,
    errors: Error::CATALOGUE,
    keys: state::KEYS,
    invariants: invariant::INVARIANTS,
    genesis: GenesisKind::of::<Genesis>(),
    indexes: &[
        Index { prefix: state::BALANCE.prefix(), line: ranks::of_balance },
        Index { prefix: state::HOLDING.prefix(), line: ranks::of_holding },
    ],
    ..Module::named("token")
};
