//! Names and symbols that can be taken for others: what they may be, what they look like, what is reserved.
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
mod looks;
pub mod msg;
mod names;
pub mod query;
mod skeleton;
pub mod state;
pub mod text;
mod types;

use chortle_kernel::{GenesisKind, Module};

pub use error::{Code, Error};
pub use genesis::{Genesis, RESERVED_DEFAULT};
pub use looks::UNICODE;
pub use names::{Age, ensure_free, list, oldest_by_name, oldest_by_symbol, reservation, skeleton_gas};
pub use skeleton::{skeleton, skeletons};
pub use types::Reserved;

/// The module, as `app` lists it.
pub static MODULE: Module = Module {
    messages: msg::MESSAGES,
    queries: query::QUERIES,
    events: event::EVENTS,
    errors: Error::CATALOGUE,
    keys: state::KEYS,
    invariants: invariant::INVARIANTS,
    genesis: GenesisKind::of::<Genesis>(),
    ..Module::named("naming")
};
