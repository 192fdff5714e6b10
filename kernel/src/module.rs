//! The one shape of a module: lists of what it has, and hooks for what it does on its own.

use std::fmt;

use serde_json::Value;

use crate::{Ctx, Entry, ErrorRow, EventKind, Halt, KeyRow, Kind, QueryKind, ReadState};

/// A genesis section that does not hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GenesisError {
    /// Where in the section, as a JSON pointer: `/balances/3/amount`.
    pub pointer: String,
    /// What is wrong and what would be right.
    pub sentence: String,
}

impl GenesisError {
    /// An error at a place of the section.
    pub fn at(pointer: impl Into<String>, sentence: impl Into<String>) -> Self {
        Self { pointer: pointer.into(), sentence: sentence.into() }
    }
}

impl fmt::Display for GenesisError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.pointer, self.sentence)
    }
}

impl std::error::Error for GenesisError {}

/// A named fact that holds after every block; one that cannot be evaluated counts as broken.
#[derive(Clone, Copy)]
pub struct Invariant {
    /// The fact: `supply_is_balances_and_escrows`.
    pub name: &'static str,
    /// Checks it; the error says what it found.
    pub check: fn(&dyn ReadState) -> Result<(), String>,
}

/// A feature of the chain.
pub trait Module: Sync {
    /// Name: folder, codespace, genesis section, prefix of its keys and events.
    fn name(&self) -> &'static str;
    /// Every type of message, by tag.
    fn messages(&self) -> &'static [Kind];
    /// Every read.
    fn queries(&self) -> &'static [QueryKind];
    /// Every kind of event.
    fn events(&self) -> &'static [EventKind];
    /// Every error code.
    fn errors(&self) -> &'static [ErrorRow];
    /// Every key prefix.
    fn keys(&self) -> &'static [KeyRow];
    /// Every invariant.
    fn invariants(&self) -> &'static [Invariant];

    /// The section of a fresh chain.
    fn default_genesis(&self) -> Value;
    /// Refuses a section that `init_genesis` could not take.
    fn validate_genesis(&self, section: &Value) -> Result<(), GenesisError>;
    /// Writes a section into an empty state.
    fn init_genesis(&self, section: &Value, ctx: &mut Ctx<'_>) -> Result<(), GenesisError>;
    /// The section that would give this state; export then import is the identity.
    fn export_genesis(&self, state: &dyn ReadState) -> Result<Value, Halt>;

    /// The line of an index that an entry of the state stands for, if it stands for one. Pure, and no two entries
    /// have the same line: the store moves the line whenever the entry changes, so no message pays for it or can forget
    /// it. For indexes of what every block changes much of; execution writes the others itself.
    fn index_line(&self, _key: &[u8], _value: &[u8]) -> Result<Option<Entry>, Halt> {
        Ok(None)
    }

    /// Before the transactions of a block.
    fn begin_block(&self, _ctx: &mut Ctx<'_>) -> Result<(), Halt> {
        Ok(())
    }
    /// After the transactions of a block.
    fn end_block(&self, _ctx: &mut Ctx<'_>) -> Result<(), Halt> {
        Ok(())
    }
}
