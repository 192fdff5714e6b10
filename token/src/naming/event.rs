//! What governance tells of names.

use borsh::{BorshDeserialize, BorshSerialize};
use chortle_kernel::{AssetId, Event};
use schemars::JsonSchema;
use serde::Serialize;

use super::Reserved;

/// Governance reserved a symbol or name: nobody else can create what looks like it.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, JsonSchema)]
pub struct SymbolReserved {
    /// As it was written.
    pub symbol: Reserved,
}

impl Event for SymbolReserved {
    const KIND: &'static str = "token.symbol_reserved";
}

/// Governance released a symbol or name.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, JsonSchema)]
pub struct SymbolReleased {
    /// As it had been written.
    pub symbol: Reserved,
}

impl Event for SymbolReleased {
    const KIND: &'static str = "token.symbol_released";
}

/// Governance gave or took an asset's badge.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, JsonSchema)]
pub struct AssetVerified {
    /// Which asset.
    pub asset: AssetId,
    /// Whether it has the badge now.
    pub verified: bool,
}

impl Event for AssetVerified {
    const KIND: &'static str = "token.asset_verified";
}
