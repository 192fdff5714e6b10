//! What allowances tell.

use borsh::{BorshDeserialize, BorshSerialize};
use chortle_kernel::{Address, Amount, AssetId, Event, EventKind};
use schemars::JsonSchema;
use serde::Serialize;

/// Every kind of event.
pub const EVENTS: &[EventKind] = &[EventKind::of::<Approved>(), EventKind::of::<AllowanceSpent>()];

/// An owner set or revoked an allowance.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, JsonSchema)]
pub struct Approved {
    /// Whose tokens.
    pub owner: Address,
    /// Who may send them.
    pub spender: Address,
    /// Which asset.
    pub asset: AssetId,
    /// How much; zero if it was revoked.
    pub amount: Amount,
    /// Until when; for ever if absent.
    pub expires_unix_ms: Option<u64>,
}

impl Event for Approved {
    const KIND: &'static str = "allowance.approved";
}

/// A spender used an allowance; `token.transferred` comes before it.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, JsonSchema)]
pub struct AllowanceSpent {
    /// Whose tokens.
    pub owner: Address,
    /// Who sent them.
    pub spender: Address,
    /// Which asset.
    pub asset: AssetId,
    /// How much.
    pub amount: Amount,
    /// What is left of the allowance; one of nothing is gone.
    pub left: Amount,
}

impl Event for AllowanceSpent {
    const KIND: &'static str = "allowance.spent";
}
