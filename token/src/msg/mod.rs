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
mod approve;
mod claim_airdrop;
mod claim_lock;
mod collect;
mod create_airdrop;
mod create_lock;
mod distribute;
mod distribute_treasury;
mod end_airdrop;
mod exclude;
mod force_transfer;
mod freeze;
mod lower_cap;
mod pause;
mod release_symbol;
mod reserve_symbol;
mod revoke_lock;
mod seal;
mod set_metadata;
mod set_tax;
mod shorten_limits;
mod spend_treasury;
mod transfer_from;
mod verify_asset;

pub use accept_admin::AcceptAdmin;
pub use burn::Burn;
pub use create_asset::{Allotment, CreateAsset, DISTRIBUTION_MAX, Vesting};
pub(crate) use create_asset::{ensure_asset, ensure_metadata};
pub use mint::Mint;
pub use multi_transfer::{MultiTransfer, RECIPIENTS_MAX, Recipient};
pub use offer_admin::OfferAdmin;
pub use renounce_admin::RenounceAdmin;
pub use transfer::Transfer;

pub use allow::Allow;
pub use approve::Approve;
pub use claim_airdrop::ClaimAirdrop;
pub use claim_lock::ClaimLock;
pub use collect::Collect;
pub use create_airdrop::CreateAirdrop;
pub use create_lock::CreateLock;
pub use distribute::Distribute;
pub use distribute_treasury::DistributeTreasury;
pub use end_airdrop::EndAirdrop;
pub use exclude::Exclude;
pub use force_transfer::ForceTransfer;
pub use freeze::Freeze;
pub use lower_cap::LowerCap;
pub use pause::Pause;
pub use release_symbol::ReleaseSymbol;
pub use reserve_symbol::ReserveSymbol;
pub use revoke_lock::RevokeLock;
pub use seal::Seal;
pub use set_metadata::SetMetadata;
pub use set_tax::SetTax;
pub use shorten_limits::ShortenLimits;
pub use spend_treasury::SpendTreasury;
pub use transfer_from::TransferFrom;
pub use verify_asset::VerifyAsset;

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
    Kind::of::<CreateLock>(),
    Kind::of::<ClaimLock>(),
    Kind::of::<RevokeLock>(),
    Kind::of::<Approve>(),
    Kind::of::<TransferFrom>(),
    Kind::of::<CreateAirdrop>(),
    Kind::of::<ClaimAirdrop>(),
    Kind::of::<EndAirdrop>(),
    Kind::of::<ReserveSymbol>(),
    Kind::of::<ReleaseSymbol>(),
    Kind::of::<VerifyAsset>(),
];
