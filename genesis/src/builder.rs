//! Building a document step by step: accounts and validators come from many people, one file at a time.

use std::fmt;

use serde_json::{Map, Value};

use crate::document::{
    Abci, BlockLimits, Document, ED25519_KIND, EvidenceLimits, KeyTypes, Params, PublicKey, Text64,
    Validator, Versions,
};

/// Default block: 4 MiB, so that four local nodes gossip it well within a second.
const BLOCK_BYTES_MAX: u64 = 4_194_304;
/// Default gas: about 6 s of one core at the declared costs, which are above the measured ones.
const BLOCK_GAS_MAX: u64 = 6_000_000_000;
/// 21 days, the default unbonding time: evidence must not outlive what it can slash.
const EVIDENCE_AGE_NS: u64 = 21 * 24 * 3_600 * 1_000_000_000;
/// The same in blocks of one second.
const EVIDENCE_AGE_BLOCKS: u64 = 21 * 24 * 3_600;

/// Why a step was refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BuildError(pub String);

impl fmt::Display for BuildError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for BuildError {}

/// A document in the making.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Builder {
    document: Document,
}

impl Builder {
    /// A fresh chain with these sections and no validator.
    pub fn new(chain_id: &str, genesis_time: &str, sections: Map<String, Value>) -> Self {
        let consensus_params = Params {
            block: BlockLimits { max_bytes: Text64(BLOCK_BYTES_MAX), max_gas: Text64(BLOCK_GAS_MAX) },
            evidence: EvidenceLimits {
                max_age_num_blocks: Text64(EVIDENCE_AGE_BLOCKS),
                max_age_duration: Text64(EVIDENCE_AGE_NS),
                max_bytes: Text64(1_048_576),
            },
            validator: KeyTypes { pub_key_types: vec!["ed25519".to_owned()] },
            version: Versions { app: Text64(1) },
            abci: Abci { vote_extensions_enable_height: Text64(0) },
        };
        let document = Document {
            genesis_time: genesis_time.to_owned(),
            chain_id: chain_id.to_owned(),
            initial_height: Text64(1),
            consensus_params,
            validators: Vec::new(),
            app_hash: String::new(),
            app_state: sections,
        };
        Self { document }
    }

    /// Goes on with a document.
    pub fn from(document: Document) -> Self {
        Self { document }
    }

    /// Adds an entry to a list of a module's section; `key` is the field that names an entry, and each name stands
    /// once.
    pub fn add_entry(
        &mut self,
        section: &str,
        list: &str,
        key: &str,
        entry: Value,
    ) -> Result<(), BuildError> {
        let entries = self.document.app_state.get_mut(section).and_then(|section| section.get_mut(list));
        let entries = entries.and_then(Value::as_array_mut);
        let entries = entries
            .ok_or_else(|| BuildError(format!("the document has no list /app_state/{section}/{list}")))?;
        if entries.iter().any(|other| other.get(key) == entry.get(key)) {
            let name = entry.get(key).map(Value::to_string).unwrap_or_default();
            return Err(BuildError(format!(
                "{name} is in /app_state/{section}/{list} already: edit it there"
            )));
        }
        entries.push(entry);
        Ok(())
    }

    /// Adds a validator by its ed25519 key in base64, as CometBFT shows it.
    pub fn add_validator(&mut self, name: &str, key_base64: &str, power: u64) -> Result<(), BuildError> {
        let pub_key = PublicKey { kind: ED25519_KIND.to_owned(), value: key_base64.to_owned() };
        if self.document.validators.iter().any(|validator| validator.pub_key == pub_key) {
            return Err(BuildError(format!("the key of '{name}' is in the document already")));
        }
        let power = Text64(power);
        self.document.validators.push(Validator {
            address: String::new(),
            pub_key,
            power,
            name: name.to_owned(),
        });
        Ok(())
    }

    /// Joins the accounts and validators of other documents of the same chain: each must be equal or new.
    pub fn collect(&mut self, others: &[Document]) -> Result<(), BuildError> {
        for other in others {
            if other.chain_id != self.document.chain_id {
                return Err(BuildError(format!(
                    "a document is of chain '{}', not '{}'",
                    other.chain_id, self.document.chain_id
                )));
            }
            for validator in &other.validators {
                if !self.document.validators.contains(validator) {
                    self.add_validator(&validator.name, &validator.pub_key.value, validator.power.0)?;
                }
            }
        }
        // By key, so that the order of the files does not matter.
        self.document.validators.sort_by(|a, b| a.pub_key.value.cmp(&b.pub_key.value));
        Ok(())
    }

    /// The document.
    pub fn build(self) -> Document {
        self.document
    }
}
