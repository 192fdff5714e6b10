//! From words to keys: BIP-39 seeds, then SLIP-0010, which for secp256k1 is BIP-32.

use std::{fmt, str::FromStr};

use chortle_kernel::Address;
use ring::hmac;
use secp256k1::{PublicKey, Scalar, SecretKey};
use zeroize::{Zeroize, Zeroizing};

use super::kind::KeyKind;

/// Children from here on are hardened.
const HARDENED: u32 = 1 << 31;
/// Deepest path: BIP-44 has five steps; more than this is a mistake.
const STEPS_MAX: usize = 16;

/// A path such as `m/44'/60'/0'/0/0`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HdPath(Vec<u32>);

impl HdPath {
    /// Where the `index`-th key of a kind is: coin type 60, so that Ethereum wallets find the same accounts.
    /// ed25519 can derive only hardened children.
    pub fn standard(kind: KeyKind, index: u32) -> Self {
        let (change, index) = match kind {
            KeyKind::Secp256k1 => (0, index & !HARDENED),
            KeyKind::Ed25519 => (HARDENED, index | HARDENED),
        };
        Self(vec![44 | HARDENED, 60 | HARDENED, HARDENED, change, index])
    }
}

impl fmt::Display for HdPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("m")?;
        self.0.iter().try_for_each(|step| {
            let mark = if step & HARDENED == 0 { "" } else { "'" };
            write!(f, "/{}{mark}", step & !HARDENED)
        })
    }
}

impl FromStr for HdPath {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || format!("'{text}' is not a path such as m/44'/60'/0'/0/0");
        let mut parts = text.split('/');
        if parts.next() != Some("m") {
            return Err(wrong());
        }
        let steps = parts
            .map(|part| {
                let digits = part.strip_suffix(['\'', 'h']).unwrap_or(part);
                let hardened = if digits.len() < part.len() { HARDENED } else { 0 };
                let plain = digits.bytes().all(|byte| byte.is_ascii_digit());
                let step = digits.parse().ok().filter(|step: &u32| plain && *step < HARDENED)?;
                Some(step | hardened)
            })
            .collect::<Option<Vec<u32>>>()
            .ok_or_else(wrong)?;
        if steps.len() > STEPS_MAX {
            return Err(format!("'{text}' has {} steps; at most {STEPS_MAX}", steps.len()));
        }
        Ok(Self(steps))
    }
}

/// Half a derived node is the key, half the chain code that its children need.
struct Node {
    key: Zeroizing<[u8; 32]>,
    chain_code: Zeroizing<[u8; 32]>,
}

impl Node {
    fn split(mut whole: [u8; 64]) -> Self {
        let mut node = Self { key: Zeroizing::default(), chain_code: Zeroizing::default() };
        node.key.copy_from_slice(&whole[..32]);
        node.chain_code.copy_from_slice(&whole[32..]);
        whole.zeroize();
        node
    }

    fn master(kind: KeyKind, seed: &[u8]) -> Self {
        let domain: &[u8] = match kind {
            KeyKind::Secp256k1 => b"Bitcoin seed",
            KeyKind::Ed25519 => b"ed25519 seed",
        };
        Self::split(hmac_sha512(domain, &[seed]))
    }

    fn child(&self, kind: KeyKind, step: u32) -> Result<Self, String> {
        let number = step.to_be_bytes();
        if kind == KeyKind::Ed25519 {
            if step & HARDENED == 0 {
                return Err("ed25519 derives hardened children only: write every step with '".to_owned());
            }
            return Ok(Self::split(hmac_sha512(&*self.chain_code, &[&[0], &*self.key, &number])));
        }
        let parent = SecretKey::from_secret_bytes(*self.key).map_err(|_| unlucky())?;
        let whole = if step & HARDENED == 0 {
            let public = PublicKey::from_secret_key(&parent).serialize();
            hmac_sha512(&*self.chain_code, &[&public, &number])
        } else {
            hmac_sha512(&*self.chain_code, &[&[0], &*self.key, &number])
        };
        let mut node = Self::split(whole);
        let tweak = Scalar::from_be_bytes(*node.key).map_err(|_| unlucky())?;
        let mut child = parent.add_tweak(&tweak).map_err(|_| unlucky())?;
        *node.key = child.to_secret_bytes();
        child.non_secure_erase();
        Ok(node)
    }
}

fn unlucky() -> String {
    "this path gives no valid key (a chance of one in 2^127): take the next index".to_owned()
}

fn hmac_sha512(key: &[u8], parts: &[&[u8]]) -> [u8; 64] {
    let mut mac = hmac::Context::with_key(&hmac::Key::new(hmac::HMAC_SHA512, key));
    parts.iter().for_each(|part| mac.update(part));
    mac.sign().as_ref().try_into().expect("SHA-512 has 64 bytes")
}

/// The secret key at a path below a seed.
pub fn derive(kind: KeyKind, seed: &[u8], path: &HdPath) -> Result<Zeroizing<[u8; 32]>, String> {
    let start = Node::master(kind, seed);
    let node = path.0.iter().try_fold(start, |node, step| node.child(kind, *step))?;
    Ok(node.key)
}

/// The account of an uncompressed secp256k1 public key.
pub(super) fn secp256k1_address(public: &PublicKey) -> Address {
    let uncompressed = public.serialize_uncompressed();
    let coordinates = uncompressed.last_chunk().expect("65 bytes end in 64");
    Address::of_secp256k1(coordinates)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(kind: KeyKind, seed: &str, path: &str) -> String {
        hex::encode(*derive(kind, &hex::decode(seed).unwrap(), &path.parse().unwrap()).unwrap())
    }

    /// BIP-32 test vectors 1 and 2, as private keys.
    #[test]
    fn bip32_vectors_hold() {
        let one = "000102030405060708090a0b0c0d0e0f";
        let two = "fffcf9f6f3f0edeae7e4e1dedbd8d5d2cfccc9c6c3c0bdbab7b4b1aeaba8a5a2\
                   9f9c999693908d8a8784817e7b7875726f6c696663605d5a5754514e4b484542";
        for (seed, path, expected) in [
            (one, "m", "e8f32e723decf4051aefac8e2c93c9c5b214313817cdb01a1494b917c8436b35"),
            (one, "m/0'", "edb2e14f9ee77d26dd93b4ecede8d16ed408ce149b6cd80b0715a2d911a0afea"),
            (one, "m/0'/1", "3c6cb8d0f6a264c91ea8b5030fadaa8e538b020f0a387421a12de9319dc93368"),
            (one, "m/0'/1/2'", "cbce0d719ecf7431d88e6a89fa1483e02e35092af60c042b1df2ff59fa424dca"),
            (two, "m", "4b03d6fc340455b363f51020ad3ecca4f0850280cf436c70c727923f6db46c3e"),
            (two, "m/0", "abe74a98f6c7eabee0428f53798f0ab8aa1bd37873999041703c742f15ac7e1e"),
        ] {
            assert_eq!(key(KeyKind::Secp256k1, seed, path), expected, "{path}");
        }
    }

    /// SLIP-0010 test vector 1 for ed25519.
    #[test]
    fn slip10_ed25519_vectors_hold() {
        let seed = "000102030405060708090a0b0c0d0e0f";
        for (path, expected) in [
            ("m", "2b4be7f19ee27bbf30c667b642d5f4aa69fd169872f8fc3059c08ebae2eb19e7"),
            ("m/0'", "68e0fe46dfb67e368c75379acec591dad19df3cde26e63b93a8e704f1dade7a3"),
            ("m/0'/1'", "b1d0bad404bf35da785a64ca1ac54b2617211d2777696fbffaf208f746ae84f2"),
            ("m/0'/1'/2'", "92a5b23c0b8a99e37d07df3fb9966917f5d06e02ddbd909c7e184371463e9fc9"),
        ] {
            assert_eq!(key(KeyKind::Ed25519, seed, path), expected, "{path}");
        }
    }

    #[test]
    fn paths_are_exact_or_refused() {
        for path in ["m", "m/44'/60'/0'/0/0", "m/0'/2147483647'"] {
            assert_eq!(path.parse::<HdPath>().unwrap().to_string(), path);
        }
        assert_eq!("m/44h/0".parse::<HdPath>().unwrap().to_string(), "m/44'/0");
        let long = format!("m{}", "/0".repeat(17));
        for path in ["", "44'/60'", "m/", "m/x", "m/2147483648", "m/-1", "m/+1", "m//0", "m/0''", &long] {
            assert!(path.parse::<HdPath>().is_err(), "{path}");
        }
        assert!(derive(KeyKind::Ed25519, &[0; 64], &"m/0".parse().unwrap()).is_err());
    }
}
