//! What the ledger tells.

use borsh::{BorshDeserialize, BorshSerialize};
use chortle_kernel::{Address, Amount, AssetId, Event, EventKind};
use schemars::JsonSchema;
use serde::Serialize;

use crate::types::{Minter, Name, Symbol};

pub use crate::{
    airdrop::event::{AirdropClaimed, AirdropCreated, AirdropEnded},
    allowance::event::{AllowanceSpent, Approved},
    lock::event::{LockClaimed, LockCreated, LockRevoked},
    naming::event::{AssetVerified, SymbolReleased, SymbolReserved},
};

/// Every kind of event.
pub const EVENTS: &[EventKind] = &[
    EventKind::of::<AssetCreated>(),
    EventKind::of::<Minted>(),
    EventKind::of::<Burned>(),
    EventKind::of::<Transferred>(),
    EventKind::of::<AdminOffered>(),
    EventKind::of::<AdminChanged>(),
    EventKind::of::<AdminRenounced>(),
    EventKind::of::<LockCreated>(),
    EventKind::of::<LockClaimed>(),
    EventKind::of::<LockRevoked>(),
    EventKind::of::<Approved>(),
    EventKind::of::<AllowanceSpent>(),
    EventKind::of::<AirdropCreated>(),
    EventKind::of::<AirdropClaimed>(),
    EventKind::of::<AirdropEnded>(),
    EventKind::of::<SymbolReserved>(),
    EventKind::of::<SymbolReleased>(),
    EventKind::of::<AssetVerified>(),
];

/// An asset was created; a supply, if any, follows as `token.minted`.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, JsonSchema)]
pub struct AssetCreated {
    /// Its number.
    pub asset: AssetId,
    /// Who created it and is its admin.
    pub creator: Address,
    /// Short name.
    pub symbol: Symbol,
    /// Name.
    pub name: Name,
    /// Digits after the point.
    pub decimals: u8,
    /// Most that may exist.
    pub cap: Amount,
    /// Who may make more.
    pub minter: Minter,
}

impl Event for AssetCreated {
    const KIND: &'static str = "token.asset_created";
}

/// More of an asset came to be.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, JsonSchema)]
pub struct Minted {
    /// Which asset.
    pub asset: AssetId,
    /// Who got it.
    pub to: Address,
    /// How much.
    pub amount: Amount,
    /// How much exists now.
    pub supply: Amount,
}

impl Event for Minted {
    const KIND: &'static str = "token.minted";
}

/// Some of an asset ceased to be.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, JsonSchema)]
pub struct Burned {
    /// Which asset.
    pub asset: AssetId,
    /// Who held it.
    pub from: Address,
    /// How much.
    pub amount: Amount,
    /// How much exists now.
    pub supply: Amount,
}

impl Event for Burned {
    const KIND: &'static str = "token.burned";
}

/// An amount changed hands.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, JsonSchema)]
pub struct Transferred {
    /// Who gave.
    pub from: Address,
    /// Who got.
    pub to: Address,
    /// Which asset.
    pub asset: AssetId,
    /// How much.
    pub amount: Amount,
}

impl Event for Transferred {
    const KIND: &'static str = "token.transferred";
}

/// The admin offered the role, or withdrew the offer.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, JsonSchema)]
pub struct AdminOffered {
    /// Which asset.
    pub asset: AssetId,
    /// Who offered.
    pub admin: Address,
    /// To whom; nobody if the offer was withdrawn.
    pub to: Option<Address>,
}

impl Event for AdminOffered {
    const KIND: &'static str = "token.admin_offered";
}

/// The role passed on.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, JsonSchema)]
pub struct AdminChanged {
    /// Which asset.
    pub asset: AssetId,
    /// Who had it.
    pub from: Address,
    /// Who has it now.
    pub to: Address,
}

impl Event for AdminChanged {
    const KIND: &'static str = "token.admin_changed";
}

/// The role ended for ever.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, JsonSchema)]
pub struct AdminRenounced {
    /// Which asset.
    pub asset: AssetId,
    /// Who had it.
    pub admin: Address,
}

impl Event for AdminRenounced {
    const KIND: &'static str = "token.admin_renounced";
}
