//! Shared accounts: several members decide what an account sends.
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

mod account;
mod config;
mod error;
pub mod event;
mod genesis;
mod invariant;
pub mod msg;
mod proposal;
pub mod query;
mod spending;
pub mod state;
pub mod types;

use chortle_kernel::{GenesisKind, Module};

pub use config::{address_of, payload_of, seed_of};
pub use error::{Code, Error};
pub use genesis::Genesis;

/// The module, as `app` lists it.
pub static MODULE: Module = Module {
    messages: msg::MESSAGES,
    queries: query::QUERIES,
    events: event::EVENTS,
    errors: Error::CATALOGUE,
    keys: state::KEYS,
    invariants: invariant::INVARIANTS,
    genesis: GenesisKind::of::<Genesis>(),
    ..Module::named(types::NAME)
};
