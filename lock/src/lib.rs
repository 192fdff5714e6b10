//! Locks: tokens that their owner gets over time.
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
mod genesis;
mod invariant;
mod lock;
pub mod msg;
pub mod query;
mod schedule;
pub mod state;
mod types;

use chortle_kernel::{Escrow, GenesisKind, Module};

pub use error::{Code, Error};
pub use genesis::{Genesis, GenesisLock};
pub use lock::{claim, create, find, gas, revoke};
pub use schedule::{STEPS_MAX, Schedule, Step};
pub use types::{LOCKS, Lock, NewLock};

/// The module, as `app` lists it.
pub static MODULE: Module = Module {
    messages: msg::MESSAGES,
    queries: query::QUERIES,
    events: event::EVENTS,
    errors: Error::CATALOGUE,
    keys: state::KEYS,
    invariants: invariant::INVARIANTS,
    escrows: &[Escrow { name: "locks", address: types::LOCKS, pooled: true, held: Some(invariant::held) }],
    genesis: GenesisKind::of::<Genesis>(),
    ..Module::named("lock")
};
