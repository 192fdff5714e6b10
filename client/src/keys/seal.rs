//! Encryption of a secret under a password: argon2id, then XChaCha20-Poly1305.

use argon2::{Algorithm, Argon2, Params, Version};
use chacha20poly1305::{
    XChaCha20Poly1305, XNonce,
    aead::{Aead, KeyInit, Payload},
};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::secret::random;
use crate::{Code, Error, Result};

/// RFC 9106's second recommendation: 64 MiB, three passes, four lanes.
const COST: Cost = Cost { memory_kib: 65_536, passes: 3, lanes: 4 };
/// A file that asks for more was made to exhaust this machine.
const COST_MAX: Cost = Cost { memory_kib: 1_048_576, passes: 16, lanes: 16 };

/// What one guess at a password costs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Cost {
    memory_kib: u32,
    passes: u32,
    lanes: u32,
}

/// A sealed secret, as a key file holds it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sealed {
    kdf: String,
    cost: Cost,
    salt: String,
    cipher: String,
    nonce: String,
    ciphertext: String,
}

const KDF: &str = "argon2id";
const CIPHER: &str = "xchacha20poly1305";

impl Sealed {
    /// Seals bytes; `context` stands in clear beside them, and cannot be changed without the password.
    pub fn seal(secret: &[u8], password: &str, context: &[u8]) -> Result<Self> {
        let (salt, nonce) = (random::<16>()?, random::<24>()?);
        let cipher = cipher(password, &*salt, COST)?;
        let payload = Payload { msg: secret, aad: context };
        let ciphertext = cipher
            .encrypt(&XNonce::from(*nonce), payload)
            .map_err(|_| Error::unexpected(Code::EncryptionFailed, "the key could not be encrypted"))?;
        Ok(Self {
            kdf: KDF.to_owned(),
            cost: COST,
            salt: hex::encode(*salt),
            cipher: CIPHER.to_owned(),
            nonce: hex::encode(*nonce),
            ciphertext: hex::encode(ciphertext),
        })
    }

    /// Opens it. A wrong password and a changed file look alike: neither can be told from the other.
    pub fn open(&self, password: &str, context: &[u8]) -> Result<Zeroizing<Vec<u8>>> {
        let corrupt =
            |what: &str| Error::config(Code::CorruptKey, format!("the key file is corrupt: {what}"));
        if self.kdf != KDF || self.cipher != CIPHER {
            return Err(corrupt(&format!("{} and {} are not known here", self.kdf, self.cipher))
                .hint("a newer chortle may have written it: upgrade"));
        }
        let Cost { memory_kib, passes, lanes } = self.cost;
        if memory_kib > COST_MAX.memory_kib || passes > COST_MAX.passes || lanes > COST_MAX.lanes {
            return Err(corrupt("its cost is absurd"));
        }
        let salt = hex::decode(&self.salt).map_err(|_| corrupt("the salt is not hexadecimal"))?;
        let nonce = hex::decode(&self.nonce)
            .ok()
            .and_then(|bytes| <[u8; 24]>::try_from(bytes).ok())
            .ok_or_else(|| corrupt("the nonce is not 24 bytes"))?;
        let bytes =
            hex::decode(&self.ciphertext).map_err(|_| corrupt("the ciphertext is not hexadecimal"))?;
        let cipher = cipher(password, &salt, self.cost)?;
        cipher
            .decrypt(&XNonce::from(nonce), Payload { msg: &bytes, aad: context })
            .map(Zeroizing::new)
            .map_err(|_| {
                Error::config(Code::WrongPassword, "wrong password, or the key file was changed")
                    .hint("try again; a lost password cannot be recovered, but the 24 words restore the key")
            })
    }
}

fn cipher(password: &str, salt: &[u8], cost: Cost) -> Result<XChaCha20Poly1305> {
    let refused = |error: argon2::Error| {
        Error::config(Code::CorruptKey, format!("the key file's cost is refused: {error}"))
    };
    let mut key = Zeroizing::new([0; 32]);
    let params = Params::new(cost.memory_kib, cost.passes, cost.lanes, Some(32)).map_err(refused)?;
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
        .hash_password_into(password.as_bytes(), salt, &mut *key)
        .map_err(refused)?;
    Ok(XChaCha20Poly1305::new((&*key).into()))
}
