//! THE list of upgrades that this program knows.
//!
//! A name is never taken out: a chain asks for it for ever. What a rule was before stays beside what it became, chosen
//! by `chortle_upgrade::is_applied`. See docs/adr/0022-upgrades.md.

use chortle_kernel::{Ctx, Halt};

/// An upgrade that a program knows.
#[derive(Clone, Copy)]
pub struct Upgrade {
    /// Its name, as the plan has it.
    pub name: &'static str,
    /// Makes the new state out of the old, inside the block at the height of the plan, before anything else of it. It
    /// runs once on each chain; what it cannot do halts, and nothing of the block is written. Parameters it sets by the
    /// context's router, as governance does: validated, and told.
    pub migrate: fn(&mut Ctx<'_>) -> Result<(), Halt>,
}

/// The upgrades of Chortle, oldest first.
pub const UPGRADES: &[Upgrade] = &[];
