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
    MessageKind::of::<CreateLock>(),
    MessageKind::of::<ClaimLock>(),
    MessageKind::of::<RevokeLock>(),
    MessageKind::of::<Approve>(),
    MessageKind::of::<TransferFrom>(),
    MessageKind::of::<CreateAirdrop>(),
    MessageKind::of::<ClaimAirdrop>(),
    MessageKind::of::<EndAirdrop>(),
    MessageKind::of::<ReserveSymbol>(),
    MessageKind::of::<ReleaseSymbol>(),
    MessageKind::of::<VerifyAsset>(),
];
