//! Upgrades: at which height which program goes on, and which upgrades a chain has had.
//!
//! Spec: README.md. What a program does with it at a height is `app/src/upgrades.rs`.
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
pub mod msg;
mod params;
mod plan;
pub mod query;
pub mod state;
pub mod types;

use chortle_kernel::{Gauge, GaugeValue, GenesisKind, Module, ParamsKind};

pub use error::{Code, Error};
pub use genesis::{Born, Genesis};
pub use plan::{apply, is_applied};
pub use types::{Applied, Binary, Params, Plan};

/// The module, as `app` lists it.
pub static MODULE: Module = Module {
    messages: msg::MESSAGES,
    queries: query::QUERIES,
    events: event::EVENTS,
    errors: Error::CATALOGUE,
    keys: state::KEYS,
    invariants: invariant::INVARIANTS,
    gauges: &[Gauge {
        name: "upgrade_height",
        help: "Height at which the planned upgrade begins; absent without a plan",
        read: |state| {
            let plan = state::PLAN.get(state)?;
            let value = |plan: types::Plan| GaugeValue {
                labels: vec![("name", plan.name.to_string())],
                value: plan.height,
            };
            Ok(plan.map(value).into_iter().collect())
        },
    }],
    params: &[ParamsKind::of::<Params>()],
    genesis: GenesisKind::of::<Genesis>(),
    ..Module::named("upgrade")
};
