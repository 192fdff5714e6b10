//! The gate: what every message of every origin passes, whoever sends it: authority, pause, depth and gas.
//!
//! `app` implements [`crate::Router`] over the list of modules; a module reaches it by [`crate::Ctx::dispatch`] alone,
//! so there is no way around. See docs/adr/0015-gate.md.

mod authority;
mod class;
mod error;
mod pause;
mod reach;

pub use authority::{Authority, Origin, Powers};
pub use class::Class;
pub use error::Error;
pub use pause::{PAUSES, PAUSES_MAX, Pause, Pauses, Scope, is_pause};
pub use reach::Reach;
