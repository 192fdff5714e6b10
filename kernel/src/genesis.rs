//! What is wrong with a section of the genesis document, and where.

use std::fmt;

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
