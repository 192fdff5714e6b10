//! CometBFT's key files: ed25519 keys in its own JSON form. An existing key is never overwritten.

use std::fs;
use std::io;
use std::path::Path;

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use ed25519_dalek::SigningKey;
use serde::{Deserialize, Serialize};

use crate::driver::consensus_address;
use crate::durable;

const PUBLIC_TYPE: &str = "tendermint/PubKeyEd25519";
const PRIVATE_TYPE: &str = "tendermint/PrivKeyEd25519";

/// A key as CometBFT's JSON shows it. No `Debug`: it may be secret.
#[derive(Serialize, Deserialize)]
struct TypedKey {
    #[serde(rename = "type")]
    kind: String,
    value: String,
}

#[derive(Serialize, Deserialize)]
struct ValidatorKeyFile {
    address: String,
    pub_key: TypedKey,
    priv_key: TypedKey,
}

impl ValidatorKeyFile {
    /// The key, if all that the file says belongs to it.
    fn signing(&self) -> Result<SigningKey, String> {
        let key = self.priv_key.signing()?;
        let public = key.verifying_key().to_bytes();
        if self.pub_key.value != BASE64.encode(public) {
            return Err("its two halves, pub_key and priv_key, belong to two keys".to_owned());
        }
        let address = hex::encode_upper(consensus_address(&public));
        if self.address.to_uppercase() != address {
            return Err(format!("its address is not that of its key, {address}"));
        }
        Ok(key)
    }
}

#[derive(Serialize, Deserialize)]
struct NodeKeyFile {
    priv_key: TypedKey,
}

/// A key file that cannot be read or written.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// The file system refuses.
    #[error("the key file {path}: {source}")]
    Io {
        /// The file.
        path: String,
        /// What the system says.
        source: io::Error,
    },
    /// The content is no CometBFT key file.
    #[error(
        "the key file {path} is damaged: {reason}; restore it from a backup, never make \
         a new one in its place"
    )]
    Damaged {
        /// The file.
        path: String,
        /// What is wrong.
        reason: String,
    },
}

/// A new key from the operating system's randomness.
pub fn generate() -> SigningKey {
    SigningKey::from_bytes(&rand::random())
}

/// The name of a node on the p2p network: the hex address of its key.
pub fn node_id(key: &SigningKey) -> String {
    hex::encode(consensus_address(&key.verifying_key().to_bytes()))
}

/// Reads the validator key, or writes `fresh` if there is none.
pub fn validator_key(path: &Path, fresh: impl FnOnce() -> SigningKey) -> Result<SigningKey, KeyError> {
    load_or_write(path, fresh, |text| parse::<ValidatorKeyFile>(text)?.signing(), validator_json)
}

/// Reads a validator key that must be there.
pub fn present_validator_key(path: &Path) -> Result<SigningKey, KeyError> {
    let text = fs::read_to_string(path)
        .map_err(|source| KeyError::Io { path: path.display().to_string(), source })?;
    let key = parse::<ValidatorKeyFile>(&text).and_then(|file| file.signing());
    key.map_err(|reason| KeyError::Damaged { path: path.display().to_string(), reason })
}

/// Reads the node key, or writes `fresh` if there is none.
pub fn node_key(path: &Path, fresh: impl FnOnce() -> SigningKey) -> Result<SigningKey, KeyError> {
    load_or_write(path, fresh, |text| parse::<NodeKeyFile>(text)?.priv_key.signing(), node_json)
}

fn load_or_write(
    path: &Path,
    fresh: impl FnOnce() -> SigningKey,
    read: impl FnOnce(&str) -> Result<SigningKey, String>,
    show: impl FnOnce(&SigningKey) -> String,
) -> Result<SigningKey, KeyError> {
    let io = |source| KeyError::Io { path: path.display().to_string(), source };
    match fs::read_to_string(path) {
        Ok(text) => {
            read(&text).map_err(|reason| KeyError::Damaged { path: path.display().to_string(), reason })
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            let key = fresh();
            durable::create_secret(path, show(&key)).map_err(io)?;
            Ok(key)
        }
        Err(error) => Err(io(error)),
    }
}

fn parse<'a, T: Deserialize<'a>>(text: &'a str) -> Result<T, String> {
    // The parser's message would quote the secret.
    serde_json::from_str(text).map_err(|error| format!("line {} column {}", error.line(), error.column()))
}

fn validator_json(key: &SigningKey) -> String {
    let public = key.verifying_key().to_bytes();
    let file = ValidatorKeyFile {
        address: hex::encode_upper(consensus_address(&public)),
        pub_key: TypedKey { kind: PUBLIC_TYPE.to_owned(), value: BASE64.encode(public) },
        priv_key: TypedKey::private(key),
    };
    pretty(&file)
}

fn node_json(key: &SigningKey) -> String {
    pretty(&NodeKeyFile { priv_key: TypedKey::private(key) })
}

fn pretty<T: Serialize>(file: &T) -> String {
    serde_json::to_string_pretty(file).expect("structs of strings always serialise")
}

impl TypedKey {
    fn private(key: &SigningKey) -> Self {
        Self { kind: PRIVATE_TYPE.to_owned(), value: BASE64.encode(key.to_keypair_bytes()) }
    }

    fn signing(&self) -> Result<SigningKey, String> {
        if self.kind != PRIVATE_TYPE {
            return Err(format!("a key of type {} where {PRIVATE_TYPE} belongs", self.kind));
        }
        let bytes = BASE64.decode(&self.value).map_err(|_| "the key is not base64".to_owned())?;
        let bytes: [u8; 64] = bytes.try_into().map_err(|_| "the key has not 64 bytes".to_owned())?;
        SigningKey::from_keypair_bytes(&bytes).map_err(|_| "the key's two halves do not match".to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_existing_key_is_read_and_never_overwritten() {
        let folder = tempfile::tempdir().expect("temp folder");
        for make in [validator_key as fn(&Path, fn() -> SigningKey) -> _, node_key] {
            let path = folder.path().join(format!("{:p}.json", make));
            let first = make(&path, || SigningKey::from_bytes(&[7; 32])).expect("written");
            let again = make(&path, || SigningKey::from_bytes(&[8; 32])).expect("read");
            assert_eq!(first.to_bytes(), again.to_bytes());
        }
    }

    #[test]
    fn a_file_of_two_keys_is_refused() {
        let folder = tempfile::tempdir().expect("temp folder");
        let path = folder.path().join("key.json");
        let [one, other] = [7, 8].map(|seed| SigningKey::from_bytes(&[seed; 32]));
        let public = |key: &SigningKey| BASE64.encode(key.verifying_key().to_bytes());
        let address =
            |key: &SigningKey| hex::encode_upper(consensus_address(&key.verifying_key().to_bytes()));
        for (from, to) in [(public(&one), public(&other)), (address(&one), address(&other))] {
            // The private half ends with the public one, in another place of base64: it stays.
            fs::write(&path, validator_json(&one).replace(&from, &to)).expect("temp file");
            assert!(matches!(present_validator_key(&path), Err(KeyError::Damaged { .. })), "{from}");
            assert!(matches!(validator_key(&path, generate), Err(KeyError::Damaged { .. })), "{from}");
        }
        fs::write(&path, validator_json(&one)).expect("temp file");
        assert_eq!(present_validator_key(&path).expect("whole").to_bytes(), one.to_bytes());
        let gone = present_validator_key(&folder.path().join("gone.json"));
        assert!(matches!(gone, Err(KeyError::Io { .. })), "and nothing is made");
    }

    #[test]
    fn a_damaged_key_is_refused_and_not_shown() {
        let folder = tempfile::tempdir().expect("temp folder");
        let path = folder.path().join("key.json");
        let text = validator_json(&SigningKey::from_bytes(&[7; 32])).replace("PrivKeyEd25519", "PrivKeySecp");
        fs::write(&path, &text).expect("temp file");
        let refusal = validator_key(&path, generate).expect_err("wrong type").to_string();
        assert!(refusal.contains("restore it from a backup"), "{refusal}");
        fs::write(&path, "{\"address\": \"SECRET").expect("temp file");
        let refusal = validator_key(&path, generate).expect_err("cut off").to_string();
        assert!(!refusal.contains("SECRET"), "{refusal}");
    }
}
