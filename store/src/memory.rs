//! Columns in memory, for `dev` and for tests. A copy of the whole store costs nothing until one side writes.

use std::collections::BTreeMap;
use std::ops::Bound;
use std::sync::{Arc, PoisonError, RwLock};

use chortle_kernel::{Entries, Entry, Halt, KeyRange, Order};

use crate::backend::{Backend, Batch};
use crate::column::Column;

type Bytes = Arc<[u8]>;
/// Neighbouring entries, sorted by key.
type Leaf = Vec<(Bytes, Bytes)>;

/// Entries of a leaf: a write copies one leaf that a copy shares, a copy's first write copies the list of
/// leaves. A million entries are then some thousands of leaves, so both stay small.
const LEAF_ENTRIES_MAX: usize = 256;

/// The backend that forgets everything when it is dropped.
#[derive(Debug, Default)]
pub struct Memory {
    columns: RwLock<[Map; Column::ALL.len()]>,
}

impl Backend for Memory {
    fn get(&self, column: Column, key: &[u8]) -> Result<Option<Vec<u8>>, Halt> {
        // A writer cannot panic inside a batch, so even a poisoned lock guards whole batches.
        let columns = self.columns.read().unwrap_or_else(PoisonError::into_inner);
        Ok(columns[column.index()].get(key))
    }

    fn get_many(&self, column: Column, keys: &[&[u8]]) -> Result<Vec<Option<Vec<u8>>>, Halt> {
        let columns = self.columns.read().unwrap_or_else(PoisonError::into_inner);
        let map = &columns[column.index()];
        Ok(keys.iter().map(|key| map.get(key)).collect())
    }

    fn scan(&self, column: Column, range: KeyRange, order: Order) -> Entries<'_> {
        if range.from >= range.to {
            return Box::new(std::iter::empty());
        }
        let map = self.columns.read().unwrap_or_else(PoisonError::into_inner)[column.index()].clone();
        Box::new(Scan::new(map, range, order))
    }

    fn write(&self, batch: Batch, _synced: bool) -> Result<(), Halt> {
        let mut columns = self.columns.write().unwrap_or_else(PoisonError::into_inner);
        for operation in batch.operations {
            let map = &mut columns[operation.column.index()];
            match operation.value {
                Some(value) => map.insert(operation.key, value),
                None => map.remove(&operation.key),
            }
        }
        Ok(())
    }

    fn fork(&self) -> Option<Box<dyn Backend>> {
        let columns = self.columns.read().unwrap_or_else(PoisonError::into_inner).clone();
        Some(Box::new(Self { columns: RwLock::new(columns) }))
    }
}

/// An ordered map of two levels, both copied on write.
///
/// A leaf stands under the smallest key that it may hold; the first stands under the empty key.
#[derive(Clone, Debug, Default)]
struct Map {
    leaves: Arc<BTreeMap<Bytes, Arc<Leaf>>>,
}

fn place(leaf: &Leaf, key: &[u8]) -> Result<usize, usize> {
    leaf.binary_search_by(|(held, _)| held.as_ref().cmp(key))
}

impl Map {
    /// The leaf that holds the key, if any leaf does.
    fn leaf(&self, key: &[u8]) -> Option<(&Bytes, &Arc<Leaf>)> {
        self.leaves.range::<[u8], _>((Bound::Unbounded, Bound::Included(key))).next_back()
    }

    fn get(&self, key: &[u8]) -> Option<Vec<u8>> {
        let (_, leaf) = self.leaf(key)?;
        place(leaf, key).ok().and_then(|at| leaf.get(at)).map(|(_, value)| value.to_vec())
    }

    fn insert(&mut self, key: Vec<u8>, value: Vec<u8>) {
        let leaves = Arc::make_mut(&mut self.leaves);
        let last =
            leaves.range_mut::<[u8], _>((Bound::Unbounded, Bound::Included(key.as_slice()))).next_back();
        let Some((_, leaf)) = last else {
            leaves.insert(Arc::from([]), Arc::new(vec![(key.into(), value.into())]));
            return;
        };
        let leaf = Arc::make_mut(leaf);
        match place(leaf, &key) {
            Ok(at) => leaf[at].1 = value.into(),
            Err(at) => leaf.insert(at, (key.into(), value.into())),
        }
        if leaf.len() > LEAF_ENTRIES_MAX {
            let upper = leaf.split_off(LEAF_ENTRIES_MAX / 2);
            leaves.insert(upper[0].0.clone(), Arc::new(upper));
        }
    }

    fn remove(&mut self, key: &[u8]) {
        let holds = self.leaf(key).is_some_and(|(_, leaf)| place(leaf, key).is_ok());
        if !holds {
            return;
        }
        let leaves = Arc::make_mut(&mut self.leaves);
        let last = leaves.range_mut::<[u8], _>((Bound::Unbounded, Bound::Included(key))).next_back();
        let Some((bound, leaf)) = last else { return };
        let leaf = Arc::make_mut(leaf);
        if let Ok(at) = place(leaf, key) {
            leaf.remove(at);
        }
        // The first leaf stays, even empty: every key below the second leaf belongs to it.
        if leaf.is_empty() && !bound.is_empty() {
            let bound = bound.clone();
            leaves.remove(&bound);
        }
    }
}

/// A scan that owns the map as it was when the scan began.
struct Scan {
    map: Map,
    range: KeyRange,
    order: Order,
    /// The leaf under the cursor, its bound, and the entries of it still to come.
    bound: Bytes,
    leaf: Arc<Leaf>,
    from: usize,
    to: usize,
}

impl Scan {
    fn new(map: Map, range: KeyRange, order: Order) -> Self {
        let first = match order {
            Order::Ascending => map.leaf(&range.from),
            Order::Descending => map.leaf(&range.to),
        };
        let (bound, leaf) =
            first.map_or_else(|| (Arc::from([]), Arc::default()), |(b, l)| (b.clone(), l.clone()));
        let mut scan = Self { map, range, order, bound, leaf, from: 0, to: 0 };
        scan.enter();
        scan
    }

    /// Limits the leaf under the cursor to the range.
    fn enter(&mut self) {
        self.from = self.leaf.partition_point(|(key, _)| key.as_ref() < self.range.from.as_slice());
        self.to = self.leaf.partition_point(|(key, _)| key.as_ref() < self.range.to.as_slice());
    }

    /// Moves to the next leaf in the scan's order; false when the range has no more.
    fn step(&mut self) -> bool {
        let bound = self.bound.as_ref();
        let leaves = &self.map.leaves;
        let next = match self.order {
            Order::Ascending => leaves.range::<[u8], _>((Bound::Excluded(bound), Bound::Unbounded)).next(),
            Order::Descending => {
                leaves.range::<[u8], _>((Bound::Unbounded, Bound::Excluded(bound))).next_back()
            }
        };
        let past = match self.order {
            Order::Ascending => next.is_none_or(|(bound, _)| bound.as_ref() >= self.range.to.as_slice()),
            Order::Descending => bound <= self.range.from.as_slice(),
        };
        let Some((bound, leaf)) = next.filter(|_| !past) else { return false };
        let (bound, leaf) = (bound.clone(), leaf.clone());
        (self.bound, self.leaf) = (bound, leaf);
        self.enter();
        true
    }
}

impl Iterator for Scan {
    type Item = Result<Entry, Halt>;

    fn next(&mut self) -> Option<Self::Item> {
        while self.from >= self.to {
            if !self.step() {
                return None;
            }
        }
        let at = match self.order {
            Order::Ascending => {
                self.from += 1;
                self.from - 1
            }
            Order::Descending => {
                self.to -= 1;
                self.to
            }
        };
        self.leaf.get(at).map(|(key, value)| Ok((key.to_vec(), value.to_vec())))
    }
}
