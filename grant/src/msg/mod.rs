//! What users can ask of grants.

use chortle_kernel::MessageKind;

mod give;
mod give_fees;
mod revoke;
mod use_grant;

pub use give::Give;
pub use give_fees::GiveFees;
pub use revoke::Revoke;
pub use use_grant::UseGrant;

/// Every message, by tag.
pub const MESSAGES: &[MessageKind] = &[
    MessageKind::of::<Give>(),
    MessageKind::of::<UseGrant>(),
    MessageKind::of::<Revoke>(),
    MessageKind::of::<GiveFees>(),
];
