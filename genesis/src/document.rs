//! The document's shape: CometBFT's genesis file, with the sections of the modules under `app_state`.
//!
//! CometBFT writes 64-bit integers as strings; so do we. The fields stand in CometBFT's order, so that a document
//! reads the same whoever wrote it.

use chortle_kernel::{EngineParams, hash};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::{Problem, locate, parse_rfc3339_ms};

/// The whole document.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Document {
    /// RFC 3339, UTC.
    pub genesis_time: String,
    /// The chain's name: 1 to 50 bytes of `[a-zA-Z0-9._-]`.
    pub chain_id: String,
    /// Height of the first block.
    pub initial_height: Text64,
    /// Limits that the engine and the state machine share.
    pub consensus_params: Params,
    /// The first validators.
    #[serde(default)]
    pub validators: Vec<Validator>,
    /// Empty: the state machine answers its own root.
    #[serde(default)]
    pub app_hash: String,
    /// One section per module.
    pub app_state: Map<String, Value>,
}

/// A 64-bit number written as a string.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Text64(pub u64);

impl From<u64> for Text64 {
    fn from(number: u64) -> Self {
        Self(number)
    }
}

impl Serialize for Text64 {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for Text64 {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <std::borrow::Cow<'de, str> as Deserialize<'de>>::deserialize(deserializer)?;
        let number = text.parse().ok().filter(|number: &u64| *number <= i64::MAX.unsigned_abs());
        number.map(Self).ok_or_else(|| {
            serde::de::Error::custom(format!("'{text}' is not a number from 0 to 2^63-1 in quotes"))
        })
    }
}

/// Consensus parameters.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Params {
    /// Limits of a block.
    pub block: BlockLimits,
    /// Limits of evidence.
    pub evidence: EvidenceLimits,
    /// Kinds of consensus key: ed25519 only.
    pub validator: KeyTypes,
    /// Version of the state machine.
    pub version: Versions,
    /// Vote extensions.
    pub abci: Abci,
}

/// Limits of a block.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BlockLimits {
    /// Largest block, in bytes.
    pub max_bytes: Text64,
    /// Most gas.
    pub max_gas: Text64,
}

/// Limits of evidence.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EvidenceLimits {
    /// Evidence older than this many blocks and …
    pub max_age_num_blocks: Text64,
    /// … this many nanoseconds is refused.
    pub max_age_duration: Text64,
    /// Most bytes of evidence in a block.
    pub max_bytes: Text64,
}

/// Kinds of consensus key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KeyTypes {
    /// Their names.
    pub pub_key_types: Vec<String>,
}

/// Version of the state machine.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Versions {
    /// In every header.
    pub app: Text64,
}

/// Vote extensions.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Abci {
    /// On from this height; 0 keeps them off.
    pub vote_extensions_enable_height: Text64,
}

/// A validator of the document.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Validator {
    /// Consensus address, in upper-case hexadecimal; CometBFT derives it from the key if absent.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub address: String,
    /// Consensus key.
    pub pub_key: PublicKey,
    /// Voting power.
    pub power: Text64,
    /// A name for people.
    #[serde(default)]
    pub name: String,
}

/// A consensus key in CometBFT's JSON.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PublicKey {
    /// `tendermint/PubKeyEd25519`.
    #[serde(rename = "type")]
    pub kind: String,
    /// The 32 bytes in base64.
    pub value: String,
}

/// The one kind of consensus key.
pub const ED25519_KIND: &str = "tendermint/PubKeyEd25519";
const CHAIN_ID_BYTES: std::ops::RangeInclusive<usize> = 1..=50;
/// Sum of powers that CometBFT accepts: MaxInt64 / 8.
const TOTAL_POWER_MAX: u64 = i64::MAX.unsigned_abs() >> 3;

/// Whether a chain can have this name; the error says what one looks like.
pub fn check_chain_id(text: &str) -> Result<(), String> {
    let named = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
    match CHAIN_ID_BYTES.contains(&text.len()) && text.bytes().all(named) {
        true => Ok(()),
        false => Err(format!("'{text}' is not 1 to 50 letters, digits, '.', '_' or '-'")),
    }
}

impl Document {
    /// The engine's limits.
    pub fn engine(&self) -> EngineParams {
        let params = &self.consensus_params;
        EngineParams {
            block_bytes_max: params.block.max_bytes.0,
            block_gas_max: params.block.max_gas.0,
            evidence_age_blocks_max: params.evidence.max_age_num_blocks.0,
            evidence_age_ns_max: params.evidence.max_age_duration.0,
            evidence_bytes_max: params.evidence.max_bytes.0,
            vote_extensions_height: params.abci.vote_extensions_enable_height.0,
        }
    }

    /// Reads a document; a problem names its line.
    pub fn parse(text: &str) -> Result<Self, Problem> {
        serde_json::from_str(text)
            .map_err(|error| Problem { line: error.line(), sentence: error.to_string() })
    }

    /// Writes it: pretty, with a newline at the end.
    pub fn to_json(&self) -> String {
        let mut text = serde_json::to_string_pretty(self).unwrap_or_default();
        text.push('\n');
        text
    }

    /// Everything that can be judged without knowing the modules; pointers are into the whole document.
    fn check(&self) -> Result<(), (String, String)> {
        let fail = |pointer: &str, sentence: String| Err((pointer.to_owned(), sentence));
        if let Err(sentence) = check_chain_id(&self.chain_id) {
            return fail("/chain_id", sentence);
        }
        if let Err(error) = parse_rfc3339_ms(&self.genesis_time) {
            return fail("/genesis_time", error.to_string());
        }
        if self.initial_height.0 == 0 {
            return fail("/initial_height", "the first block has height 1 or more".to_owned());
        }
        if !self.app_hash.is_empty() {
            return fail("/app_hash", "leave it empty: the state machine computes its own root".to_owned());
        }
        let params = &self.consensus_params;
        if params.validator.pub_key_types != ["ed25519"] {
            return fail(
                "/consensus_params/validator/pub_key_types",
                "consensus keys are [\"ed25519\"]".to_owned(),
            );
        }
        if !(65_536..=104_857_600).contains(&params.block.max_bytes.0) {
            return fail(
                "/consensus_params/block/max_bytes",
                "a block has 65536 to 104857600 bytes".to_owned(),
            );
        }
        if params.block.max_gas.0 == 0 {
            return fail("/consensus_params/block/max_gas", "a block needs gas to run anything".to_owned());
        }
        self.check_validators()
    }

    fn check_validators(&self) -> Result<(), (String, String)> {
        let mut total = 0u64;
        for (index, validator) in self.validators.iter().enumerate() {
            let at = |field: &str| format!("/validators/{index}/{field}");
            if validator.pub_key.kind != ED25519_KIND {
                return Err((at("pub_key/type"), format!("a consensus key is a {ED25519_KIND}")));
            }
            let earlier = self.validators.iter().take(index);
            if earlier.into_iter().any(|other| other.pub_key == validator.pub_key) {
                return Err((at("pub_key"), "this key stands twice: each validator has its own".to_owned()));
            }
            total = total.saturating_add(validator.power.0);
            if validator.power.0 == 0 || total > TOTAL_POWER_MAX {
                return Err((
                    at("power"),
                    format!("powers are positive and sum to at most {TOTAL_POWER_MAX}"),
                ));
            }
        }
        Ok(())
    }

    /// Reads and judges a document. `sections` judges what the modules know, and answers a pointer into the document
    /// with a sentence.
    pub fn validate(
        text: &str,
        sections: impl FnOnce(&Self) -> Result<(), (String, String)>,
    ) -> Result<Self, Problem> {
        let document = Self::parse(text)?;
        match document.check().and_then(|()| sections(&document)) {
            Ok(()) => Ok(document),
            Err((pointer, sentence)) => {
                let line = locate::line_of(text, &pointer);
                Err(Problem { line, sentence: format!("{pointer}: {sentence}") })
            }
        }
    }

    /// What names this genesis: SHA-256 of the compact JSON with sorted sections, the same for any layout of the file.
    pub fn hash(&self) -> [u8; 32] {
        hash::sha256(&serde_json::to_vec(self).unwrap_or_default())
    }
}
