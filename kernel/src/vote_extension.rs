//! What a validator signs when it adds bytes to its vote, as CometBFT writes and verifies it.
//!
//! The engine verifies these signatures when votes arrive. Whoever reads extensions out of a block that another made
//! verifies them again: a proposer can put any bytes there.

use ed25519_zebra::{Signature, VerificationKey};

use crate::block::{ExtendedVote, consensus_address};

/// Tags of the fields of CometBFT's `CanonicalVoteExtension`.
const EXTENSION: u8 = 0x0a;
const HEIGHT: u8 = 0x11;
const ROUND: u8 = 0x19;
const CHAIN_ID: u8 = 0x22;

/// The vote that an extension belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct VotePoint<'a> {
    /// The chain's name.
    pub chain_id: &'a str,
    /// Height of the block that was voted for.
    pub height: u64,
    /// Round of the vote.
    pub round: u32,
}

/// The bytes that the consensus key signs: a `CanonicalVoteExtension` in protobuf, with its length in front. Fields
/// that are zero or empty are left out, as protobuf demands.
pub fn sign_bytes(extension: &[u8], at: VotePoint<'_>) -> Vec<u8> {
    let mut message = Vec::new();
    put_bytes(&mut message, EXTENSION, extension);
    put_fixed(&mut message, HEIGHT, at.height);
    put_fixed(&mut message, ROUND, u64::from(at.round));
    put_bytes(&mut message, CHAIN_ID, at.chain_id.as_bytes());
    let mut signed = Vec::new();
    put_length(&mut signed, message.len());
    signed.extend_from_slice(&message);
    signed
}

impl ExtendedVote {
    /// Whether the validator with this consensus key signed the extension with its vote at this point. By ZIP-215, as
    /// the engine does: no signature is good here and bad there.
    pub fn verify(&self, key: &[u8; 32], at: VotePoint<'_>) -> bool {
        let Ok(signature) = Signature::try_from(self.signature.as_slice()) else { return false };
        let Ok(verifier) = VerificationKey::try_from(*key) else { return false };
        self.signed
            && self.validator == consensus_address(key)
            && verifier.verify(&signature, &sign_bytes(&self.extension, at)).is_ok()
    }
}

fn put_bytes(message: &mut Vec<u8>, tag: u8, bytes: &[u8]) {
    if !bytes.is_empty() {
        message.push(tag);
        put_length(message, bytes.len());
        message.extend_from_slice(bytes);
    }
}

fn put_fixed(message: &mut Vec<u8>, tag: u8, number: u64) {
    if number != 0 {
        message.push(tag);
        message.extend_from_slice(&number.to_le_bytes());
    }
}

/// A length in protobuf's base 128, low digits first.
fn put_length(message: &mut Vec<u8>, length: usize) {
    let mut rest = length;
    while rest > 0x7f {
        let [low, ..] = rest.to_le_bytes();
        message.push(low | 0x80);
        rest >>= 7;
    }
    let [low, ..] = rest.to_le_bytes();
    message.push(low);
}

#[cfg(test)]
mod tests {
    use ed25519_zebra::SigningKey;

    use super::*;

    const AT: VotePoint<'static> = VotePoint { chain_id: "chortle-1", height: 7, round: 2 };

    fn extended(key: &SigningKey, extension: &[u8]) -> ExtendedVote {
        ExtendedVote {
            validator: consensus_address(&key.verification_key().into()),
            power: 10,
            signed: true,
            extension: extension.to_vec(),
            signature: key.sign(&sign_bytes(extension, AT)).to_bytes().to_vec(),
        }
    }

    #[test]
    fn the_signed_bytes_are_the_fields_in_order_with_their_length() {
        let at = VotePoint { chain_id: "test_chain_id", height: 1, round: 1 };
        let expected =
            b"\x2c\x0a\x09extension\x11\x01\0\0\0\0\0\0\0\x19\x01\0\0\0\0\0\0\0\x22\x0dtest_chain_id";
        assert_eq!(sign_bytes(b"extension", at), expected);
        let empty = sign_bytes(b"", VotePoint { round: 0, ..at });
        assert_eq!(empty, b"\x18\x11\x01\0\0\0\0\0\0\0\x22\x0dtest_chain_id", "what is zero is left out");
    }

    #[test]
    fn a_signature_binds_extension_height_round_chain_and_validator() {
        let key = SigningKey::from([7; 32]);
        let public: [u8; 32] = key.verification_key().into();
        for extension in [b"".as_slice(), b"price", &[9; 300]] {
            let vote = extended(&key, extension);
            assert!(vote.verify(&public, AT));
            for other in [
                VotePoint { height: 8, ..AT },
                VotePoint { round: 0, ..AT },
                VotePoint { chain_id: "chortle-2", ..AT },
            ] {
                assert!(!vote.verify(&public, other), "{other:?}");
            }
            let stranger: [u8; 32] = SigningKey::from([8; 32]).verification_key().into();
            assert!(!vote.verify(&stranger, AT));
            assert!(!ExtendedVote { validator: [1; 20], ..vote.clone() }.verify(&public, AT));
            assert!(!ExtendedVote { extension: b"another".to_vec(), ..vote.clone() }.verify(&public, AT));
            assert!(!ExtendedVote { signature: vec![0; 63], ..vote.clone() }.verify(&public, AT));
            assert!(!ExtendedVote { signature: Vec::new(), ..vote.clone() }.verify(&public, AT));
            assert!(!ExtendedVote { signed: false, ..vote }.verify(&public, AT), "a vote for nothing");
        }
    }
}
