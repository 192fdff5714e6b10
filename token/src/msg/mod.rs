//! What users can ask of the ledger.

use chortle_kernel::MessageKind;

mod accept_admin;
mod burn;
mod create_asset;
mod mint;
mod multi_transfer;
mod offer_admin;
mod renounce_admin;
mod transfer;

mod allow;
mod announce_payment;
mod collect;
mod distribute;
mod distribute_treasury;
mod exclude;
mod force_transfer;
mod freeze;
mod lower_cap;
mod pause;
mod pay_announced;
mod seal;
mod set_metadata;
mod set_tax;
mod shorten_limits;
mod spend_liquidity;
mod spend_treasury;
mod verify_asset;

pub use accept_admin::AcceptAdmin;
pub use burn::Burn;
pub use create_asset::{Allotment, CreateAsset, DISTRIBUTION_MAX};
pub use mint::Mint;
pub use multi_transfer::{MultiTransfer, RECIPIENTS_MAX, Recipient};
pub use offer_admin::OfferAdmin;
pub use renounce_admin::RenounceAdmin;
pub use transfer::Transfer;

pub use allow::Allow;
pub use announce_payment::AnnouncePayment;
pub use collect::Collect;
pub use distribute::Distribute;
pub use distribute_treasury::DistributeTreasury;
pub use exclude::Exclude;
pub use force_transfer::ForceTransfer;
pub use freeze::Freeze;
pub use lower_cap::LowerCap;
pub use pause::Pause;
pub use pay_announced::PayAnnounced;
pub use seal::Seal;
pub use set_metadata::SetMetadata;
pub use set_tax::SetTax;
pub use shorten_limits::ShortenLimits;
pub use spend_liquidity::SpendLiquidity;
pub use spend_treasury::SpendTreasury;
pub use verify_asset::VerifyAsset;

/// Every message, by tag.
pub const MESSAGES: &[MessageKind] = &[
    MessageKind::of::<CreateAsset>(),
    MessageKind::of::<Mint>(),
    MessageKind::of::<Burn>(),
    MessageKind::of::<Transfer>(),
    MessageKind::of::<MultiTransfer>(),
    MessageKind::of::<OfferAdmin>(),
    MessageKind::of::<AcceptAdmin>(),
    MessageKind::of::<RenounceAdmin>(),
    MessageKind::of::<Seal>(),
    MessageKind::of::<LowerCap>(),
    MessageKind::of::<SetTax>(),
    MessageKind::of::<ShortenLimits>(),
    MessageKind::of::<SetMetadata>(),
    MessageKind::of::<Freeze>(),
    MessageKind::of::<Allow>(),
    MessageKind::of::<Pause>(),
    MessageKind::of::<ForceTransfer>(),
    MessageKind::of::<Exclude>(),
    MessageKind::of::<Distribute>(),
    MessageKind::of::<Collect>(),
    MessageKind::of::<SpendTreasury>(),
    MessageKind::of::<DistributeTreasury>(),
    MessageKind::of::<SpendLiquidity>(),
    MessageKind::of::<AnnouncePayment>(),
    MessageKind::of::<PayAnnounced>(),
    MessageKind::of::<VerifyAsset>(),
];
