//! Gas of a transaction, known before it runs. One gas is about one nanosecond of one core.
//!
//! There is no meter: every message declares its cost from its own body, bounded by its caps, so a sender knows the
//! exact fee before signing and execution never runs out. See docs/adr/0005-gas.md.

use chortle_kernel::{Call, signature::Authenticator, tx::Tx};

/// Decoding, nonce, fee and receipt: the sender's leaf and the block results.
pub const GAS_BASE: u64 = 80_000;
/// Each byte of a transaction: gossip, hashing, decoding, the stored block.
pub const GAS_PER_BYTE: u64 = 20;
/// A signature by ed25519, or by secp256k1 over a digest: the dearer of the two.
pub const GAS_PER_SIGNATURE: u64 = 50_000;
/// A signature by a wallet as typed data: the words are made, hashed, and the key comes out of the signature.
pub const GAS_PER_EIP712: u64 = 400_000;
/// A signature by a wallet as a personal message: the same work.
pub const GAS_PER_EIP191: u64 = 400_000;
/// An unordered nonce is a leaf that is written and removed again.
pub const GAS_UNORDERED: u64 = 120_000;

/// What a signature costs, by its kind.
pub fn of_signature(authenticator: &Authenticator) -> u64 {
    match authenticator {
        Authenticator::Ed25519 { .. } | Authenticator::Secp256k1 { .. } => GAS_PER_SIGNATURE,
        Authenticator::Eip712(_) => GAS_PER_EIP712,
        Authenticator::Eip191(_) => GAS_PER_EIP191,
    }
}

/// What a transaction of this size with these messages is charged for; `None` above `u64`.
pub fn of_tx(tx: &Tx, size_bytes: usize, calls: &[Call]) -> Option<u64> {
    let bytes = u64::try_from(size_bytes).ok()?.checked_mul(GAS_PER_BYTE)?;
    let signatures = tx.signatures.iter().map(of_signature).try_fold(0, u64::checked_add)?;
    let replay = match &tx.body.replay {
        chortle_kernel::tx::Replay::Sequence(_) => 0,
        chortle_kernel::tx::Replay::Unordered | chortle_kernel::tx::Replay::Nullifiers(_) => GAS_UNORDERED,
    };
    let start = GAS_BASE.checked_add(bytes)?.checked_add(signatures)?.checked_add(replay)?;
    calls.iter().try_fold(start, |sum, call| sum.checked_add(call.gas()?))
}
