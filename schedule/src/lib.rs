//! Schedules: messages that their owner pays for now and that run for him later, once or again and again.
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

mod block;
mod error;
pub mod event;
mod genesis;
mod invariant;
pub mod msg;
mod params;
pub mod query;
mod schedule;
pub mod state;
pub mod types;

use chortle_kernel::{Escrow, Gauge, GaugeValue, GenesisKind, Hooks, Module, ParamsKind};

pub use error::{Code, Error};
pub use genesis::Genesis;
pub use schedule::run_gas;
pub use types::{Clock, Params, Queue, Schedule};

/// The module, as `app` lists it.
pub static MODULE: Module = Module {
    messages: msg::MESSAGES,
    queries: query::QUERIES,
    events: event::EVENTS,
    errors: Error::CATALOGUE,
    keys: state::KEYS,
    invariants: invariant::INVARIANTS,
    gauges: &[Gauge {
        name: "schedules",
        help: "Schedules that have a run before them",
        read: |state| {
            Ok(vec![GaugeValue { labels: Vec::new(), value: state::OPEN.get(state)?.unwrap_or_default() }])
        },
    }],
    escrows: &[Escrow {
        name: "schedules",
        address: types::SCHEDULES,
        pooled: false,
        held: Some(invariant::held),
    }],
    params: &[ParamsKind::of::<Params>()],
    genesis: GenesisKind::of::<Genesis>(),
    hooks: Hooks { begin: None, due: Some(block::due), end: None },
    ..Module::named("schedule")
};
