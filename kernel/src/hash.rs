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

/// Keccak-256 of the bytes, as Ethereum uses it.
pub fn keccak256(bytes: &[u8]) -> Hash {
    Keccak256::digest(bytes).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The examples of FIPS 180-4: nothing, one block, two blocks.
    #[test]
    fn digests_are_those_of_the_standard() {
        for (bytes, digest) in [
            ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
            ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
            (
                "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
                "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1",
            ),
        ] {
            assert_eq!(hex::encode(sha256(bytes.as_bytes())), digest);
        }
    }

    #[test]
    fn parts_give_the_digest_of_the_whole() {
        let mut parts = Sha256::of(b"chortle/tx");
        parts.update(&[0]);
        parts.update(b"body");
        assert_eq!(parts.finish(), sha256(b"chortle/tx\0body"));
        assert_eq!(tagged("chortle/tx", b"body"), sha256(b"chortle/tx\0body"));
    }
}
