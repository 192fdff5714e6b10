//! Gas of a transaction, known before it runs. One gas is about one nanosecond of one core.
//!
//! There is no meter: every message declares its cost from its own body, bounded by its caps, so a sender knows the
//! exact fee before signing and execution never runs out. See docs/adr/0005-gas.md.

use chortle_kernel::{
    Amount, Call,
    gas::leaves_gas,
    signature::Authenticator,
    tx::{Fee, FeeSource, Replay, Tx},
};

/// Decoding, nonce, fee and receipt: the sender's leaf and the block results.
pub const GAS_BASE: u64 = 80_000;
/// Each byte of a transaction: gossip, hashing, decoding, the stored block.
pub const GAS_PER_BYTE: u64 = 20;
/// A signature by ed25519: alone it takes 1.2 times the time of secp256k1, in a batch a third.
pub const GAS_PER_ED25519: u64 = 50_000;
/// A signature by secp256k1 over a digest.
pub const GAS_PER_SECP256K1: u64 = 50_000;
/// A signature by a wallet as typed data: the key comes out of it, and ten texts are hashed.
pub const GAS_PER_EIP712: u64 = 60_000;
/// A signature by a wallet as a personal message: the key comes out of it, and one text is hashed.
pub const GAS_PER_EIP191: u64 = 50_000;
/// The words that a wallet signs, for each byte of the transaction: most are an address or an amount, which are longer
/// in words.
pub const GAS_PER_BYTE_IN_WORDS: u64 = 100;
/// An unordered nonce is a leaf that is written and removed again.
pub const GAS_UNORDERED: u64 = 120_000;
/// No unordered transaction costs less: a block admits at most so many of them as its gas holds of these.
pub const UNORDERED_LEAST: u64 = GAS_BASE + GAS_UNORDERED;
/// Another account that pays the fee: its leaf is read and written.
pub const GAS_FEE_PAYER: u64 = leaves_gas(1, 1);
/// A standing offer that the fee is taken from: its leaf and that of its account are read and written, and with its
/// last use how many that account has made, and two lines beside the tree.
pub const GAS_SPONSOR: u64 = leaves_gas(5, 3);

/// What a signature costs by its kind, on a transaction of so many bytes. `benches/signatures.rs` holds it to what
/// verification takes. `None` above `u64`.
pub fn of_signature(authenticator: &Authenticator, size_bytes: u64) -> Option<u64> {
    let by_wallet = |own: u64| size_bytes.checked_mul(GAS_PER_BYTE_IN_WORDS)?.checked_add(own);
    match authenticator {
        Authenticator::Ed25519 { .. } => Some(GAS_PER_ED25519),
        Authenticator::Secp256k1 { .. } => Some(GAS_PER_SECP256K1),
        Authenticator::Eip712(_) => by_wallet(GAS_PER_EIP712),
        Authenticator::Eip191(_) => by_wallet(GAS_PER_EIP191),
    }
}

/// What a transaction of this size with these messages is charged for; `None` above `u64`.
pub fn of_tx(tx: &Tx, size_bytes: usize, calls: &[Call]) -> Option<u64> {
    let size = u64::try_from(size_bytes).ok()?;
    let bytes = size.checked_mul(GAS_PER_BYTE)?;
    let sum = |sum: u64, one| sum.checked_add(of_signature(one, size)?);
    let signatures = tx.signatures.iter().try_fold(0, sum)?;
    let replay = match &tx.body.replay {
        Replay::Sequence(_) => 0,
        Replay::Unordered | Replay::Nullifiers(_) => GAS_UNORDERED,
    };
    let payer = match &tx.body.fee_source {
        FeeSource::Sender => 0,
        FeeSource::Account(_) => GAS_FEE_PAYER,
        FeeSource::Sponsor(_) => GAS_SPONSOR,
    };
    let start =
        GAS_BASE.checked_add(bytes)?.checked_add(signatures)?.checked_add(replay)?.checked_add(payer)?;
    calls.iter().try_fold(start, |sum, call| sum.checked_add(call.gas()?))
}

/// What so much gas costs: at the chain's price and the tip, never above the sender's limit. `None` above every
/// balance.
pub fn fee(gas: u64, fee: &Fee, gas_price_min: u64) -> Option<Amount> {
    let price = gas_price_min.saturating_add(fee.tip).min(fee.gas_price_max);
    gas.checked_mul(price).and_then(Amount::new)
}
