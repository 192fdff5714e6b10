//! Secrets: they are wiped when dropped, and nothing here prints them.

use bip39::{Language, Mnemonic};
use chortle_kernel::{Address, hash::Hash, signature::Authenticator};
use ed25519_dalek::{
    Sha512, Signer,
    hazmat::{ExpandedSecretKey, raw_sign},
};
use rand::{TryRngCore, rngs::OsRng};
use secp256k1::{Message, PublicKey, SecretKey};
use zeroize::{Zeroize, Zeroizing};

use super::derive::{self, HdPath};
use super::kind::KeyKind;
use crate::{Code, Error, Result};

/// A private key. Wiped when dropped; it has no `Debug` and no `Clone`.
pub struct Secret {
    kind: KeyKind,
    bytes: Zeroizing<[u8; 32]>,
}

impl Secret {
    /// A secret of 32 bytes, unless the curve has no such key.
    pub fn parse(kind: KeyKind, bytes: &[u8]) -> Result<Self> {
        let wrong = |why: &str| Error::usage(format!("not a private key of {}: {why}", kind.name()));
        let bytes = <[u8; 32]>::try_from(bytes)
            .map(Zeroizing::new)
            .map_err(|_| wrong(&format!("{} bytes where 32 are needed", bytes.len())))?;
        if kind == KeyKind::Secp256k1 {
            let mut key = SecretKey::from_secret_bytes(*bytes)
                .map_err(|_| wrong("zero, or not below the order of the curve"))?;
            key.non_secure_erase();
        }
        Ok(Self { kind, bytes })
    }

    /// What it signs with.
    pub fn kind(&self) -> KeyKind {
        self.kind
    }

    /// The bytes, for a key store or an export.
    pub fn bytes(&self) -> &[u8; 32] {
        &self.bytes
    }

    /// The public key: 33 bytes compressed, or 32 for ed25519.
    pub fn public_key(&self) -> Vec<u8> {
        match self.kind {
            KeyKind::Secp256k1 => {
                self.with_secp256k1(|key| PublicKey::from_secret_key(key).serialize().to_vec())
            }
            KeyKind::Ed25519 => self.dalek().verifying_key().to_bytes().to_vec(),
        }
    }

    /// The account it signs for.
    pub fn address(&self) -> Address {
        match self.kind {
            KeyKind::Secp256k1 => {
                self.with_secp256k1(|key| derive::secp256k1_address(&PublicKey::from_secret_key(key)))
            }
            KeyKind::Ed25519 => Address::of_ed25519(&self.dalek().verifying_key().to_bytes()),
        }
    }

    /// Signs a digest.
    pub fn sign(&self, digest: &Hash) -> Authenticator {
        match self.kind {
            KeyKind::Secp256k1 => self.with_secp256k1(|key| Authenticator::Secp256k1 {
                key: PublicKey::from_secret_key(key).serialize(),
                signature: secp256k1::ecdsa::sign(Message::from_digest(*digest), key).serialize_compact(),
            }),
            KeyKind::Ed25519 => {
                let key = self.dalek();
                Authenticator::Ed25519 {
                    key: key.verifying_key().to_bytes(),
                    signature: key.sign(digest).to_bytes(),
                }
            }
        }
    }

    /// Signs a digest as nobody did before: two orders for the same thing with the same number are two
    /// transactions, so a node that has one of them never takes it for the other.
    pub fn sign_once(&self, digest: &Hash) -> Result<Authenticator> {
        let fresh = random::<32>()?;
        Ok(match self.kind {
            KeyKind::Secp256k1 => self.with_secp256k1(|key| Authenticator::Secp256k1 {
                key: PublicKey::from_secret_key(key).serialize(),
                signature: secp256k1::ecdsa::sign_with_noncedata(Message::from_digest(*digest), key, &fresh)
                    .serialize_compact(),
            }),
            KeyKind::Ed25519 => {
                let key = self.dalek();
                let mut expanded = ExpandedSecretKey::from(key.as_bytes());
                // The prefix is hashed with the message into the signature's nonce: a fresh one is as secret.
                expanded.hash_prefix = *fresh;
                let signature = raw_sign::<Sha512>(&expanded, digest, &key.verifying_key());
                Authenticator::Ed25519 {
                    key: key.verifying_key().to_bytes(),
                    signature: signature.to_bytes(),
                }
            }
        })
    }

    fn with_secp256k1<T>(&self, use_key: impl FnOnce(&SecretKey) -> T) -> T {
        let mut key = SecretKey::from_secret_bytes(*self.bytes).expect("parse refused every other value");
        let result = use_key(&key);
        key.non_secure_erase();
        result
    }

    fn dalek(&self) -> ed25519_dalek::SigningKey {
        ed25519_dalek::SigningKey::from_bytes(&self.bytes)
    }
}

/// The words that a wallet is restored from. Wiped when dropped.
pub struct Words(Mnemonic);

impl Words {
    /// 24 fresh words.
    pub fn generate() -> Result<Self> {
        Self::from_entropy(&*random::<32>()?)
    }

    /// The words of stored entropy.
    pub fn from_entropy(entropy: &[u8]) -> Result<Self> {
        Mnemonic::from_entropy(entropy).map(Self).map_err(|error| {
            Error::config(Code::CorruptKey, format!("the stored words are corrupt: {error}"))
        })
    }

    /// Reads 12 to 24 English words; the error names the word that is wrong.
    pub fn parse(text: &str) -> Result<Self> {
        let mut lower = Zeroizing::new(text.trim().to_ascii_lowercase());
        let parsed = Mnemonic::parse_in(Language::English, lower.as_str());
        lower.zeroize();
        parsed.map(Self).map_err(|error| match error {
            bip39::Error::UnknownWord(index) => {
                Error::usage(format!("word {} is not in the English list", index + 1))
                    .hint("check its spelling against the BIP-39 list")
            }
            bip39::Error::BadWordCount(count) => {
                Error::usage(format!("{count} words; 12, 15, 18, 21 or 24 are needed"))
            }
            bip39::Error::InvalidChecksum => Error::usage("the words fail their checksum")
                .hint("one of them is another word, or two changed places"),
            other => Error::usage(format!("these are not the words of a wallet: {other}")),
        })
    }

    /// The words, for an export.
    pub fn phrase(&self) -> Zeroizing<String> {
        Zeroizing::new(self.0.to_string())
    }

    /// What a key store keeps of them.
    pub fn entropy(&self) -> Zeroizing<Vec<u8>> {
        Zeroizing::new(self.0.to_entropy())
    }

    /// The key at a path.
    pub fn derive(&self, kind: KeyKind, path: &HdPath, passphrase: &str) -> Result<Secret> {
        let seed = Zeroizing::new(self.0.to_seed(passphrase));
        let bytes = derive::derive(kind, &*seed, path).map_err(Error::usage)?;
        Secret::parse(kind, &*bytes)
    }
}

/// Bytes from the operating system's generator.
pub(super) fn random<const N: usize>() -> Result<Zeroizing<[u8; N]>> {
    let mut bytes = Zeroizing::new([0; N]);
    OsRng.try_fill_bytes(&mut *bytes).map_err(|error| {
        Error::unexpected(Code::NoRandomness, format!("the operating system gives no random bytes: {error}"))
    })?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What every Ethereum test suite derives from.
    const TEST_WORDS: &str = "test test test test test test test test test test test junk";

    #[test]
    fn the_ethereum_test_words_give_their_well_known_addresses() {
        let words = Words::parse(TEST_WORDS).unwrap();
        for (index, expected) in [
            (0, "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266"),
            (1, "0x70997970C51812dc3A010C7d01b50e0d17dc79C8"),
            (2, "0x3C44CdDdB6a900fa2b585dd299e03d12FA4293BC"),
            (9, "0xa0Ee7A142d267C1f36714E4a8F75612F20a79720"),
        ] {
            let path = HdPath::standard(KeyKind::Secp256k1, index);
            let secret = words.derive(KeyKind::Secp256k1, &path, "").unwrap();
            assert_eq!(secret.address().to_eip55(), expected);
        }
    }

    /// BIP-39's published vectors: entropy, words, and the seed under the passphrase TREZOR.
    #[test]
    fn bip39_vectors_hold() {
        let table = [
            (
                "00000000000000000000000000000000",
                "abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon about",
                "c55257c360c07c72029aebc1b53c05ed0362ada38ead3e3e9efa3708e53495531f09a6987599d18264c1e1c92f2cf141630c7a3c4ab7c81b2f001698e7463b04",
            ),
            (
                "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
                "zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo vote",
                "dd48c104698c30cfe2b6142103248622fb7bb0ff692eebb00089b32d22484e1613912f0a5b694407be899ffd31ed3992c456cdf60f5d4564b8ba3f05a69890ad",
            ),
        ];
        for (entropy, phrase, seed) in table {
            let words = Words::parse(phrase).unwrap();
            assert_eq!(hex::encode(&*words.entropy()), entropy);
            assert_eq!(hex::encode(words.0.to_seed("TREZOR")), seed);
            let again = Words::from_entropy(&hex::decode(entropy).unwrap()).unwrap();
            assert_eq!(again.phrase().as_str(), phrase);
        }
    }

    #[test]
    fn a_wrong_word_is_named() {
        let unknown = Words::parse(&TEST_WORDS.replace("junk", "jnuk")).err().unwrap();
        assert!(unknown.sentence.contains("word 12"), "{unknown}");
        let checksum = Words::parse(&TEST_WORDS.replace("junk", "test")).err().unwrap();
        assert!(checksum.sentence.contains("checksum"), "{checksum}");
        let count = Words::parse("test test").err().unwrap();
        assert!(count.sentence.starts_with("2 words"), "{count}");
    }

    #[test]
    fn fresh_words_are_24_and_differ() {
        let (one, two) = (Words::generate().unwrap(), Words::generate().unwrap());
        assert_eq!(one.phrase().split(' ').count(), 24);
        assert_ne!(*one.phrase(), *two.phrase());
    }

    #[test]
    fn each_kind_signs_for_its_own_address() {
        for kind in [KeyKind::Secp256k1, KeyKind::Ed25519] {
            let secret = Secret::parse(kind, &[7; 32]).unwrap();
            let signature = secret.sign(&[9; 32]);
            assert_eq!(signature.verify(&[9; 32]), Some(secret.address()));
            assert_eq!(signature.verify(&[8; 32]), None);
        }
    }

    #[test]
    fn signing_once_never_gives_the_same_signature_again() {
        for kind in [KeyKind::Secp256k1, KeyKind::Ed25519] {
            let secret = Secret::parse(kind, &[7; 32]).unwrap();
            let (one, two) = (secret.sign_once(&[9; 32]).unwrap(), secret.sign_once(&[9; 32]).unwrap());
            assert_ne!(one, two);
            assert_eq!(one.verify(&[9; 32]), Some(secret.address()));
            assert_eq!(two.verify(&[9; 32]), Some(secret.address()));
        }
    }

    #[test]
    fn a_key_outside_the_curve_is_refused() {
        assert!(Secret::parse(KeyKind::Secp256k1, &[0; 32]).is_err());
        assert!(Secret::parse(KeyKind::Secp256k1, &[255; 32]).is_err());
        assert!(Secret::parse(KeyKind::Secp256k1, &[1; 31]).is_err());
        assert!(Secret::parse(KeyKind::Ed25519, &[0; 32]).is_ok());
    }
}
