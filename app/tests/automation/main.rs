//! What runs for an account that does not sign at that moment, on the whole chain: by a grant, or by a schedule.

#[path = "../common/mod.rs"]
mod common;

mod chain;
mod fees;
mod grants;
mod grants_model;
mod schedules;
mod schedules_model;
mod turns;
