//! The key table's two kinds of row: [`Item`], one value, and [`Map`], many values in key order.

use std::marker::PhantomData;

use borsh::{BorshDeserialize, BorshSerialize};

use super::{KeyRange, Order, ReadState, StartsWith, State, StateKey};
use crate::{Halt, codec};

/// First byte of the keys of an index: what only queries read. The store keeps them beside the state tree, so they
/// cost no hashing and cannot be proven. Execution writes them, or the store does by [`crate::Module::index_line`], and
/// execution never reads them: a root does not cover them.
pub const INDEX_MARK: u8 = b'~';

/// Whether a raw key belongs to an index and not to the state tree.
pub fn is_index_key(raw: &[u8]) -> bool {
    raw.first() == Some(&INDEX_MARK)
}

/// One row of a module's key table, for golden files.
#[derive(Clone, Copy, Debug)]
pub struct KeyRow {
    /// `module/thing`; no prefix begins another, since a `/` ends each.
    pub prefix: &'static str,
    /// Type of the key; empty for an item.
    pub key_type: fn() -> &'static str,
    /// Type of the value.
    pub value_type: fn() -> &'static str,
}

/// One value under one key.
pub struct Item<V> {
    prefix: &'static str,
    value: PhantomData<fn() -> V>,
}

impl<V: BorshSerialize + BorshDeserialize> Item<V> {
    /// The item under `module/thing`.
    pub const fn new(prefix: &'static str) -> Self {
        Self { prefix, value: PhantomData }
    }

    /// Its row in the key table.
    pub const fn row(&self) -> KeyRow {
        KeyRow { prefix: self.prefix, key_type: || "", value_type: std::any::type_name::<V> }
    }

    /// The raw state key.
    pub fn key(&self) -> Vec<u8> {
        self.prefix.as_bytes().to_vec()
    }

    /// The value, if it was ever set.
    pub fn get(&self, state: &dyn ReadState) -> Result<Option<V>, Halt> {
        let key = self.key();
        state.get(&key)?.map(|bytes| codec::decode_stored(&key, &bytes)).transpose()
    }

    /// Sets the value.
    pub fn set(&self, state: &mut State, value: &V) {
        state.set(self.key(), codec::encode(value));
    }

    /// Removes the value.
    pub fn remove(&self, state: &mut State) {
        state.remove(self.key());
    }
}

/// Many values, in the order of their keys.
pub struct Map<K, V> {
    prefix: &'static str,
    types: PhantomData<fn() -> (K, V)>,
}

/// Typed entries of a scan.
pub type Rows<'a, K, V> = Box<dyn Iterator<Item = Result<(K, V), Halt>> + 'a>;

impl<K: StateKey + 'static, V: BorshSerialize + BorshDeserialize + 'static> Map<K, V> {
    /// The map under `module/thing`; under `~module/thing` it is an index, see [`INDEX_MARK`].
    pub const fn new(prefix: &'static str) -> Self {
        Self { prefix, types: PhantomData }
    }

    /// Its row in the key table.
    pub const fn row(&self) -> KeyRow {
        KeyRow {
            prefix: self.prefix,
            key_type: std::any::type_name::<K>,
            value_type: std::any::type_name::<V>,
        }
    }

    /// What every raw key of the map begins with, before a `/`.
    pub const fn prefix(&self) -> &'static str {
        self.prefix
    }

    /// The raw state key of an entry: `module/thing/` and the encoded key.
    pub fn key(&self, key: &impl StateKey) -> Vec<u8> {
        // Room for the longest common key: an address and an asset.
        let mut raw = Vec::with_capacity(self.prefix.len().saturating_add(29));
        raw.extend_from_slice(self.prefix.as_bytes());
        raw.push(b'/');
        key.write(&mut raw);
        raw
    }

    /// The typed key of a raw one; `None` if it belongs to another row of the key table.
    pub fn read_key(&self, raw: &[u8]) -> Option<K> {
        let mut rest = raw.strip_prefix(self.prefix.as_bytes())?.strip_prefix(b"/")?;
        K::read(&mut rest).filter(|_| rest.is_empty())
    }

    /// The value under a key.
    pub fn get(&self, state: &dyn ReadState, key: &K) -> Result<Option<V>, Halt> {
        let key = self.key(key);
        state.get(&key)?.map(|bytes| codec::decode_stored(&key, &bytes)).transpose()
    }

    /// Whether a key has a value.
    pub fn has(&self, state: &dyn ReadState, key: &K) -> Result<bool, Halt> {
        Ok(state.get(&self.key(key))?.is_some())
    }

    /// Sets a value.
    pub fn set(&self, state: &mut State, key: &K, value: &V) {
        state.set(self.key(key), codec::encode(value));
    }

    /// Removes a value.
    pub fn remove(&self, state: &mut State, key: &K) {
        state.remove(self.key(key));
    }

    /// All entries. Callers bound it with `take`; users can make any map long.
    pub fn iter<'a>(&self, state: &'a dyn ReadState, order: Order) -> Rows<'a, K, V> {
        self.rows(state, self.key(&[0; 0]), None, order)
    }

    /// The entries past a key, in scan order: what a cursor resumes.
    pub fn iter_after<'a>(
        &self,
        state: &'a dyn ReadState,
        after: Option<&K>,
        order: Order,
    ) -> Rows<'a, K, V> {
        self.rows(state, self.key(&[0; 0]), after.map(|key| self.key(key)), order)
    }

    /// The entries whose key begins with `first`, past a key if one is given.
    pub fn iter_under<'a, P: StateKey>(
        &self,
        state: &'a dyn ReadState,
        first: &P,
        after: Option<&K>,
        order: Order,
    ) -> Rows<'a, K, V>
    where
        K: StartsWith<P>,
    {
        self.rows(state, self.key(first), after.map(|key| self.key(key)), order)
    }

    fn rows<'a>(
        &self,
        state: &'a dyn ReadState,
        under: Vec<u8>,
        after: Option<Vec<u8>>,
        order: Order,
    ) -> Rows<'a, K, V> {
        let range = range_under(under, after, order);
        let map = Self::new(self.prefix);
        Box::new(state.scan(range, order).map(move |entry| {
            let (raw, bytes) = entry?;
            let key = map
                .read_key(&raw)
                .ok_or_else(|| Halt::new(format!("corrupt state key {}", raw.escape_ascii())))?;
            Ok((key, codec::decode_stored(&raw, &bytes)?))
        }))
    }
}

fn range_under(under: Vec<u8>, after: Option<Vec<u8>>, order: Order) -> KeyRange {
    let end = successor(under.clone());
    match (after, order) {
        (None, _) => KeyRange { from: under, to: end },
        (Some(mut after), Order::Ascending) => {
            after.push(0);
            KeyRange { from: after.max(under), to: end }
        }
        (Some(after), Order::Descending) => KeyRange { from: under, to: after.min(end) },
    }
}

/// The first key past everything that begins with `prefix`. A prefix holds a letter, so there is one.
fn successor(mut prefix: Vec<u8>) -> Vec<u8> {
    while let Some(last) = prefix.pop() {
        if let Some(next) = last.checked_add(1) {
            prefix.push(next);
            return prefix;
        }
    }
    prefix
}
