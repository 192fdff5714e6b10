//! Building a document step by step: accounts and validators come from many people, one file at a time.

use std::fmt;

use serde_json::{Map, Value};

use crate::document::{Abci, BlockLimits, Document, EvidenceLimits, KeyTypes, Params, Text64, Versions};

/// Default block: 4 MiB, so that four local nodes gossip it well within a second.
const BLOCK_BYTES_MAX: u64 = 4_194_304;
/// Default gas: about 6 s of one core at the declared costs, which are above the measured ones.
const BLOCK_GAS_MAX: u64 = 6_000_000_000;
/// 21 days, the default unbonding time: evidence must not outlive what it can slash.
const EVIDENCE_AGE_NS: u64 = 21 * 24 * 3_600 * 1_000_000_000;
/// The same in blocks that take six seconds, the slowest that the default of staking counts on.
const EVIDENCE_AGE_BLOCKS: u64 = 21 * 24 * 3_600 / 6;

/// Votes are extended from the first block on: what validators attest beside blocks (the bridge) needs no upgrade.
const VOTE_EXTENSIONS_HEIGHT: u64 = 1;

/// Why a step was refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BuildError(pub String);

impl fmt::Display for BuildError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for BuildError {}

/// A list of a section whose entries have names.
#[derive(Clone, Copy, Debug)]
pub struct List {
    /// The section.
    pub section: &'static str,
    /// The list in it.
    pub list: &'static str,
    /// The fields that together name an entry.
    pub name: &'static [&'static str],
}

impl List {
    fn name_of<'a>(&self, entry: &'a Value) -> Vec<Option<&'a Value>> {
        self.name.iter().map(|field| entry.get(field)).collect()
    }
}

impl fmt::Display for List {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "/app_state/{}/{}", self.section, self.list)
    }
}

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
            abci: Abci { vote_extensions_enable_height: Text64(VOTE_EXTENSIONS_HEIGHT) },
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

    /// How old evidence may be: as long as what it can slash is bound.
    pub fn set_evidence_age(&mut self, age_ns: u64, age_blocks: u64) {
        let evidence = &mut self.document.consensus_params.evidence;
        evidence.max_age_duration = Text64(age_ns);
        evidence.max_age_num_blocks = Text64(age_blocks);
    }

    /// From which height votes are extended; 0 leaves it to a later change of the engine's limits.
    pub fn set_vote_extensions_height(&mut self, height: u64) {
        self.document.consensus_params.abci.vote_extensions_enable_height = Text64(height);
    }

    /// Adds an entry to a list; each name stands once.
    pub fn add_entry(&mut self, list: &List, entry: Value) -> Result<(), BuildError> {
        let entries = self.entries(list)?;
        if entries.iter().any(|other| list.name_of(other) == list.name_of(&entry)) {
            let name = list
                .name_of(&entry)
                .iter()
                .flatten()
                .map(|part| part.to_string())
                .collect::<Vec<_>>()
                .join(", ");
            return Err(BuildError(format!("{name} is in {list} already: edit it there")));
        }
        entries.push(entry);
        Ok(())
    }

    fn entries(&mut self, list: &List) -> Result<&mut Vec<Value>, BuildError> {
        let section = self.document.app_state.get_mut(list.section);
        let entries = section.and_then(|section| section.get_mut(list.list)).and_then(Value::as_array_mut);
        entries.ok_or_else(|| BuildError(format!("the document has no list {list}")))
    }

    /// Joins these lists of other documents of the same chain: each entry must be equal or new.
    pub fn collect(&mut self, others: &[Document], lists: &[List]) -> Result<(), BuildError> {
        for other in others {
            if other.chain_id != self.document.chain_id {
                return Err(BuildError(format!(
                    "a document is of chain '{}', not '{}'",
                    other.chain_id, self.document.chain_id
                )));
            }
            for list in lists {
                let theirs = other.app_state.get(list.section).and_then(|section| section.get(list.list));
                for entry in theirs.and_then(Value::as_array).into_iter().flatten() {
                    if !self.entries(list)?.contains(entry) {
                        self.add_entry(list, entry.clone())?;
                    }
                }
            }
        }
        // By name, so that the order of the files does not matter.
        for list in lists {
            let name = |entry: &Value| format!("{:?}", list.name_of(entry));
            self.entries(list)?.sort_by_key(name);
        }
        Ok(())
    }

    /// The document.
    pub fn build(self) -> Document {
        self.document
    }
}
