//! The kinds of keys.

use serde::{Deserialize, Serialize};

/// What a key signs with.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "snake_case")]
pub enum KeyKind {
    /// ECDSA; the account is the key's Ethereum address.
    #[default]
    #[value(name = "secp256k1")]
    Secp256k1,
    /// EdDSA by ZIP-215.
    #[value(name = "ed25519")]
    Ed25519,
}

impl KeyKind {
    /// The kind's name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Secp256k1 => "secp256k1",
            Self::Ed25519 => "ed25519",
        }
    }
}
