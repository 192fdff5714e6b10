//! Proof of stake: validators, delegations, rewards, liveness, evidence and slashing.
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

mod base;
mod block;
mod debt;
mod delegation;
mod error;
pub mod escrow;
pub mod event;
mod gauge;
mod genesis;
mod history;
mod invariant;
pub mod math;
mod mature;
pub mod msg;
pub mod outflow;
mod params;
pub mod query;
mod set;
pub mod slash;
pub mod snapshot;
mod stake;
pub mod state;
pub mod types;
mod validator;
mod window;

use chortle_kernel::{GenesisKind, Hooks, Module, ParamsKind};

pub use error::Error;
pub use genesis::{Genesis, GenesisDelegation, GenesisValidator};
pub use types::{ConsensusKey, Delegation, Params, Validator};

/// Proof of stake, as `app` lists it.
pub static MODULE: Module = Module {
    messages: msg::MESSAGES,
    queries: query::QUERIES,
    events: event::EVENTS,
    errors: Error::CATALOGUE,
    keys: state::KEYS,
    invariants: invariant::INVARIANTS,
    gauges: gauge::GAUGES,
    escrows: escrow::ESCROWS,
    params: &[ParamsKind::of::<Params>()],
    genesis: GenesisKind::of::<Genesis>(),
    hooks: Hooks { begin: Some(block::begin), due: None, end: Some(block::end) },
    ..Module::named("staking")
};
