//! Keys and signatures. Each kind has its tag, and signs the transaction in its own way: the keys of the chain sign a
//! digest of the body, wallets of Ethereum sign what they show.
//!
//! ed25519 follows ZIP-215, alone and in batch alike: the two verdicts never differ, or a transaction could fork the
//! chain. secp256k1 is ECDSA with low s; the account is the key's Ethereum address.

mod bisect;

use bisect::bisect;
use borsh::{BorshDeserialize, BorshSerialize};
use chacha20::{ChaCha20Rng, rand_core::SeedableRng};
use ed25519_zebra::{Signature, VerificationKey, VerificationKeyBytes, batch};
use secp256k1::{
    Message, PublicKey,
    ecdsa::{self, RecoverableSignature, RecoveryId},
};

use crate::{
    Address, AssetId, List, Text,
    amount::DECIMALS_MAX,
    hash::{Hash, Sha256},
};

/// Most assets whose units one wallet showed.
pub const UNITS_MAX: usize = 32;
/// Longest symbol of such an asset.
pub const UNIT_SYMBOL_BYTES_MAX: usize = 16;
/// Kinds that have a tag and no layout yet, with what they will be.
pub const RESERVED_TAGS: [(u8, &str); 2] = [(4, "a signature by passkey"), (5, "a signature by policy")];

/// How a wallet showed amounts of an asset. The text that was signed follows from the body and these alone; state says
/// whether they are true.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Unit {
    /// The asset. Not LOL, whose units are fixed.
    pub asset: AssetId,
    /// Its short name.
    pub symbol: Text<UNIT_SYMBOL_BYTES_MAX>,
    /// Digits after the point.
    pub decimals: u8,
}

/// The units of all assets that a wallet showed, by rising number.
pub type Units = List<Unit, UNITS_MAX>;

/// Whether units are written in the one way that is allowed: by rising number, without LOL, decimals in bounds.
pub fn units_are_canonical(units: &[Unit]) -> bool {
    let rising = units.iter().zip(units.iter().skip(1)).all(|(a, b)| a.asset < b.asset);
    rising && units.iter().all(|unit| unit.asset != AssetId::NATIVE && unit.decimals <= DECIMALS_MAX)
}

/// A signature of a wallet of Ethereum: the account comes out of it.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct WalletSignature {
    /// r and s, with low s.
    pub signature: [u8; 64],
    /// 0 or 1: which of the two keys that fit. A wallet's v is this or 27 more.
    pub recovery: u8,
    /// The units that the wallet showed.
    pub units: Units,
}

impl WalletSignature {
    fn recover(&self, digest: &Hash) -> Option<Address> {
        let recovery = match self.recovery {
            0 => RecoveryId::Zero,
            1 => RecoveryId::One,
            _ => return None,
        };
        let parsed = RecoverableSignature::from_compact(&self.signature, recovery).ok()?;
        let mut low = parsed.to_standard();
        low.normalize_s();
        let is_low = low == parsed.to_standard();
        let public = parsed.recover(Message::from_digest(*digest)).ok().filter(|_| is_low)?;
        secp256k1_address(&public)
    }
}

/// A signature with what is needed to tell whose it is.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
#[borsh(use_discriminant = true)]
#[repr(u8)]
pub enum Authenticator {
    /// ed25519 over the 32-byte digest.
    Ed25519 {
        /// Verification key.
        key: [u8; 32],
        /// R and s.
        signature: [u8; 64],
    } = 0,
    /// ECDSA on secp256k1 over the 32-byte digest.
    Secp256k1 {
        /// Compressed public key.
        key: [u8; 33],
        /// r and s, with low s.
        signature: [u8; 64],
    } = 1,
    /// ECDSA on secp256k1 over the transaction as typed data of EIP-712.
    Eip712(WalletSignature) = 2,
    /// ECDSA on secp256k1 over the transaction's text, as a personal message of EIP-191.
    Eip191(WalletSignature) = 3,
}

/// An authenticator and the digest that it must have signed.
pub type Claim<'a> = (&'a Authenticator, Hash);

impl Authenticator {
    /// The account that signed `digest`, or `None` if the signature is wrong.
    pub fn verify(&self, digest: &Hash) -> Option<Address> {
        match self {
            Self::Ed25519 { key, signature } => {
                single_verify(&(key, signature, digest)).then(|| Address::of_ed25519(key))
            }
            Self::Secp256k1 { key, signature } => {
                let public = PublicKey::from_slice(key).ok()?;
                let parsed = ecdsa::Signature::from_compact(signature).ok()?;
                parsed.verify(Message::from_digest(*digest), &public).ok()?;
                secp256k1_address(&public)
            }
            Self::Eip712(wallet) | Self::Eip191(wallet) => wallet.recover(digest),
        }
    }

    /// What people call the kind.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Ed25519 { .. } => "ed25519",
            Self::Secp256k1 { .. } => "secp256k1",
            Self::Eip712(_) => "EIP-712",
            Self::Eip191(_) => "EIP-191",
        }
    }

    /// The account of the key that it names, whether that key signed or not. A wallet's signature names none.
    pub fn named(&self) -> Option<Address> {
        match self {
            Self::Ed25519 { key, .. } => Some(Address::of_ed25519(key)),
            Self::Secp256k1 { key, .. } => secp256k1_address(&PublicKey::from_slice(key).ok()?),
            Self::Eip712(_) | Self::Eip191(_) => None,
        }
    }

    /// The units that a wallet showed, if a wallet signed.
    pub fn units(&self) -> Option<&Units> {
        match self {
            Self::Eip712(wallet) | Self::Eip191(wallet) => Some(&wallet.units),
            Self::Ed25519 { .. } | Self::Secp256k1 { .. } => None,
        }
    }
}

/// What the kind under a tag will be, if it is reserved.
pub fn reserved(tag: u8) -> Option<&'static str> {
    RESERVED_TAGS.iter().find_map(|(reserved, what)| (*reserved == tag).then_some(*what))
}

fn secp256k1_address(public: &PublicKey) -> Option<Address> {
    let uncompressed = public.serialize_uncompressed();
    uncompressed.last_chunk().map(Address::of_secp256k1)
}

type Ed25519Claim<'a> = (&'a [u8; 32], &'a [u8; 64], &'a Hash);

/// The verdicts of [`Authenticator::verify`] on many claims, cheaper: ed25519 in batches, a batch that fails by halves.
pub fn verify_all(claims: &[Claim<'_>]) -> Vec<Option<Address>> {
    verify_counted(claims, &mut 0)
}

fn verify_counted(claims: &[Claim<'_>], batches: &mut usize) -> Vec<Option<Address>> {
    let edwards: Vec<Ed25519Claim<'_>> = claims
        .iter()
        .filter_map(|(authenticator, digest)| match authenticator {
            Authenticator::Ed25519 { key, signature } => Some((key, signature, digest)),
            _ => None,
        })
        .collect();
    let batch_holds = |span: &[Ed25519Claim<'_>]| {
        *batches = batches.saturating_add(1);
        batch_verify(span)
    };
    let mut verdicts = bisect(&edwards, batch_holds, single_verify).into_iter();
    claims
        .iter()
        .map(|(authenticator, digest)| match authenticator {
            Authenticator::Ed25519 { key, .. } => {
                // As many verdicts as claims of this kind.
                verdicts.next().unwrap_or(false).then(|| Address::of_ed25519(key))
            }
            _ => authenticator.verify(digest),
        })
        .collect()
}

fn single_verify((key, signature, digest): &Ed25519Claim<'_>) -> bool {
    let verifier = VerificationKey::try_from(**key);
    verifier.is_ok_and(|verifier| verifier.verify(&Signature::from_bytes(signature), *digest).is_ok())
}

fn batch_verify(claims: &[Ed25519Claim<'_>]) -> bool {
    let mut verifier = batch::Verifier::new();
    let mut transcript = Sha256::of(b"chortle/batch");
    for (key, signature, digest) in claims {
        transcript.update(key.as_slice());
        transcript.update(signature.as_slice());
        transcript.update(digest.as_slice());
        verifier.queue((VerificationKeyBytes::from(**key), Signature::from_bytes(signature), *digest));
    }
    // The batch's weights come from all that it verifies, so nobody can choose signatures to fit them, and every
    // node that sees this batch draws the same.
    verifier.verify(ChaCha20Rng::from_seed(transcript.finish())).is_ok()
}

#[cfg(test)]
mod tests {
    use ed25519_zebra::SigningKey;
    use secp256k1::SecretKey;

    use super::*;

    fn ed25519(seed: u8, digest: Hash) -> Authenticator {
        let key = SigningKey::from([seed; 32]);
        Authenticator::Ed25519 { key: key.verification_key().into(), signature: key.sign(&digest).to_bytes() }
    }

    fn secp256k1(seed: u8, digest: Hash) -> Authenticator {
        let secret = SecretKey::from_secret_bytes([seed; 32]).unwrap();
        let signature = ecdsa::sign(Message::from_digest(digest), &secret).serialize_compact();
        Authenticator::Secp256k1 { key: PublicKey::from_secret_key(&secret).serialize(), signature }
    }

    fn corrupt(authenticator: &Authenticator) -> Authenticator {
        let mut copy = authenticator.clone();
        match &mut copy {
            Authenticator::Ed25519 { signature, .. } | Authenticator::Secp256k1 { signature, .. } => {
                signature[40] ^= 1
            }
            _ => unreachable!(),
        }
        copy
    }

    #[test]
    fn a_secp256k1_account_is_the_ethereum_address() {
        // The well-known first key of Ethereum test suites: secret 1.
        let mut secret = [0; 32];
        secret[31] = 1;
        let public = PublicKey::from_secret_key(&SecretKey::from_secret_bytes(secret).unwrap());
        let address = secp256k1_address(&public).unwrap();
        assert_eq!(address.to_eip55(), "0x7E5F4552091A69125d5DfCb7b8C2659029395Bdf");
    }

    #[test]
    fn only_the_signed_digest_verifies() {
        for make in [ed25519 as fn(u8, Hash) -> Authenticator, secp256k1] {
            let authenticator = make(7, [1; 32]);
            assert!(authenticator.verify(&[1; 32]).is_some());
            assert_eq!(authenticator.verify(&[2; 32]), None);
            assert_eq!(corrupt(&authenticator).verify(&[1; 32]), None);
        }
    }

    fn wallet(seed: u8, digest: Hash) -> WalletSignature {
        let secret = SecretKey::from_secret_bytes([seed; 32]).unwrap();
        let made = RecoverableSignature::sign_ecdsa_recoverable(Message::from_digest(digest), &secret);
        let (recovery, signature) = made.serialize_compact();
        WalletSignature { signature, recovery: recovery.to_u8(), units: Units::default() }
    }

    #[test]
    fn a_wallet_signs_for_the_account_of_its_key() {
        let of_key = secp256k1(7, [1; 32]).verify(&[1; 32]);
        for kind in [Authenticator::Eip712, Authenticator::Eip191] {
            assert_eq!(kind(wallet(7, [1; 32])).verify(&[1; 32]), of_key);
            assert_ne!(kind(wallet(7, [1; 32])).verify(&[2; 32]), of_key);
            let flipped = WalletSignature { recovery: 1 - wallet(7, [1; 32]).recovery, ..wallet(7, [1; 32]) };
            assert_ne!(kind(flipped).verify(&[1; 32]), of_key);
            let beyond = WalletSignature { recovery: 27, ..wallet(7, [1; 32]) };
            assert_eq!(kind(beyond).verify(&[1; 32]), None);
        }
    }

    #[test]
    fn units_are_written_in_one_way() {
        let unit = |asset, decimals| Unit { asset: AssetId(asset), symbol: Text::default(), decimals };
        assert!(units_are_canonical(&[unit(1, 0), unit(2, DECIMALS_MAX)]));
        for wrong in [[unit(2, 0), unit(1, 0)], [unit(1, 0), unit(1, 0)], [unit(0, 9), unit(1, 0)]] {
            assert!(!units_are_canonical(&wrong));
        }
        assert!(!units_are_canonical(&[unit(1, DECIMALS_MAX + 1)]));
    }

    #[test]
    fn a_tag_is_in_use_or_reserved_and_never_both() {
        for tag in 0..=u8::MAX {
            let bytes = [vec![tag], vec![0; 200]].concat();
            let in_use = Authenticator::deserialize(&mut bytes.as_slice()).is_ok();
            assert_eq!((in_use, reserved(tag).is_some()), (tag < 4, tag == 4 || tag == 5), "{tag}");
        }
    }

    #[test]
    fn a_high_s_is_refused() {
        let Authenticator::Secp256k1 { key, mut signature } = secp256k1(9, [3; 32]) else { unreachable!() };
        let low = wallet(9, [3; 32]);
        assert_eq!(low.signature, signature);
        // n - s, computed by hand over the order of the curve.
        let order = hex::decode("fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141").unwrap();
        let mut borrow = 0i32;
        for i in (0..32).rev() {
            let difference = i32::from(order[i]) - i32::from(signature[32 + i]) - borrow;
            borrow = i32::from(difference < 0);
            signature[32 + i] = u8::try_from(difference + 256 * borrow).unwrap();
        }
        assert_eq!(Authenticator::Secp256k1 { key, signature }.verify(&[3; 32]), None);
        for recovery in [0, 1] {
            let high = WalletSignature { signature, recovery, ..low.clone() };
            assert_eq!(Authenticator::Eip191(high).verify(&[3; 32]), None);
        }
    }

    #[test]
    fn batch_and_single_give_the_same_verdicts() {
        let digests: Vec<Hash> = (0..40).map(|i| [i; 32]).collect();
        let patterns: [&[usize]; 7] =
            [&[], &[0], &[17], &[39], &[1, 2, 3, 38], &[4, 12, 20, 28, 36], &(0..40).collect::<Vec<_>>()];
        for bad in patterns {
            let authenticators: Vec<_> = digests
                .iter()
                .enumerate()
                .map(|(i, digest)| {
                    let seed = u8::try_from(i % 11 + 1).unwrap();
                    let good = if i % 5 == 0 { secp256k1(seed, *digest) } else { ed25519(seed, *digest) };
                    if bad.contains(&i) { corrupt(&good) } else { good }
                })
                .collect();
            let claims: Vec<Claim<'_>> = authenticators.iter().zip(digests.iter().copied()).collect();
            let singles: Vec<_> =
                claims.iter().map(|(authenticator, digest)| authenticator.verify(digest)).collect();
            assert_eq!(verify_all(&claims), singles);
            assert_eq!(singles.iter().filter(|verdict| verdict.is_none()).count(), bad.len());
        }
    }

    #[test]
    fn one_bad_signature_does_not_send_its_batch_to_single_ones() {
        let digests: Vec<Hash> = (0..128).map(|i| [i; 32]).collect();
        for bad in [0, 63, 64, 100, 127] {
            let signed = digests.iter().enumerate().map(|(i, digest)| match ed25519(7, *digest) {
                good if i == bad => corrupt(&good),
                good => good,
            });
            let authenticators: Vec<_> = signed.collect();
            let claims: Vec<Claim<'_>> = authenticators.iter().zip(digests.iter().copied()).collect();
            let mut batches = 0;
            let verdicts = verify_counted(&claims, &mut batches);
            assert!(verdicts.iter().enumerate().all(|(i, signer)| signer.is_some() == (i != bad)));
            assert!((6..=14).contains(&batches), "{batches} batches for one bad of 128");
        }
    }

    /// Keys and R of small order split libraries that verify without the cofactor in one mode and with it in the
    /// other. ZIP-215 accepts all of these, alone and in batch.
    #[test]
    fn small_order_points_do_not_split_batch_and_single() {
        let torsion = [
            "0100000000000000000000000000000000000000000000000000000000000000",
            "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
            "0000000000000000000000000000000000000000000000000000000000000080",
            "0000000000000000000000000000000000000000000000000000000000000000",
            "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
            "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
            "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
            "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
        ];
        let points: Vec<[u8; 32]> =
            torsion.iter().map(|text| hex::decode(text).unwrap().try_into().unwrap()).collect();
        let crafted: Vec<_> = points
            .iter()
            .flat_map(|key| {
                points.iter().map(|r| {
                    let mut signature = [0; 64];
                    signature[..32].copy_from_slice(r);
                    Authenticator::Ed25519 { key: *key, signature }
                })
            })
            .collect();
        let claims: Vec<Claim<'_>> = crafted.iter().map(|authenticator| (authenticator, [9; 32])).collect();
        let singles: Vec<_> =
            claims.iter().map(|(authenticator, digest)| authenticator.verify(digest)).collect();
        assert!(singles.iter().all(Option::is_some));
        assert_eq!(verify_all(&claims), singles);
        assert!(claims.chunks(4).all(|chunk| verify_all(chunk).iter().all(Option::is_some)));
    }
}
