//! What the store asks of the place where bytes are kept.

use chortle_kernel::{Entries, Halt, KeyRange, Order};

use crate::Column;

/// What a write takes besides its bytes: a tag, its column and two lengths.
const OPERATION_BYTES: usize = 8;

/// Writes that become visible and durable together, or not at all.
#[derive(Debug, Default)]
pub struct Batch {
    pub(crate) operations: Vec<Operation>,
}

/// One write: `None` removes the key.
#[derive(Debug)]
pub(crate) struct Operation {
    pub(crate) column: Column,
    pub(crate) key: Vec<u8>,
    pub(crate) value: Option<Vec<u8>>,
}

impl Batch {
    /// Sets a key.
    pub fn put(&mut self, column: Column, key: Vec<u8>, value: Vec<u8>) {
        self.operations.push(Operation { column, key, value: Some(value) });
    }

    /// Removes a key; removing an absent key does nothing.
    pub fn delete(&mut self, column: Column, key: Vec<u8>) {
        self.operations.push(Operation { column, key, value: None });
    }

    /// Makes room for so many writes more.
    pub(crate) fn reserve(&mut self, operations: usize) {
        self.operations.reserve(operations);
    }

    /// What it takes to write it down, roughly.
    pub(crate) fn size_bytes(&self) -> usize {
        let size = |one: &Operation| OPERATION_BYTES + one.key.len() + one.value.as_ref().map_or(0, Vec::len);
        self.operations.iter().map(size).sum()
    }
}

/// Ordered columns of bytes with atomic batches.
///
/// The store needs no snapshots from a backend: past values live in [`Column::History`], and the store reads
/// the present before the past, so a write between the two reads cannot be seen by half.
pub trait Backend: Send + Sync {
    /// The value under a key.
    fn get(&self, column: Column, key: &[u8]) -> Result<Option<Vec<u8>>, Halt>;

    /// The values under many keys, which come in ascending order.
    fn get_many(&self, column: Column, keys: &[&[u8]]) -> Result<Vec<Option<Vec<u8>>>, Halt>;

    /// The entries of a range as they are at the time of the call, lazily and in order.
    fn scan(&self, column: Column, range: KeyRange, order: Order) -> Entries<'_>;

    /// Writes all or nothing. `synced` returns only when the batch would survive the loss of power.
    fn write(&self, batch: Batch, synced: bool) -> Result<(), Halt>;

    /// An independent copy of everything, where that is cheap.
    fn fork(&self) -> Option<Box<dyn Backend>>;
}
