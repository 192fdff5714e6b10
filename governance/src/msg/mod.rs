//! What users, bodies, guardians, the council and governance itself can ask of governance. Nothing but payments can be
//! paused: what is wrong must stay repairable.

use chortle_kernel::MessageKind;

mod begin_pause;
mod cancel;
mod claim_stream;
mod close_stream;
mod deposit;
mod end_pause;
mod guard;
mod lift;
mod open_stream;
mod set_representative;
mod spend;
mod stop;
mod submit;
mod vote;

pub use begin_pause::{BeginPause, PAUSE_MS_MAX};
pub use cancel::Cancel;
pub use claim_stream::ClaimStream;
pub use close_stream::CloseStream;
pub use deposit::Deposit;
pub use end_pause::EndPause;
pub use guard::Guard;
pub use lift::Lift;
pub use open_stream::OpenStream;
pub use set_representative::SetRepresentative;
pub use spend::Spend;
pub use stop::Stop;
pub use submit::Submit;
pub use vote::{DELEGATIONS_DEFAULT, DELEGATIONS_MAX, HOLDERS_MAX, Vote};

/// What is paused and what guardians stopped, at most, as leaves of the usual size.
const PAUSES_LEAVES: u64 = 8;

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
    MessageKind::of::<Guard>(),
    MessageKind::of::<Lift>(),
    MessageKind::of::<OpenStream>(),
    MessageKind::of::<CloseStream>(),
    MessageKind::of::<ClaimStream>(),
];
