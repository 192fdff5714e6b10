//! CometBFT's key files: ed25519 keys in its own JSON form. An existing key is never overwritten.

use std::fs;
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use ed25519_dalek::SigningKey;
use serde::{Deserialize, Serialize};

use crate::driver::consensus_address;

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
    load_or_write(path, fresh, |text| parse::<ValidatorKeyFile>(text)?.priv_key.signing(), validator_json)
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
            write_new(path, show(&key).as_bytes()).map_err(io)?;
            Ok(key)
        }
        Err(error) => Err(io(error)),
    }
}

/// Writes a file that must not exist, readable by its owner alone.
pub(super) fn write_new(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
    file.write_all(bytes)?;
    file.sync_all()
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
