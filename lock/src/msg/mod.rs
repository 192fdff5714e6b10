//! What users can ask of locks.

use chortle_kernel::MessageKind;

mod claim_lock;
mod create_lock;
mod launch;
mod revoke_lock;

pub use claim_lock::ClaimLock;
pub use create_lock::CreateLock;
pub use launch::{LOCKS_MAX, Launch, LockedPart};
pub use revoke_lock::RevokeLock;

/// Every message, by tag.
pub const MESSAGES: &[MessageKind] = &[
    MessageKind::of::<CreateLock>(),
    MessageKind::of::<ClaimLock>(),
    MessageKind::of::<RevokeLock>(),
    MessageKind::of::<Launch>(),
];
