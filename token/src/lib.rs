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

mod admin;
pub mod capability;
mod error;
pub mod event;
mod genesis;
mod history;
pub mod invariant;
pub mod keeper;
pub mod launch_tax;
mod ledger;
pub mod limits;
pub mod msg;
mod params;
pub mod payment;
pub mod protocol;
pub mod query;
mod ranks;
mod scan;
pub mod snapshot;
pub mod state;
pub mod tax;
pub mod template;
pub mod text;
pub mod totals;
pub mod types;

#[cfg(test)]
mod common;

use chortle_kernel::{GenesisKind, Hooks, Index, Module, ParamsKind};

pub use error::{Code, Error};
pub use genesis::{Genesis, GenesisAccount, GenesisAsset, GenesisBalance};
pub use history::GenesisSupply;
pub use ledger::{
    FeeOutcome, account, asset, balance, burn, check_escrow, deposit, ensure_may_move, gas as send_gas,
    is_excluded, is_paused_lately, mint, native_balance, pay_earned, pay_out, reflection_index,
    return_earned, send, supply, take_fee, transfer,
};
pub use types::{Account, Asset, Holding, Metadata, Minter, Params, Rules};

/// The ledger, as `app` lists it.
pub static MODULE: Module = Module {
    messages: msg::MESSAGES,
    queries: query::QUERIES,
    events: event::EVENTS,
    errors: Error::CATALOGUE,
    keys: state::KEYS,
    invariants: invariant::INVARIANTS,
    escrows: protocol::ESCROWS,
    params: &[ParamsKind::of::<Params>()],
    genesis: GenesisKind::of::<Genesis>(),
    hooks: Hooks { begin: None, due: Some(snapshot::sweep), end: None },
    indexes: &[
        Index { prefix: state::BALANCE.prefix(), line: ranks::of_balance },
        Index { prefix: state::HOLDING.prefix(), line: ranks::of_holding },
    ],
    ..Module::named("token")
};
