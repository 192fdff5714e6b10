//! What every module of Chortle stands on: amounts, addresses, signatures, the canonical codec, typed state, events,
//! transactions, and the shape of a module. Pure: no I/O, no clock, no threads, no floats.
//!
//! Spec and map: README.md.
#![forbid(unsafe_code)]
#![cfg_attr(not(test), deny(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::unreachable))]
#![cfg_attr(not(test), deny(clippy::indexing_slicing, clippy::arithmetic_side_effects, clippy::string_slice))]
#![cfg_attr(
    not(test),
    deny(clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::cast_possible_wrap)
)]
#![cfg_attr(not(test), deny(clippy::cast_precision_loss, clippy::float_arithmetic, clippy::print_stdout))]
#![cfg_attr(not(test), deny(clippy::print_stderr, clippy::disallowed_methods, clippy::disallowed_types))]

pub mod address;
pub mod amount;
pub mod asset;
pub mod block;
pub mod bounded;
pub mod bounds;
pub mod codec;
pub mod ctx;
pub mod dispatch;
pub mod effects;
pub mod engine;
mod engine_params;
pub mod escrow;
pub mod event;
pub mod failure;
pub mod fields;
pub mod gas;
pub mod gate;
mod genesis;
mod genesis_list;
pub mod hash;
pub mod header;
pub mod math;
pub mod merkle;
pub mod message;
pub mod module;
pub mod params;
pub mod query;
mod record;
pub mod signature;
pub mod state;
pub mod time;
pub mod tx;
pub mod vote_extension;

pub use address::Address;
pub use amount::Amount;
pub use asset::{AssetId, Coin};
pub use bounded::{Bytes, List, Text};
pub use ctx::{AnyMessage, BlockInfo, Call, Carried, Ctx, Place, Router, Runs};
pub use dispatch::Acting;
pub use effects::{Changed, Effects};
pub use engine::EngineParams;
pub use escrow::Escrow;
pub use event::{Event, EventKind, EventRecord};
pub use failure::{ErrorRow, Failure, Halt, Reject, RejectLog, SeenBy, ensure};
pub use fields::Fields;
pub use gate::{Authority, Class, Origin, Powers, Reach};
pub use genesis::GenesisError;
pub use genesis_list::{GenesisField, GenesisForm, GenesisList, Given};
pub use header::Header;
pub use message::{Message, MessageKind};
pub use module::{
    Attestation, Attested, EvidenceAge, Gauge, GaugeValue, GenesisKind, GenesisSection, Hooks, Index,
    Invariant, Module, Sponsor, Sponsored,
};
pub use params::{Params, ParamsKind};
pub use query::{Cursor, Page, PageArgs, Query, QueryError, QueryKind, View};
pub use state::{Entries, Entry, Item, KeyRange, KeyRow, Map, Order, ReadState, StartsWith, State, StateKey};
