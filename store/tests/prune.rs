//! Retention: what stays readable, what goes, and that nothing is left behind.
#![allow(missing_docs)]

mod common;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};

use chortle_kernel::{Entries, Halt, KeyRange, Order};
use chortle_store::{Backend, Batch, Column, Options, Store, Writes};
use common::{Glass, Seeded, State, all, apply, as_writes, commit, commit_with, identity, options, results};

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

/// Results that every column of them shows, by the height in its keys.
fn rows(glass: &Glass, column: Column) -> Vec<u64> {
    let height = |key: &[u8]| u64::from_be_bytes(key[..8].try_into().unwrap());
    glass.entries(column).iter().map(|(key, _)| height(key)).collect()
}

const BY_HEIGHT: [Column; 4] = [Column::BlockHeads, Column::BlockEvents, Column::TxResults, Column::TxHashes];

#[test]
fn results_go_after_their_own_retention_and_their_transactions_with_them() {
    let glass = Glass::default();
    let options = Options { retain_results_blocks: 3, ..options(1) };
    let store = Store::with_backend(Box::new(glass.clone()), options).unwrap();
    store.init_genesis(&identity(), 1, Writes::new()).unwrap();
    for at in 1..=10u8 {
        // Hash 99 stands in every block: only its last place counts, and it survives while that block does.
        commit_with(&store, Writes::new(), Some(results(&[at], &[[at; 32], [99; 32]])));
    }
    assert_eq!(store.earliest_results(), 8);
    for at in 1..=10u8 {
        assert_eq!(store.block_results(at.into()).unwrap().is_some(), at >= 8, "{at}");
        assert_eq!(store.tx_location(&[at; 32]).unwrap().is_some(), at >= 8, "{at}");
    }
    assert_eq!(store.tx_location(&[99; 32]).unwrap().unwrap().height, 10);
    for column in BY_HEIGHT {
        let mut heights = rows(&glass, column);
        heights.dedup();
        assert_eq!(heights, [8, 9, 10], "{column:?}");
    }
    assert_eq!(glass.entries(Column::Txs).len(), 4);
}

#[test]
fn a_backlog_of_results_goes_a_bounded_amount_at_a_time_and_says_so() {
    let glass = Glass::default();
    let all_kept = Store::with_backend(Box::new(glass.clone()), options(1)).unwrap();
    all_kept.init_genesis(&identity(), 1, Writes::new()).unwrap();
    let hash = |height: u64, at: u64| {
        let mut hash = [0; 32];
        hash[..8].copy_from_slice(&height.to_be_bytes());
        hash[8..16].copy_from_slice(&at.to_be_bytes());
        hash
    };
    for height in 1..=100 {
        // Big blocks first, small ones after.
        let hashes: Vec<_> = (0..if height <= 10 { 3_000 } else { 1 }).map(|at| hash(height, at)).collect();
        commit_with(&all_kept, Writes::new(), Some(results(b"old", &hashes)));
    }
    drop(all_kept);
    let options = Options { retain_results_blocks: 1, ..options(1) };
    let store = Store::with_backend(Box::new(glass.clone()), options).unwrap();
    let mut earliest = store.earliest_results();
    assert_eq!(earliest, 1);
    let mut commits = 0;
    while earliest < store.committed().unwrap().height {
        let before = rows(&glass, Column::TxResults).len();
        commit_with(&store, Writes::new(), Some(results(b"new", &[])));
        let (next, after) = (store.earliest_results(), rows(&glass, Column::TxResults).len());
        assert!(next - earliest <= 16 && before - after < 4_096 + 3_000, "{earliest} to {next}");
        for column in BY_HEIGHT {
            assert!(rows(&glass, column).first().is_none_or(|first| *first >= next), "{column:?}");
        }
        earliest = next;
        commits += 1;
    }
    assert!((7..=15).contains(&commits), "{commits}");
    assert_eq!(glass.entries(Column::Txs), []);
}

#[test]
fn pruning_results_never_looks_below_what_is_kept() {
    let watched = Watched::default();
    let options = Options { retain_results_blocks: 2, ..options(1) };
    let store = Store::with_backend(Box::new(watched.clone()), options).unwrap();
    store.init_genesis(&identity(), 1, Writes::new()).unwrap();
    for at in 1..=50u8 {
        watched.scans.lock().unwrap().clear();
        commit_with(&store, Writes::new(), Some(results(&[at], &[[at; 32]])));
        let scans = watched.scans.lock().unwrap();
        assert!(scans.iter().all(|(column, _)| !BY_HEIGHT.contains(column)), "{scans:?}");
    }
    assert_eq!(store.earliest_results(), 49);
}

#[test]
fn pruning_state_begins_where_it_ended() {
    let watched = Watched::default();
    let store = Store::with_backend(Box::new(watched.clone()), options(2)).unwrap();
    store.init_genesis(&identity(), 1, Writes::new()).unwrap();
    let mut begins = Vec::new();
    for at in 1..=50u8 {
        watched.scans.lock().unwrap().clear();
        commit(&store, BTreeMap::from([(b"key".to_vec(), Some(vec![at]))]));
        let scans = watched.scans.lock().unwrap();
        let stale: Vec<_> = scans.iter().filter(|(column, _)| *column == Column::Stale).collect();
        assert_eq!(stale.len(), 1, "one look a commit: {scans:?}");
        begins.push(stale[0].1.clone());
    }
    // What a scan passes over, it reads: tombstones of all that is gone already.
    assert!(begins[3..].windows(2).all(|pair| pair[0] < pair[1]), "{begins:?}");
}

/// A scan: of which column, from where.
type Scan = (Column, Vec<u8>);

/// A backend that notes which columns are scanned, each from where.
#[derive(Clone, Default)]
struct Watched {
    glass: Glass,
    scans: Arc<Mutex<Vec<Scan>>>,
}

impl Backend for Watched {
    fn get(&self, column: Column, key: &[u8]) -> Result<Option<Vec<u8>>, Halt> {
        self.glass.get(column, key)
    }

    fn get_many(&self, column: Column, keys: &[&[u8]]) -> Result<Vec<Option<Vec<u8>>>, Halt> {
        self.glass.get_many(column, keys)
    }

    fn scan(&self, column: Column, range: KeyRange, order: Order) -> Entries<'_> {
        self.scans.lock().unwrap().push((column, range.from.clone()));
        self.glass.scan(column, range, order)
    }

    fn write(&self, batch: Batch, synced: bool) -> Result<(), Halt> {
        self.glass.write(batch, synced)
    }

    fn fork(&self) -> Option<Box<dyn Backend>> {
        None
    }
}
