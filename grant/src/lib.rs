//! Grants: an account lets another send kinds of message for it, or pays its fees, within caps.
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

mod error;
pub mod event;
mod fees;
mod genesis;
mod grant;
mod invariant;
pub mod msg;
pub mod query;
pub mod state;
pub mod types;

use chortle_kernel::{GenesisKind, Module};

pub use error::{Code, Error};
pub use genesis::Genesis;
pub use types::{Covers, Grant};

/// The module, as `app` lists it.
pub static MODULE: Module = Module {
    messages: msg::MESSAGES,
    queries: query::QUERIES,
    events: event::EVENTS,
    errors: Error::CATALOGUE,
    keys: state::KEYS,
    invariants: invariant::INVARIANTS,
    genesis: GenesisKind::of::<Genesis>(),
    sponsor: Some(fees::take),
    ..Module::named("grant")
};
