//! Reading state: what a committed snapshot, a past height and a block's overlay have in common.

use std::collections::BTreeMap;

use crate::Halt;

/// The direction of a scan.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// Smallest key first.
    Ascending,
    /// Largest key first.
    Descending,
}

/// A half-open range of raw keys: `from` is in it, `to` is not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyRange {
    /// The first key of the range.
    pub from: Vec<u8>,
    /// The first key past the range.
    pub to: Vec<u8>,
}

/// A key and its value.
pub type Entry = (Vec<u8>, Vec<u8>);

/// Entries in key order; an error ends the scan.
pub type Entries<'a> = Box<dyn Iterator<Item = Result<Entry, Halt>> + 'a>;

/// A consistent view of the key-value state.
///
/// Every implementation gives the same answer for the whole life of the view. A read fails only when the node is at
/// fault (a disk error, a corrupt value), so the failure is a [`Halt`].
pub trait ReadState: Send + Sync {
    /// The value under a key.
    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, Halt>;

    /// The entries of a range, lazily and in order.
    fn scan(&self, range: KeyRange, order: Order) -> Entries<'_>;
}

/// A map is a state: the empty one that genesis begins with, and small ones in tests.
impl ReadState for BTreeMap<Vec<u8>, Vec<u8>> {
    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, Halt> {
        Ok(BTreeMap::get(self, key).cloned())
    }

    fn scan(&self, range: KeyRange, order: Order) -> Entries<'_> {
        if range.from >= range.to {
            return Box::new(std::iter::empty());
        }
        let entries = self.range(range.from..range.to).map(|(key, value)| Ok((key.clone(), value.clone())));
        match order {
            Order::Ascending => Box::new(entries),
            Order::Descending => Box::new(entries.rev()),
        }
    }
}
