//! A height before it is committed: what changes, and the tree over it.

use std::collections::BTreeMap;

use chortle_kernel::{Entry, Halt, state::is_index_key};

use crate::backend::{Backend, Batch};
use crate::column::Column;
use crate::key;
use crate::record::{Committed, Stale, encode, encode_past};
use crate::tree::{Change, StateTree, TreeUpdate, key_hash};

/// The writes of a height: `None` removes a key.
pub type Writes = BTreeMap<Vec<u8>, Option<Vec<u8>>>;

/// Entries in one part of the stale index: parts this small can be pruned a few at a time.
pub(crate) const STALE_PART_ENTRIES: usize = 1_024;

/// A computed height that nothing has been written of.
#[derive(Clone, Debug)]
pub struct Staged {
    /// The height.
    pub height: u64,
    /// The root of the state at that height.
    pub app_hash: [u8; 32],
    pub(crate) parent_app_hash: [u8; 32],
    /// Genesis changes nothing that a view could have seen, so it leaves no history.
    is_genesis: bool,
    /// What the tree commits to, sorted by key.
    changes: Vec<Change>,
    /// What stands beside the tree, sorted by key.
    index: Vec<Change>,
    tree: TreeUpdate,
}

/// Splits what the tree commits to from what stands beside it, with the lines that the changes move; both are sorted.
fn split(line: &IndexLine, mut changes: Vec<Change>) -> Result<(Vec<Change>, Vec<Change>), Halt> {
    let mut index: Vec<Change> = changes.extract_if(.., |change| is_index_key(&change.key)).collect();
    index.append(&mut moved(line, &changes)?);
    index.sort_unstable_by(|a, b| a.key.cmp(&b.key));
    Ok((changes, index))
}

/// The writes that make a difference, with what they replace.
pub(crate) fn changes(backend: &dyn Backend, writes: Writes) -> Result<Vec<Change>, Halt> {
    let keys: Vec<&[u8]> = writes.keys().map(Vec::as_slice).collect();
    // Proofs of absence cannot name an empty key, so no state may hold one.
    if keys.first().is_some_and(|key| key.is_empty()) {
        return Err(Halt::new("a write to the empty key: every state key has at least one byte"));
    }
    let before = backend.get_many(Column::Flat, &keys)?;
    let changes = writes.into_iter().zip(before).map(|((key, after), before)| Change { key, before, after });
    Ok(changes.filter(|change| change.before != change.after).collect())
}

/// The line of an index that an entry of the state stands for, if it stands for one; no two entries have the same.
pub type IndexLine = dyn Fn(&[u8], &[u8]) -> Result<Option<Entry>, Halt> + Send + Sync;

/// The lines that changes move: what an entry stood for goes, what it stands for now comes.
fn moved(line: &IndexLine, changes: &[Change]) -> Result<Vec<Change>, Halt> {
    let of = |key: &[u8], value: &Option<Vec<u8>>| value.as_ref().map_or(Ok(None), |value| line(key, value));
    let mut moved = Vec::new();
    for Change { key, before, after } in changes {
        match (of(key, before)?, of(key, after)?) {
            (Some((key, old)), Some((same, new))) if key == same => {
                if old != new {
                    moved.push(Change { key, before: Some(old), after: Some(new) });
                }
            }
            (old, new) => {
                moved.extend(old.map(|(key, value)| Change { key, before: Some(value), after: None }));
                moved.extend(new.map(|(key, value)| Change { key, before: None, after: Some(value) }));
            }
        }
    }
    Ok(moved)
}

/// The height after a committed one.
pub(crate) fn on(
    tree: &dyn StateTree,
    line: &IndexLine,
    backend: &dyn Backend,
    committed: &Committed,
    changes: Vec<Change>,
) -> Result<Staged, Halt> {
    let height = committed.height.saturating_add(1);
    let (changes, index) = split(line, changes)?;
    let update = tree.apply(backend, false, height, &changes)?;
    let (app_hash, parent_app_hash) = (update.root, committed.app_hash);
    Ok(Staged { height, app_hash, parent_app_hash, is_genesis: false, changes, index, tree: update })
}

/// Genesis: a state on nothing.
pub(crate) fn from_nothing(
    tree: &dyn StateTree,
    line: &IndexLine,
    backend: &dyn Backend,
    height: u64,
    writes: Writes,
) -> Result<Staged, Halt> {
    if writes.contains_key([].as_slice()) {
        return Err(Halt::new("the genesis writes to the empty key: every state key has at least one byte"));
    }
    let set =
        |(key, after): (Vec<u8>, Option<Vec<u8>>)| Some(Change { key, before: None, after: Some(after?) });
    let changes: Vec<Change> = writes.into_iter().filter_map(set).collect();
    let (changes, index) = split(line, changes)?;
    let update = tree.apply(backend, true, height, &changes)?;
    let (app_hash, parent_app_hash) = (update.root, [0; 32]);
    Ok(Staged { height, app_hash, parent_app_hash, is_genesis: true, changes, index, tree: update })
}

impl Staged {
    /// Whether this height changes a key.
    pub(crate) fn touches(&self, key: &[u8]) -> bool {
        let holds =
            |changes: &[Change]| changes.binary_search_by(|change| change.key.as_slice().cmp(key)).is_ok();
        holds(&self.changes) || holds(&self.index)
    }

    /// The size of this height, as pruning counts it.
    pub(crate) fn len(&self) -> usize {
        self.changes.len() + self.index.len() + self.tree.stale.len()
    }

    /// The state, its history, the tree and the stale index of this height.
    pub(crate) fn write(self, batch: &mut Batch) -> Result<(), Halt> {
        let changes = self.changes.len() + self.index.len();
        let mut updated = Vec::with_capacity(changes);
        let mut removed = Vec::new();
        batch.reserve(2 * changes + self.tree.nodes.len());
        // Column by column: each keeps its keys in order, and finds the next place beside the last.
        if !self.is_genesis {
            for Change { key, before, .. } in self.changes.iter().chain(&self.index) {
                batch.put(
                    Column::History,
                    key::history_key(key, self.height),
                    encode_past(before.as_deref()),
                );
            }
        }
        for Change { key, .. } in self.changes.iter().filter(|change| change.before.is_none()) {
            batch.put(Column::Preimage, key_hash(key).to_vec(), key.clone());
        }
        for Change { key, after, .. } in self.changes.into_iter().chain(self.index) {
            match after {
                Some(value) => {
                    batch.put(Column::Flat, key.clone(), value);
                    updated.push(key);
                }
                None => {
                    batch.delete(Column::Flat, key.clone());
                    removed.push(key);
                }
            }
        }
        for (key, node) in self.tree.nodes {
            batch.put(Column::Tree, key, node);
        }
        if !self.is_genesis {
            write_stale(self.height, self.tree.stale, updated, removed, batch)?;
        }
        Ok(())
    }
}

fn write_stale(
    height: u64,
    nodes: Vec<Vec<u8>>,
    updated: Vec<Vec<u8>>,
    removed: Vec<Vec<u8>>,
    batch: &mut Batch,
) -> Result<(), Halt> {
    let nodes = parts(nodes).map(|nodes| Stale { nodes, ..Stale::default() });
    let updated = parts(updated).map(|updated| Stale { updated, ..Stale::default() });
    let removed = parts(removed).map(|removed| Stale { removed, ..Stale::default() });
    for (part, stale) in nodes.chain(updated).chain(removed).enumerate() {
        let part =
            u32::try_from(part).map_err(|_| Halt::new("a height made more obsolete than can be indexed"))?;
        batch.put(Column::Stale, key::stale_key(height, part), encode(&stale)?);
    }
    Ok(())
}

fn parts(keys: Vec<Vec<u8>>) -> impl Iterator<Item = Vec<Vec<u8>>> {
    let mut keys = keys.into_iter();
    std::iter::from_fn(move || {
        let part: Vec<_> = keys.by_ref().take(STALE_PART_ENTRIES).collect();
        (!part.is_empty()).then_some(part)
    })
}
