//! What the ledger tells.

use borsh::{BorshDeserialize, BorshSerialize};
use chortle_kernel::{Address, Amount, AssetId, Event, EventKind};
use schemars::JsonSchema;
use serde::Serialize;

use crate::{
    capability::Capabilities,
    limits::Limits,
    tax::{Split, Tax},
    template::Template,
    types::{Metadata, Minter, Name, Symbol},
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
    EventKind::of::<TaxedTransfer>(),
    EventKind::of::<Reflected>(),
    EventKind::of::<Distributed>(),
    EventKind::of::<ForceTransferred>(),
    EventKind::of::<Sealed>(),
    EventKind::of::<CapLowered>(),
    EventKind::of::<TaxSet>(),
    EventKind::of::<LimitsShortened>(),
    EventKind::of::<MetadataSet>(),
    EventKind::of::<FrozenSet>(),
    EventKind::of::<AllowedSet>(),
    EventKind::of::<ExcludedSet>(),
    EventKind::of::<PausedUntil>(),
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
    /// What kind of asset it is.
    pub template: Template,
    /// What can be done with it.
    pub capabilities: Capabilities,
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

/// An amount changed hands and paid a fee; it takes the place of `token.transferred`.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, JsonSchema)]
pub struct TaxedTransfer {
    /// Who gave.
    pub from: Address,
    /// Who got.
    pub to: Address,
    /// Which asset.
    pub asset: AssetId,
    /// How much was sent.
    pub amount: Amount,
    /// How much arrived.
    pub net: Amount,
    /// Where the rest went.
    pub split: Split,
    /// How much exists now.
    pub supply: Amount,
}

impl Event for TaxedTransfer {
    const KIND: &'static str = "token.taxed_transfer";
}

/// A holder got what it was due: LOL from the account of the asset that keeps it, or the asset itself from its pot, which
/// is no account.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, JsonSchema)]
pub struct Reflected {
    /// Of which asset it is a holder.
    pub holders_of: AssetId,
    /// The account that paid; none if it was the pot.
    pub from: Option<Address>,
    /// Who got.
    pub to: Address,
    /// In which asset: the same, or LOL.
    pub asset: AssetId,
    /// How much.
    pub amount: Amount,
}

impl Event for Reflected {
    const KIND: &'static str = "token.reflected";
}

/// An amount was shared among all holders that earn; each gets its part at its next touch.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, JsonSchema)]
pub struct Distributed {
    /// Among whose holders.
    pub holders_of: AssetId,
    /// Who gave.
    pub from: Address,
    /// In which asset: the same, or LOL.
    pub asset: AssetId,
    /// How much was given.
    pub amount: Amount,
    /// How much of it was shared.
    pub net: Amount,
    /// Where the tax on it went.
    pub split: Split,
}

impl Event for Distributed {
    const KIND: &'static str = "token.distributed";
}

/// The admin moved what another held; `token.transferred` comes before it.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, JsonSchema)]
pub struct ForceTransferred {
    /// Which asset.
    pub asset: AssetId,
    /// Who did it.
    pub admin: Address,
    /// Who lost it.
    pub from: Address,
    /// Who got it.
    pub to: Address,
    /// How much.
    pub amount: Amount,
}

impl Event for ForceTransferred {
    const KIND: &'static str = "token.force_transferred";
}

/// Capabilities ended for good.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, JsonSchema)]
pub struct Sealed {
    /// Which asset.
    pub asset: AssetId,
    /// Those that ended.
    pub sealed: Capabilities,
    /// Those that are left.
    pub left: Capabilities,
}

impl Event for Sealed {
    const KIND: &'static str = "token.sealed";
}

/// The cap fell.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, JsonSchema)]
pub struct CapLowered {
    /// Which asset.
    pub asset: AssetId,
    /// What it is now.
    pub cap: Amount,
}

impl Event for CapLowered {
    const KIND: &'static str = "token.cap_lowered";
}

/// The tax changes.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, JsonSchema)]
pub struct TaxSet {
    /// Which asset.
    pub asset: AssetId,
    /// The new one.
    pub tax: Tax,
    /// The first epoch in which transfers pay it.
    pub epoch: u64,
}

impl Event for TaxSet {
    const KIND: &'static str = "token.tax_set";
}

/// Launch limits end earlier.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, JsonSchema)]
pub struct LimitsShortened {
    /// Which asset.
    pub asset: AssetId,
    /// All of them as they are now.
    pub limits: Limits,
}

impl Event for LimitsShortened {
    const KIND: &'static str = "token.limits_shortened";
}

/// Picture and story changed.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, JsonSchema)]
pub struct MetadataSet {
    /// Which asset.
    pub asset: AssetId,
    /// The new ones.
    pub metadata: Option<Metadata>,
}

impl Event for MetadataSet {
    const KIND: &'static str = "token.metadata_set";
}

/// An account was stopped from sending and receiving, or freed.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, JsonSchema)]
pub struct FrozenSet {
    /// Which asset.
    pub asset: AssetId,
    /// Whose.
    pub account: Address,
    /// Whether it is frozen now.
    pub frozen: bool,
}

impl Event for FrozenSet {
    const KIND: &'static str = "token.frozen_set";
}

/// An account was put on the allow list, or taken off.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, JsonSchema)]
pub struct AllowedSet {
    /// Which asset.
    pub asset: AssetId,
    /// Whose.
    pub account: Address,
    /// Whether it is listed now.
    pub allowed: bool,
}

impl Event for AllowedSet {
    const KIND: &'static str = "token.allowed_set";
}

/// An account was excluded from redistribution, or included again.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, JsonSchema)]
pub struct ExcludedSet {
    /// Which asset.
    pub asset: AssetId,
    /// Whose.
    pub account: Address,
    /// Whether it is excluded now.
    pub excluded: bool,
}

impl Event for ExcludedSet {
    const KIND: &'static str = "token.excluded_set";
}

/// All sends of an asset stopped, or go on.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, JsonSchema)]
pub struct PausedUntil {
    /// Which asset.
    pub asset: AssetId,
    /// The first epoch in which they go on.
    pub until_epoch: u64,
}

impl Event for PausedUntil {
    const KIND: &'static str = "token.paused_until";
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
