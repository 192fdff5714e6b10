//! Hashes, each under a domain so that bytes of one kind never pass for another.

use sha2::{Digest, Sha256};
use sha3::Keccak256;

/// A 32-byte hash.
pub type Hash = [u8; 32];

/// SHA-256 of the bytes.
pub fn sha256(bytes: &[u8]) -> Hash {
    Sha256::digest(bytes).into()
}

/// SHA-256 of `domain ‖ 0x00 ‖ bytes`.
pub fn tagged(domain: &str, bytes: &[u8]) -> Hash {
    Sha256::new().chain_update(domain.as_bytes()).chain_update([0]).chain_update(bytes).finalize().into()
}

/// Keccak-256 of the bytes, as Ethereum uses it.
pub fn keccak256(bytes: &[u8]) -> Hash {
    Keccak256::digest(bytes).into()
}
