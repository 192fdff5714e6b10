//! What the ledger tells.

use chortle_kernel::{Address, Amount, AssetId, events};

use crate::{
    capability::Capabilities,
    limits::Limits,
    payment::Payment,
    tax::{Split, Tax},
    template::Template,
    types::{Metadata, Minter, Name, Symbol},
};

events! {
    /// An admin announced a payment out of what the tax gathered, or took it back.
    PaymentAnnounced = "token.payment_announced" {
        /// Of which asset.
        asset: AssetId,
        /// What; none if it was taken back.
        payment: Option<Payment>,
        /// From which epoch on it can be made.
        epoch: u64,
    }
    /// An asset was created; a supply, if any, follows as `token.minted`.
    AssetCreated = "token.asset_created" {
        /// Its number.
        asset: AssetId,
        /// Who created it and is its admin.
        creator: Address,
        /// Short name.
        symbol: Symbol,
        /// Name.
        name: Name,
        /// Digits after the point.
        decimals: u8,
        /// Most that may exist.
        cap: Amount,
        /// Who may make more.
        minter: Minter,
        /// What kind of asset it is.
        template: Template,
        /// What can be done with it.
        capabilities: Capabilities,
    }
    /// More of an asset came to be.
    Minted = "token.minted" {
        /// Which asset.
        asset: AssetId,
        /// Who got it.
        to: Address,
        /// How much.
        amount: Amount,
        /// How much exists now.
        supply: Amount,
    }
    /// Some of an asset ceased to be.
    Burned = "token.burned" {
        /// Which asset.
        asset: AssetId,
        /// Who held it.
        from: Address,
        /// How much.
        amount: Amount,
        /// How much exists now.
        supply: Amount,
    }
    /// An amount changed hands.
    Transferred = "token.transferred" {
        /// Who gave.
        from: Address,
        /// Who got.
        to: Address,
        /// Which asset.
        asset: AssetId,
        /// How much.
        amount: Amount,
    }
    /// The admin offered the role, or withdrew the offer.
    AdminOffered = "token.admin_offered" {
        /// Which asset.
        asset: AssetId,
        /// Who offered.
        admin: Address,
        /// To whom; nobody if the offer was withdrawn.
        to: Option<Address>,
    }
    /// The role passed on.
    AdminChanged = "token.admin_changed" {
        /// Which asset.
        asset: AssetId,
        /// Who had it.
        from: Address,
        /// Who has it now.
        to: Address,
    }
    /// The role ended for ever.
    AdminRenounced = "token.admin_renounced" {
        /// Which asset.
        asset: AssetId,
        /// Who had it.
        admin: Address,
    }
    /// An amount changed hands and paid a fee; it takes the place of `token.transferred`.
    TaxedTransfer = "token.taxed_transfer" {
        /// Who gave.
        from: Address,
        /// Who got.
        to: Address,
        /// Which asset.
        asset: AssetId,
        /// How much was sent.
        amount: Amount,
        /// How much arrived.
        net: Amount,
        /// Where the rest went.
        split: Split,
        /// How much exists now.
        supply: Amount,
    }
    /// A holder got what it was due: LOL from the account of the asset that keeps it, or the asset itself from its pot,
    /// which is no account.
    Reflected = "token.reflected" {
        /// Of which asset it is a holder.
        holders_of: AssetId,
        /// The account that paid; none if it was the pot.
        from: Option<Address>,
        /// Who got.
        to: Address,
        /// In which asset: the same, or LOL.
        asset: AssetId,
        /// How much.
        amount: Amount,
    }
    /// An amount was shared among all holders that earn; each gets its part at its next touch.
    Distributed = "token.distributed" {
        /// Among whose holders.
        holders_of: AssetId,
        /// Who gave.
        from: Address,
        /// In which asset: the same, or LOL.
        asset: AssetId,
        /// How much was given.
        amount: Amount,
        /// How much of it was shared.
        net: Amount,
        /// Where the tax on it went.
        split: Split,
    }
    /// The admin moved what another held; `token.transferred` comes before it.
    ForceTransferred = "token.force_transferred" {
        /// Which asset.
        asset: AssetId,
        /// Who did it.
        admin: Address,
        /// Who lost it.
        from: Address,
        /// Who got it.
        to: Address,
        /// How much.
        amount: Amount,
    }
    /// Capabilities ended for good.
    Sealed = "token.sealed" {
        /// Which asset.
        asset: AssetId,
        /// Those that ended.
        sealed: Capabilities,
        /// Those that are left.
        left: Capabilities,
    }
    /// The cap fell.
    CapLowered = "token.cap_lowered" {
        /// Which asset.
        asset: AssetId,
        /// What it is now.
        cap: Amount,
    }
    /// The tax changes.
    TaxSet = "token.tax_set" {
        /// Which asset.
        asset: AssetId,
        /// The new one.
        tax: Tax,
        /// The first epoch in which transfers pay it.
        epoch: u64,
    }
    /// Launch limits end earlier.
    LimitsShortened = "token.limits_shortened" {
        /// Which asset.
        asset: AssetId,
        /// All of them as they are now.
        limits: Limits,
    }
    /// Picture and story changed.
    MetadataSet = "token.metadata_set" {
        /// Which asset.
        asset: AssetId,
        /// The new ones.
        metadata: Option<Metadata>,
    }
    /// An account was stopped from sending and receiving, or freed.
    FrozenSet = "token.frozen_set" {
        /// Which asset.
        asset: AssetId,
        /// Whose.
        account: Address,
        /// Whether it is frozen now.
        frozen: bool,
    }
    /// An account was put on the allow list, or taken off.
    AllowedSet = "token.allowed_set" {
        /// Which asset.
        asset: AssetId,
        /// Whose.
        account: Address,
        /// Whether it is listed now.
        allowed: bool,
    }
    /// An account was excluded from redistribution, or included again.
    ExcludedSet = "token.excluded_set" {
        /// Which asset.
        asset: AssetId,
        /// Whose.
        account: Address,
        /// Whether it is excluded now.
        excluded: bool,
    }
    /// All sends of an asset stopped, or go on.
    PausedUntil = "token.paused_until" {
        /// Which asset.
        asset: AssetId,
        /// The first epoch in which they go on.
        until_epoch: u64,
    }
    /// Governance gave or took an asset's badge.
    AssetVerified = "token.asset_verified" {
        /// Which asset.
        asset: AssetId,
        /// Whether it has the badge now.
        verified: bool,
    }
}
