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

pub use accept_admin::AcceptAdmin;
pub use burn::Burn;
pub use create_asset::CreateAsset;
pub(crate) use create_asset::ensure_asset;
pub use mint::Mint;
pub use multi_transfer::{MultiTransfer, RECIPIENTS_MAX, Recipient};
pub use offer_admin::OfferAdmin;
pub use renounce_admin::RenounceAdmin;
pub use transfer::Transfer;

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
];
