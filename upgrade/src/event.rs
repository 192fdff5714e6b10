//! What upgrades tell.

use chortle_kernel::events;

use crate::types::Binaries;

events! {
    /// An upgrade is planned.
    Scheduled = "upgrade.scheduled" {
        /// Its name.
        name: String,
        /// Height of the first block that the new program makes.
        height: u64,
        /// The new program, for each platform.
        binaries: Binaries,
        /// Where to read more.
        info: String,
    }
    /// A planned upgrade does not come.
    PlanCancelled = "upgrade.cancelled" {
        /// Its name.
        name: String,
        /// The height that it was planned for.
        height: u64,
    }
    /// The chain goes by the rules of an upgrade, from this block on.
    BecameActive = "upgrade.became_active" {
        /// Its name.
        name: String,
    }
}
