//! What governance can ask of upgrades.

use chortle_kernel::MessageKind;

mod cancel_upgrade;
mod schedule_upgrade;

pub use cancel_upgrade::CancelUpgrade;
pub use schedule_upgrade::ScheduleUpgrade;

/// Every message, by tag.
pub const MESSAGES: &[MessageKind] =
    &[MessageKind::of::<ScheduleUpgrade>(), MessageKind::of::<CancelUpgrade>()];
