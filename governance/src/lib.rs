//! Governance: proposals, deposits, votes by stake, delays, execution.
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

mod ballot;
mod block;
mod bodies;
mod electorate;
mod error;
pub mod event;
mod execution;
mod genesis;
mod guard;
mod invariant;
pub mod msg;
mod params;
mod proposal;
pub mod query;
mod rules;
pub mod standing;
pub mod state;
mod stream;
pub mod types;

use chortle_kernel::{Escrow, GenesisKind, Hooks, Module, ParamsKind};

pub use error::{Code, Error};
pub use genesis::Genesis;
pub use rules::{Outcome, judge};
pub use types::{Bodies, Constitution, Guardians, Params};

/// Governance, as `app` lists it.
pub static MODULE: Module = Module {
    messages: msg::MESSAGES,
    queries: query::QUERIES,
    events: event::EVENTS,
    errors: Error::CATALOGUE,
    keys: state::KEYS,
    invariants: invariant::INVARIANTS,
    escrows: &[
        Escrow { name: "deposits", address: types::DEPOSITS, pooled: false, held: Some(invariant::held) },
        Escrow { name: "streams", address: types::STREAMS, pooled: false, held: Some(stream::held) },
    ],
    params: &[
        ParamsKind::of::<Params>(),
        ParamsKind::of::<Constitution>(),
        ParamsKind::of::<Guardians>(),
        ParamsKind::of::<Bodies>(),
    ],
    genesis: GenesisKind::of::<Genesis>(),
    hooks: Hooks { begin: None, due: Some(block::due), end: None },
    ..Module::named("governance")
};
