//! The tree that grows by a whole height at once, against the crate `jmt` growing it key by key.
#![allow(missing_docs)]

#[path = "common/oracle.rs"]
mod oracle;

use std::collections::BTreeMap;

use chortle_store::{Backend, Batch, Change, Column, Jmt, Memory, StateTree, TreeUpdate};
use proptest::prelude::*;

const HEIGHTS: u64 = 12;

fn changes(
    state: &mut BTreeMap<Vec<u8>, Vec<u8>>,
    writes: BTreeMap<Vec<u8>, Option<Vec<u8>>>,
) -> Vec<Change> {
    let mut changes = Vec::new();
    for (key, after) in writes {
        let before = match &after {
            Some(value) => state.insert(key.clone(), value.clone()),
            None => state.remove(&key),
        };
        if before != after {
            changes.push(Change { key, before, after });
        }
    }
    changes
}

fn keep(backend: &Memory, update: &TreeUpdate) {
    let mut batch = Batch::default();
    for (key, node) in &update.nodes {
        batch.put(Column::Tree, key.clone(), node.clone());
    }
    update.stale.iter().for_each(|key| batch.delete(Column::Tree, key.clone()));
    backend.write(batch, true).unwrap();
}

fn sorted(mut update: TreeUpdate) -> TreeUpdate {
    update.nodes.sort();
    update.stale.sort();
    update
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]

    /// With removals the crate works in two passes, so only the roots are the same; without them, every byte is.
    #[test]
    fn every_root_is_the_crates_and_so_is_every_node_where_nothing_is_removed(
        heights in proptest::collection::vec(
            proptest::collection::btree_map(
                proptest::collection::vec(any::<u8>(), 1..3),
                proptest::option::weighted(0.7, proptest::collection::vec(any::<u8>(), 0..4)),
                0..60,
            ),
            HEIGHTS as usize,
        ),
        only_insertions: bool,
    ) {
        let (ours, theirs) = (Memory::default(), Memory::default());
        let mut state = BTreeMap::new();
        for (height, mut writes) in (1..).zip(heights) {
            if only_insertions {
                writes.retain(|_, value| value.is_some());
            }
            let changes = changes(&mut state, writes);
            let found = Jmt.apply(&ours, height == 1, height, &changes).unwrap();
            let expected = oracle::apply(&theirs, height == 1, height, &changes).unwrap();
            prop_assert_eq!(found.root, expected.root);
            if only_insertions && !changes.is_empty() {
                prop_assert_eq!(sorted(found.clone()), sorted(expected.clone()));
            }
            keep(&ours, &found);
            keep(&theirs, &expected);
        }
    }
}
