//! The values of the columns. Borsh, except where the value is the bytes themselves.

use borsh::{BorshDeserialize, BorshSerialize};
use chortle_kernel::Halt;

use crate::column::Column;

/// The chain that a home belongs to.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Identity {
    /// The chain's id.
    pub chain_id: String,
    /// The hash of the genesis document.
    pub genesis_hash: [u8; 32],
}

/// How far the store has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Committed {
    /// The last committed height; `initial_height - 1` after genesis and before the first block.
    pub height: u64,
    /// The root of the state at that height.
    pub app_hash: [u8; 32],
    /// The height of the first block.
    pub initial_height: u64,
}

impl Committed {
    /// Whether a block has been committed, not only genesis.
    pub fn has_block(&self) -> bool {
        self.height >= self.initial_height
    }
}

/// What a block leaves for readers, each part in a row of its own so that a reader decodes only what it shows. The
/// store takes the bytes as the application encodes them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BlockResults {
    /// What every reader of the block needs.
    pub head: Vec<u8>,
    /// What the protocol itself did.
    pub events: Vec<u8>,
    /// The transactions, in order.
    pub txs: Vec<TxResult>,
}

/// A transaction of a block with its outcome.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TxResult {
    /// Its hash, under which it is found.
    pub hash: [u8; 32],
    /// The transaction and its outcome.
    pub bytes: Vec<u8>,
}

/// Where a transaction stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct TxLocation {
    /// The height of its block.
    pub height: u64,
    /// Its place in the block.
    pub index: u32,
}

/// The committed record with what only the store needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub(crate) struct Progress {
    pub(crate) committed: Committed,
    /// The earliest height whose state can be read.
    pub(crate) earliest: u64,
    /// The earliest height whose results are kept: all before it are pruned.
    pub(crate) earliest_results: u64,
}

/// A part of what one height made obsolete.
#[derive(Clone, Debug, Default, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub(crate) struct Stale {
    /// Keys of tree nodes that no later height reaches.
    pub(crate) nodes: Vec<Vec<u8>>,
    /// Keys that changed and still exist: their history entry of this height goes.
    pub(crate) updated: Vec<Vec<u8>>,
    /// Keys that were removed: their history entry goes, and their preimage unless they came back.
    pub(crate) removed: Vec<Vec<u8>>,
}

impl Stale {
    pub(crate) fn len(&self) -> usize {
        self.nodes.len() + self.updated.len() + self.removed.len()
    }
}

/// The bytes of a record.
pub(crate) fn encode<T: BorshSerialize>(record: &T) -> Result<Vec<u8>, Halt> {
    let failed = |error| Halt::new(format!("a record of the store cannot be encoded: {error}"));
    // In just the room that it takes: a block has thousands of them.
    let mut bytes = Vec::with_capacity(borsh::object_length(record).map_err(failed)?);
    record.serialize(&mut bytes).map_err(failed)?;
    Ok(bytes)
}

/// The record in the bytes of a column; trailing bytes are refused.
pub(crate) fn decode<T: BorshDeserialize>(column: Column, bytes: &[u8]) -> Result<T, Halt> {
    T::try_from_slice(bytes)
        .map_err(|error| Halt::new(format!("a record of column {} is damaged: {error}", column.name())))
}

/// A value as history keeps it: what the key held before, or nothing.
pub(crate) fn encode_past(value: Option<&[u8]>) -> Vec<u8> {
    match value {
        None => vec![0],
        Some(value) => [&[1], value].concat(),
    }
}

/// The value in a history entry.
pub(crate) fn decode_past(mut bytes: Vec<u8>) -> Result<Option<Vec<u8>>, Halt> {
    match bytes.first() {
        Some(0) if bytes.len() == 1 => Ok(None),
        Some(1) => {
            bytes.remove(0);
            Ok(Some(bytes))
        }
        _ => Err(Halt::new("a record of column history is damaged: its first byte is neither 0 nor 1")),
    }
}
