//! Both backends against a plain list of maps, one per height.
#![allow(missing_docs)]

mod common;

use chortle_store::{PinnedState, Store};
use common::{Seeded, State, apply, assert_reads_like, identity, naive_root, options};
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};

const RETAIN_BLOCKS: u64 = 5;
const STEPS: u64 = 24;
const WRITES_MAX: u64 = 12;

/// A store under test, and how to open it again.
struct Subject {
    store: Store,
    home: Option<tempfile::TempDir>,
}

impl Subject {
    fn memory() -> Self {
        Self { store: Store::memory(options(RETAIN_BLOCKS)).unwrap(), home: None }
    }

    fn on_disk() -> Self {
        let home = tempfile::tempdir().unwrap();
        let store = Store::open(home.path(), options(RETAIN_BLOCKS)).unwrap();
        Self { store, home: Some(home) }
    }

    fn reopen(&mut self) {
        if let Some(home) = &self.home {
            self.store = Store::memory(options(RETAIN_BLOCKS)).unwrap();
            self.store = Store::open(home.path(), options(RETAIN_BLOCKS)).unwrap();
        }
    }
}

fn check_every_height(subject: &Subject, states: &[State], seeded: &mut Seeded) {
    let latest = states.len() as u64 - 1;
    assert_eq!(subject.store.committed().unwrap().height, latest);
    assert_eq!(subject.store.committed().unwrap().app_hash, naive_root(&states[latest as usize]));
    for (height, state) in (0..).zip(states) {
        let Ok(view) = subject.store.at(height) else {
            assert!(height + RETAIN_BLOCKS <= latest, "height {height} of {latest} is not readable");
            continue;
        };
        assert!(height + RETAIN_BLOCKS > latest, "height {height} of {latest} is still readable");
        assert_reads_like(&view, state, seeded);
        assert_eq!(subject.store.app_hash(height).unwrap(), naive_root(state));
    }
}

fn random_history(seed: u64, mut subject: Subject) {
    let mut seeded = Seeded(seed);
    let genesis = apply(&State::new(), &seeded.writes(WRITES_MAX));
    subject.store.init_genesis(&identity(), 1, common::as_writes(&genesis)).unwrap();
    let mut states = vec![genesis];
    let mut held: Vec<(PinnedState, usize)> = Vec::new();
    for _ in 0..STEPS {
        let height = states.len() as u64;
        match seeded.below(8) {
            0 => {
                held.clear();
                subject.reopen();
            }
            1 => drop(subject.store.stage(height, seeded.writes(WRITES_MAX)).unwrap()),
            2 => held.push((subject.store.latest(), states.len() - 1)),
            _ => {
                let writes = seeded.writes(WRITES_MAX);
                states.push(apply(&states[states.len() - 1], &writes));
                common::commit(&subject.store, writes);
            }
        }
        check_every_height(&subject, &states, &mut seeded);
        for (view, at) in &held {
            assert_reads_like(view, &states[*at], &mut seeded);
        }
    }
}

fn run(cases: u32, subject: fn() -> Subject) {
    let rng = TestRng::deterministic_rng(RngAlgorithm::ChaCha);
    let config = Config { cases, failure_persistence: None, ..Config::default() };
    let mut runner = TestRunner::new_with_rng(config, rng);
    runner
        .run(&proptest::num::u64::ANY, |seed| {
            random_history(seed, subject());
            Ok(())
        })
        .unwrap();
}

#[test]
fn memory_reads_like_a_list_of_maps() {
    run(150, Subject::memory);
}

#[test]
fn rocksdb_reads_like_a_list_of_maps() {
    run(25, Subject::on_disk);
}

#[test]
fn both_backends_give_the_same_roots_and_results() {
    let home = tempfile::tempdir().unwrap();
    let stores = [Store::memory(options(3)).unwrap(), Store::open(home.path(), options(3)).unwrap()];
    let mut seeded = Seeded(11);
    let genesis = seeded.writes(40);
    let roots = stores.each_ref().map(|store| store.init_genesis(&identity(), 5, genesis.clone()).unwrap());
    assert_eq!(roots[0], roots[1]);
    for height in 5..60 {
        let writes = seeded.writes(30);
        let txs: Vec<_> = (0..seeded.below(4)).map(|_| [seeded.next() as u8; 32]).collect();
        let found = common::results(&seeded.value(), &txs);
        let roots =
            stores.each_ref().map(|store| common::commit_with(store, writes.clone(), Some(found.clone())));
        assert_eq!(roots[0], roots[1], "height {height}");
    }
    for height in 5..60 {
        let found = stores.each_ref().map(|store| store.block_results(height).unwrap().expect("results"));
        assert_eq!(found[0], found[1], "height {height}");
    }
    for hash in 0..=255u8 {
        let places = stores.each_ref().map(|store| store.tx_location(&[hash; 32]).unwrap());
        assert_eq!(places[0], places[1]);
    }
}

#[test]
fn a_hot_key_is_read_at_every_height_of_a_long_history() {
    let store = common::memory_with(&State::new(), options(0));
    let mut states = vec![State::new()];
    for height in 1..=100u64 {
        let mut writes = common::write(b"hot", &height.to_be_bytes());
        // Neighbours that sort before and after, changed rarely.
        if height % 30 == 0 {
            writes.insert(b"hos".to_vec(), Some(vec![height as u8]));
            writes.insert(b"hot\0".to_vec(), (height % 60 == 0).then(|| vec![height as u8]));
        }
        states.push(apply(&states[states.len() - 1], &writes));
        common::commit(&store, writes);
    }
    let mut seeded = Seeded(3);
    for (height, state) in (0..).zip(&states) {
        assert_reads_like(&store.at(height).unwrap(), state, &mut seeded);
        assert_eq!(store.at(height).unwrap().height(), height);
    }
}
