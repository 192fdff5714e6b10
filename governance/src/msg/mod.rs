//! What users, the council and governance itself can ask of governance. Nothing but spending can be paused: what is
//! wrong must stay repairable.

use chortle_kernel::MessageKind;

mod begin_pause;
mod cancel;
mod deposit;
mod end_pause;
mod set_representative;
mod spend;
mod stop;
mod submit;
mod vote;

pub use begin_pause::{BeginPause, PAUSE_MS_MAX};
pub use cancel::Cancel;
pub use deposit::Deposit;
pub use end_pause::EndPause;
pub use set_representative::SetRepresentative;
pub use spend::Spend;
pub use stop::Stop;
pub use submit::Submit;
pub use vote::{DELEGATIONS_DEFAULT, DELEGATIONS_MAX, HOLDERS_MAX, Vote};

/// Every message, by tag.
pub const MESSAGES: &[MessageKind] = &[
    MessageKind::of::<Submit>(),
    MessageKind::of::<Deposit>(),
    MessageKind::of::<Vote>(),
    MessageKind::of::<SetRepresentative>(),
    MessageKind::of::<Cancel>(),
    MessageKind::of::<Stop>(),
    MessageKind::of::<BeginPause>(),
    MessageKind::of::<EndPause>(),
    MessageKind::of::<Spend>(),
];
