//! What users can ask of allowances.

use chortle_kernel::MessageKind;

mod approve;
mod transfer_from;

pub use approve::Approve;
pub use transfer_from::TransferFrom;

/// Every message, by tag.
pub const MESSAGES: &[MessageKind] = &[MessageKind::of::<Approve>(), MessageKind::of::<TransferFrom>()];
