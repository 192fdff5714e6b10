//! Hashes, each under a domain so that bytes of one kind never pass for another.

use ring::digest::{Context, SHA256, digest};
use sha3::{Digest, Keccak256};

/// A 32-byte hash.
pub type Hash = [u8; 32];

/// SHA-256 of the bytes.
pub fn sha256(bytes: &[u8]) -> Hash {
    sized(digest(&SHA256, bytes).as_ref())
}

/// SHA-256 of `domain ‖ 0x00 ‖ bytes`.
pub fn tagged(domain: &str, bytes: &[u8]) -> Hash {
    let mut hasher = Sha256::of(domain.as_bytes());
    hasher.update(&[0]);
    hasher.update(bytes);
    hasher.finish()
}

/// SHA-256 of bytes that come in parts.
#[derive(Clone)]
pub struct Sha256(Context);

impl Sha256 {
    /// Begins with these bytes.
    pub fn of(bytes: &[u8]) -> Self {
        let mut context = Context::new(&SHA256);
        context.update(bytes);
        Self(context)
    }

    /// Goes on with these bytes.
    pub fn update(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    /// The hash of all of them.
    pub fn finish(self) -> Hash {
        sized(self.0.finish().as_ref())
    }
}

fn sized(digest: &[u8]) -> Hash {
    let mut hash = [0; 32];
    hash.iter_mut().zip(digest).for_each(|(to, from)| *to = *from);
    hash
}

/// A hash as people read it: `0x` and lower case.
pub fn to_hex(hash: &Hash) -> String {
    format!("0x{}", hex::encode(hash))
}

/// Keccak-256 of the bytes, as Ethereum uses it.
pub fn keccak256(bytes: &[u8]) -> Hash {
    Keccak256::digest(bytes).into()
}
