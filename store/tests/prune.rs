//! Retention: what stays readable, what goes, and that nothing is left behind.
#![allow(missing_docs)]

mod common;

use std::collections::BTreeSet;

use chortle_store::{Column, Options, Record, Store, Writes};
use common::{
    Glass, Seeded, State, all, apply, as_writes, commit, commit_with, identity, memory_with, options,
};

fn random_chain(store: &Store, seed: u64, heights: u64) -> Vec<State> {
    let mut seeded = Seeded(seed);
    let mut states = vec![apply(&State::new(), &seeded.writes(40))];
    store.init_genesis(&identity(), 1, as_writes(&states[0])).unwrap();
    for _ in 0..heights {
        let writes = seeded.writes(25);
        states.push(apply(&states[states.len() - 1], &writes));
        commit(store, writes);
    }
    states
}

#[test]
fn exactly_the_retained_heights_are_readable_and_the_refusal_names_the_earliest() {
    for retain in [1, 2, 7] {
        let store = Store::memory(options(retain)).unwrap();
        let states = random_chain(&store, retain, 30);
        for (height, state) in (0..).zip(&states) {
            match store.at(height) {
                Ok(view) => {
                    assert!(height > 30 - retain);
                    assert_eq!(&all(&view), state);
                }
                Err(refusal) => {
                    assert!(height <= 30 - retain);
                    assert_eq!((refusal.earliest, refusal.latest), (31 - retain, 30));
                    let earliest = format!("{} to 30", 31 - retain);
                    assert!(refusal.to_string().contains(&earliest), "{refusal}");
                }
            }
        }
        assert_eq!(store.earliest_height(), 31 - retain);
        assert!(store.at(31).is_err());
    }
}

#[test]
fn retaining_every_height_prunes_nothing() {
    let store = Store::memory(options(0)).unwrap();
    let states = random_chain(&store, 9, 50);
    for (height, state) in (0..).zip(&states) {
        assert_eq!(&all(&store.at(height).unwrap()), state);
        assert_eq!(store.app_hash(height).unwrap(), common::naive_root(state));
    }
}

#[test]
fn pruning_leaves_no_node_no_history_and_no_preimage_behind() {
    for seed in 0..20 {
        let glass = Glass::default();
        let store = Store::with_backend(Box::new(glass.clone()), options(1)).unwrap();
        let states = random_chain(&store, seed, 40);
        let state = &states[states.len() - 1];
        // Two heights without a change push the last real one out of retention.
        commit(&store, Writes::new());
        commit(&store, Writes::new());

        let fresh_glass = Glass::default();
        let fresh = Store::with_backend(Box::new(fresh_glass.clone()), options(1)).unwrap();
        fresh.init_genesis(&identity(), 1, as_writes(state)).unwrap();
        let nodes = |glass: &Glass| glass.entries(Column::Tree).len();
        // The root of the height before, which the last height made obsolete, is the only one more.
        assert_eq!(nodes(&glass), nodes(&fresh_glass) + 1, "seed {seed}");
        assert_eq!(glass.entries(Column::History), []);
        let preimages: BTreeSet<_> =
            glass.entries(Column::Preimage).into_iter().map(|(_, key)| key).collect();
        assert_eq!(preimages, state.keys().cloned().collect());
        assert_eq!(glass.entries(Column::Flat), state.clone().into_iter().collect::<Vec<_>>());
    }
}

#[test]
fn a_held_view_keeps_its_height_and_releases_it() {
    let glass = Glass::default();
    let store = Store::with_backend(Box::new(glass.clone()), options(1)).unwrap();
    store.init_genesis(&identity(), 1, common::write(b"a", b"0")).unwrap();
    let held = store.latest();
    let copy = held.clone();
    for at in 1..=20u8 {
        commit(&store, common::write(b"a", &[at]));
    }
    drop(held);
    assert_eq!(all(&copy), State::from([(b"a".to_vec(), b"0".to_vec())]));
    assert!(store.at(0).is_err(), "a held view does not lengthen retention");
    assert!(glass.entries(Column::History).len() >= 20);
    drop(copy);
    commit(&store, common::write(b"a", b"end"));
    assert_eq!(glass.entries(Column::History).len(), 1);
}

#[test]
fn lowering_retention_works_the_backlog_off_a_bounded_amount_at_a_time() {
    let glass = Glass::default();
    let all_kept = Store::with_backend(Box::new(glass.clone()), options(0)).unwrap();
    all_kept.init_genesis(&identity(), 1, Writes::new()).unwrap();
    let block = |value: u8| -> Writes {
        (0..1_000u16).map(|at| (at.to_be_bytes().to_vec(), Some(vec![value]))).collect()
    };
    for value in 0..10 {
        commit(&all_kept, block(value));
    }
    drop(all_kept);
    let before = glass.entries(Column::History).len();
    let store = Store::with_backend(Box::new(glass.clone()), options(1)).unwrap();
    commit(&store, Writes::new());
    let after_one = glass.entries(Column::History).len();
    assert!(after_one < before && after_one > 0, "{before} {after_one}");
    assert_eq!(store.earliest_height(), 11);
    for _ in 0..12 {
        commit(&store, Writes::new());
    }
    assert_eq!(glass.entries(Column::History), []);
}

#[test]
fn raising_retention_does_not_bring_pruned_heights_back() {
    let home = tempfile::tempdir().unwrap();
    let narrow = Store::open(home.path(), options(2)).unwrap();
    random_chain(&narrow, 4, 20);
    drop(narrow);
    let wide = Store::open(home.path(), options(100)).unwrap();
    assert_eq!(wide.earliest_height(), 19);
    commit(&wide, Writes::new());
    assert_eq!(wide.earliest_height(), 19);
    assert!(wide.at(18).is_err());
}

#[test]
fn records_go_after_their_own_retention_and_their_transactions_with_them() {
    let options = Options { retain_records_blocks: 3, ..options(1) };
    let store = memory_with(&State::new(), options);
    for at in 1..=10u8 {
        // Hash 99 stands in every block: only its last place counts, and it survives while that block does.
        let record = Record { bytes: vec![at], txs: vec![[at; 32], [99; 32]] };
        commit_with(&store, Writes::new(), Some(record));
    }
    let kept: Vec<_> = store.blocks_from(0, 100).unwrap().into_iter().map(|(height, _)| height).collect();
    assert_eq!(kept, [8, 9, 10]);
    for at in 1..=10u8 {
        assert_eq!(store.tx_location(&[at; 32]).unwrap().is_some(), at >= 8, "{at}");
    }
    assert_eq!(store.tx_location(&[99; 32]).unwrap().unwrap().height, 10);
}
