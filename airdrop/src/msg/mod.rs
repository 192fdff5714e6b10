//! What users can ask of airdrops.

use chortle_kernel::MessageKind;

mod claim_airdrop;
mod create_airdrop;
mod end_airdrop;

pub use claim_airdrop::ClaimAirdrop;
pub use create_airdrop::CreateAirdrop;
pub use end_airdrop::EndAirdrop;

/// Every message, by tag.
pub const MESSAGES: &[MessageKind] =
    &[MessageKind::of::<CreateAirdrop>(), MessageKind::of::<ClaimAirdrop>(), MessageKind::of::<EndAirdrop>()];
