//! What governance tells of names.

use borsh::{BorshDeserialize, BorshSerialize};
use chortle_kernel::{Event, EventKind};
use schemars::JsonSchema;
use serde::Serialize;

use crate::types::Reserved;

/// Every kind of event.
pub const EVENTS: &[EventKind] = &[EventKind::of::<SymbolReserved>(), EventKind::of::<SymbolReleased>()];

/// Governance reserved a symbol or name: nobody else can create what looks like it.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, JsonSchema)]
pub struct SymbolReserved {
    /// As it was written.
    pub symbol: Reserved,
}

impl Event for SymbolReserved {
    const KIND: &'static str = "naming.symbol_reserved";
}

/// Governance released a symbol or name.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, JsonSchema)]
pub struct SymbolReleased {
    /// As it had been written.
    pub symbol: Reserved,
}

impl Event for SymbolReleased {
    const KIND: &'static str = "naming.symbol_released";
}
