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

mod block;
mod error;
pub mod event;
mod genesis;
mod invariant;
mod ledger;
mod mature;
pub mod msg;
pub mod outflow;
pub mod query;
pub mod rules;
mod set;
pub mod slash;
pub mod state;
pub mod types;

use chortle_kernel::{
    Ctx, ErrorRow, EventKind, GenesisError, Halt, Invariant, KeyRow, Kind, Module, QueryKind, ReadState,
};
use serde_json::Value;

pub use error::Error;
pub use genesis::{Genesis, GenesisDelegation, GenesisValidator};
pub use types::{ConsensusKey, Delegation, Params, Validator};

/// Proof of stake, as `app` lists it.
pub struct Staking;

impl Module for Staking {
    fn name(&self) -> &'static str {
        "staking"
    }

    fn messages(&self) -> &'static [Kind] {
        msg::MESSAGES
    }

    fn queries(&self) -> &'static [QueryKind] {
        query::QUERIES
    }

    fn events(&self) -> &'static [EventKind] {
        event::EVENTS
    }

    fn errors(&self) -> &'static [ErrorRow] {
        Error::CATALOGUE
    }

    fn keys(&self) -> &'static [KeyRow] {
        state::KEYS
    }

    fn invariants(&self) -> &'static [Invariant] {
        invariant::INVARIANTS
    }

    fn default_genesis(&self) -> Value {
        serde_json::to_value(Genesis::default()).unwrap_or_default()
    }

    fn validate_genesis(&self, section: &Value) -> Result<(), GenesisError> {
        Genesis::parse(section)?.validate()
    }

    fn init_genesis(&self, section: &Value, ctx: &mut Ctx<'_>) -> Result<(), GenesisError> {
        Genesis::parse(section)?.init(ctx)
    }

    fn export_genesis(&self, state: &dyn ReadState) -> Result<Value, Halt> {
        serde_json::to_value(Genesis::export(state)?).map_err(|error| Halt::new(error.to_string()))
    }

    fn begin_block(&self, ctx: &mut Ctx<'_>) -> Result<(), Halt> {
        block::begin(ctx)
    }

    fn end_block(&self, ctx: &mut Ctx<'_>) -> Result<(), Halt> {
        block::end(ctx)
    }
}
