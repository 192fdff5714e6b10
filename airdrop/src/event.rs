//! What airdrops tell.

use borsh::{BorshDeserialize, BorshSerialize};
use chortle_kernel::{Address, Amount, AssetId, Event, EventKind};
use schemars::JsonSchema;
use serde::Serialize;

use chortle_kernel::merkle::Node;

/// Every kind of event.
pub const EVENTS: &[EventKind] =
    &[EventKind::of::<AirdropCreated>(), EventKind::of::<AirdropClaimed>(), EventKind::of::<AirdropEnded>()];

/// An airdrop began; `token.transferred` to the account `airdrops` comes before it.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, JsonSchema)]
pub struct AirdropCreated {
    /// Its number.
    pub airdrop: u64,
    /// Of which asset.
    pub asset: AssetId,
    /// Who paid it in.
    pub sponsor: Address,
    /// Root of the tree.
    pub root: Node,
    /// Recipients in the tree.
    pub leaves: u32,
    /// What was paid in.
    pub total: Amount,
    /// From when on nobody can claim.
    pub deadline_unix_ms: u64,
}

impl Event for AirdropCreated {
    const KIND: &'static str = "airdrop.created";
}

/// A recipient was paid.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, JsonSchema)]
pub struct AirdropClaimed {
    /// By which airdrop.
    pub airdrop: u64,
    /// Of which asset.
    pub asset: AssetId,
    /// Place in the list.
    pub index: u32,
    /// Who got it.
    pub account: Address,
    /// How much.
    pub amount: Amount,
    /// What is left for others.
    pub held: Amount,
}

impl Event for AirdropClaimed {
    const KIND: &'static str = "airdrop.claimed";
}

/// An airdrop ended.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, JsonSchema)]
pub struct AirdropEnded {
    /// Which airdrop.
    pub airdrop: u64,
    /// Of which asset.
    pub asset: AssetId,
    /// Who got the remainder.
    pub sponsor: Address,
    /// How much nobody had claimed.
    pub returned: Amount,
}

impl Event for AirdropEnded {
    const KIND: &'static str = "airdrop.ended";
}
