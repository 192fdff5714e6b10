//! What users can ask of schedules.

use chortle_kernel::MessageKind;

mod cancel;
mod create;

pub use cancel::Cancel;
pub use create::Create;

/// Every message, by tag.
pub const MESSAGES: &[MessageKind] = &[MessageKind::of::<Create>(), MessageKind::of::<Cancel>()];
