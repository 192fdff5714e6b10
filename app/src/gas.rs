//! Gas of a transaction, known before it runs. One gas is about one nanosecond of one core.
//!
//! There is no meter: every message declares its cost from its own body, bounded by its caps, so a sender knows the
//! exact fee before signing and execution never runs out. See docs/adr/0005-gas.md.

use chortle_kernel::{Call, tx::Tx};

/// Decoding, nonce, fee and receipt: the sender's leaf and the block results.
pub const GAS_BASE: u64 = 80_000;
/// Each byte of a transaction: gossip, hashing, decoding, the stored block.
pub const GAS_PER_BYTE: u64 = 20;
/// Each signature, by the dearer of the two kinds.
pub const GAS_PER_SIGNATURE: u64 = 50_000;
/// An unordered nonce is a leaf that is written and removed again.
pub const GAS_UNORDERED: u64 = 120_000;

/// What a transaction of this size with these messages is charged for; `None` above `u64`.
pub fn of_tx(tx: &Tx, size_bytes: usize, calls: &[Call]) -> Option<u64> {
    let bytes = u64::try_from(size_bytes).ok()?.checked_mul(GAS_PER_BYTE)?;
    let signatures = u64::try_from(tx.signatures.len()).ok()?.checked_mul(GAS_PER_SIGNATURE)?;
    let replay = match &tx.body.replay {
        chortle_kernel::tx::Replay::Sequence(_) => 0,
        chortle_kernel::tx::Replay::Unordered | chortle_kernel::tx::Replay::Nullifiers(_) => GAS_UNORDERED,
    };
    let start = GAS_BASE.checked_add(bytes)?.checked_add(signatures)?.checked_add(replay)?;
    calls.iter().try_fold(start, |sum, call| sum.checked_add(call.gas()?))
}
