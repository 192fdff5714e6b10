//! What users can ask of shared accounts. Taking back and withdrawing cannot be paused: nobody is bound by a pause to
//! what he no longer wants.

use chortle_kernel::MessageKind;

mod approve;
mod cancel;
mod configure;
mod create;
mod execute;
mod propose;
mod spend;
mod withdraw;

pub use approve::Approve;
pub use cancel::Cancel;
pub use configure::Configure;
pub use create::Create;
pub use execute::Execute;
pub use propose::Propose;
pub use spend::Spend;
pub use withdraw::Withdraw;

/// Every message, by tag.
pub const MESSAGES: &[MessageKind] = &[
    MessageKind::of::<Create>(),
    MessageKind::of::<Configure>(),
    MessageKind::of::<Propose>(),
    MessageKind::of::<Approve>(),
    MessageKind::of::<Withdraw>(),
    MessageKind::of::<Execute>(),
    MessageKind::of::<Cancel>(),
    MessageKind::of::<Spend>(),
];
