//! What users can ask of the ledger.

use chortle_kernel::Kind;

mod accept_admin;
mod burn;
mod create_asset;
mod mint;
mod multi_transfer;
mod offer_admin;
mod renounce_admin;
mod transfer;

mod allow;
mod collect;
mod distribute;
mod distribute_treasury;
mod exclude;
mod force_transfer;
mod freeze;
mod lower_cap;
mod pause;
mod seal;
mod set_metadata;
mod set_tax;
mod shorten_limits;
mod spend_treasury;

pub use accept_admin::AcceptAdmin;
pub use burn::Burn;
pub use create_asset::{Allotment, CreateAsset, DISTRIBUTION_MAX};
pub(crate) use create_asset::{ensure_asset, ensure_metadata};
pub use mint::Mint;
pub use multi_transfer::{MultiTransfer, RECIPIENTS_MAX, Recipient};
pub use offer_admin::OfferAdmin;
pub use renounce_admin::RenounceAdmin;
pub use transfer::Transfer;

pub use allow::Allow;
pub use collect::Collect;
pub use distribute::Distribute;
pub use distribute_treasury::DistributeTreasury;
pub use exclude::Exclude;
pub use force_transfer::ForceTransfer;
pub use freeze::Freeze;
pub use lower_cap::LowerCap;
pub use pause::Pause;
pub use seal::Seal;
pub use set_metadata::SetMetadata;
pub use set_tax::SetTax;
pub use shorten_limits::ShortenLimits;
pub use spend_treasury::SpendTreasury;

/// Every message, by tag.
pub const MESSAGES: &[Kind] = &[
    Kind::of::<CreateAsset>(),
    Kind::of::<Mint>(),
    Kind::of::<Burn>(),
    Kind::of::<Transfer>(),
    Kind::of::<MultiTransfer>(),
    Kind::of::<OfferAdmin>(),
    Kind::of::<AcceptAdmin>(),
    Kind::of::<RenounceAdmin>(),
    Kind::of::<Seal>(),
    Kind::of::<LowerCap>(),
    Kind::of::<SetTax>(),
    Kind::of::<ShortenLimits>(),
    Kind::of::<SetMetadata>(),
    Kind::of::<Freeze>(),
    Kind::of::<Allow>(),
    Kind::of::<Pause>(),
    Kind::of::<ForceTransfer>(),
    Kind::of::<Exclude>(),
    Kind::of::<Distribute>(),
    Kind::of::<Collect>(),
    Kind::of::<SpendTreasury>(),
    Kind::of::<DistributeTreasury>(),
];
