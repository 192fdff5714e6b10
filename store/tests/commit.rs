//! Staging, committing, genesis, records, and what failure leaves.
#![allow(missing_docs)]

mod common;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use chortle_kernel::{Entries, Halt, KeyRange, Order, ReadState};
use chortle_store::{
    Backend, Batch, Column, Committed, FORMAT, GenesisError, Identity, Memory, OpenError, ProveError, Store,
};
use common::{
    Seeded, State, all, commit, commit_with, identity, memory_with, naive_root, options, removal, results,
    write,
};

#[test]
fn before_genesis_there_is_no_height_and_the_state_is_empty_for_ever() {
    let store = Store::memory(options(3)).unwrap();
    let before = store.latest();
    assert_eq!((store.committed(), store.identity()), (None, None));
    assert!(store.at(0).is_err());
    assert!(store.stage(1, write(b"a", b"1")).is_err());
    store.init_genesis(&identity(), 1, write(b"a", b"1")).unwrap();
    assert_eq!(all(&before), State::new());
    assert_eq!(before.get(b"a").unwrap(), None);
    assert_eq!(store.latest().get(b"a").unwrap(), Some(b"1".to_vec()));
}

#[test]
fn genesis_stands_one_below_the_initial_height() {
    let store = Store::memory(options(3)).unwrap();
    let app_hash = store.init_genesis(&identity(), 100, write(b"a", b"1")).unwrap();
    let committed = store.committed().unwrap();
    assert_eq!(committed, Committed { height: 99, app_hash, initial_height: 100 });
    assert!(!committed.has_block());
    commit(&store, write(b"a", b"2"));
    assert!(store.committed().unwrap().has_block());
    assert_eq!(store.committed().unwrap().height, 100);
    assert_eq!(store.at(99).unwrap().get(b"a").unwrap(), Some(b"1".to_vec()));
    assert_eq!(store.earliest_height(), 99);
}

#[test]
fn genesis_may_be_repeated_only_with_equal_identity_and_state_before_the_first_block() {
    let home = tempfile::tempdir().unwrap();
    let first = {
        let store = Store::open(home.path(), options(3)).unwrap();
        store.init_genesis(&identity(), 1, write(b"a", b"1")).unwrap()
    };
    let store = Store::open(home.path(), options(3)).unwrap();
    assert_eq!(store.init_genesis(&identity(), 1, write(b"a", b"1")), Ok(first));

    let other_chain = Identity { chain_id: "elsewhere".to_owned(), ..identity() };
    let refusal = store.init_genesis(&other_chain, 1, write(b"a", b"1")).unwrap_err();
    assert!(matches!(refusal, GenesisError::OtherChain { .. }));
    assert!(refusal.to_string().contains("chortle-test") && refusal.to_string().contains("elsewhere"));

    let other_genesis = Identity { genesis_hash: [8; 32], ..identity() };
    let refusal = store.init_genesis(&other_genesis, 1, write(b"a", b"1")).unwrap_err();
    assert!(matches!(refusal, GenesisError::OtherGenesis { .. }));

    for (initial_height, writes) in [(1, write(b"a", b"2")), (2, write(b"a", b"1"))] {
        let refusal = store.init_genesis(&identity(), initial_height, writes).unwrap_err();
        assert!(matches!(refusal, GenesisError::OtherState { .. }), "{refusal}");
    }
    assert_eq!(store.init_genesis(&identity(), 0, write(b"a", b"1")), Err(GenesisError::ZeroInitialHeight));

    commit(&store, write(b"b", b"2"));
    let refusal = store.init_genesis(&identity(), 1, write(b"a", b"1"));
    assert_eq!(refusal, Err(GenesisError::AlreadyRunning { height: 1 }));
    assert_eq!(all(&store.latest()).len(), 2);
}

#[test]
fn an_index_is_read_at_every_height_and_leaves_the_root_alone() {
    let store = Store::memory(options(3)).unwrap();
    store.init_genesis(&identity(), 1, write(b"a", b"1")).unwrap();
    let plain = commit(&store, write(b"a", b"2"));
    let other = Store::memory(options(3)).unwrap();
    let with_index = |a: &[u8], index: &[u8]| {
        let mut writes = write(b"a", a);
        writes.append(&mut write(b"~index/x", index));
        writes
    };
    other.init_genesis(&identity(), 1, with_index(b"1", b"old")).unwrap();
    let app_hash = commit(&other, with_index(b"2", b"new"));
    assert_eq!(app_hash, plain);
    assert_eq!(other.latest().get(b"~index/x").unwrap(), Some(b"new".to_vec()));
    assert_eq!(other.at(0).unwrap().get(b"~index/x").unwrap(), Some(b"old".to_vec()));
    assert_eq!(other.prove(b"~index/x", 1), Err(ProveError::Index));
    for height in 2..9 {
        commit(&other, if height % 2 == 0 { removal(b"~index/x") } else { write(b"~index/x", b"back") });
    }
    assert_eq!(other.committed().unwrap().app_hash, plain);
    assert!(other.prove(b"a", 8).is_ok());
}

#[test]
fn staging_changes_nothing_and_candidates_do_not_disturb_each_other() {
    let state = State::from([(b"a".to_vec(), b"1".to_vec()), (b"b".to_vec(), b"2".to_vec())]);
    let store = memory_with(&state, options(3));
    let before = store.committed();
    let candidates =
        [write(b"a", b"9"), removal(b"a"), write(b"c", b"3"), removal(b"never there"), write(b"a", b"1")];
    let staged = candidates.clone().map(|writes| store.stage(1, writes).unwrap());
    for (staged, writes) in staged.iter().zip(&candidates) {
        assert_eq!(staged.app_hash, naive_root(&common::apply(&state, writes)));
    }
    assert_eq!(store.committed(), before);
    assert_eq!(all(&store.latest()), state);
    let [_, second, ..] = staged;
    let app_hash = second.app_hash;
    store.commit(second, None).unwrap();
    assert_eq!(store.committed().unwrap().app_hash, app_hash);
    assert_eq!(store.latest().get(b"a").unwrap(), None);
}

#[test]
fn a_stage_of_the_wrong_height_or_parent_is_refused() {
    let store = memory_with(&State::new(), options(3));
    assert!(store.stage(2, write(b"a", b"1")).is_err());
    assert!(store.stage(0, write(b"a", b"1")).is_err());
    let first = store.stage(1, write(b"a", b"1")).unwrap();
    let rival = store.stage(1, write(b"a", b"2")).unwrap();
    store.commit(first, None).unwrap();
    assert!(store.commit(rival, None).unwrap_err().to_string().contains("height 1"));
    assert_eq!(store.latest().get(b"a").unwrap(), Some(b"1".to_vec()));

    let begun = store.snapshot().unwrap();
    commit(&store, write(b"a", b"3"));
    let next = store.stage(3, write(b"a", b"4")).unwrap();
    store.restore(&begun).unwrap();
    commit(&store, write(b"a", b"5"));
    let refusal = store.commit(next, None).unwrap_err();
    assert!(refusal.to_string().contains("another state"), "{refusal}");
}

#[test]
fn the_empty_key_is_refused() {
    let store = memory_with(&State::new(), options(3));
    assert!(store.stage(1, write(b"", b"1")).unwrap_err().to_string().contains("empty key"));
    let fresh = Store::memory(options(3)).unwrap();
    assert!(matches!(fresh.init_genesis(&identity(), 1, write(b"", b"1")), Err(GenesisError::Halt(_))));
}

#[test]
fn results_are_found_by_height_by_place_and_by_hash() {
    let store = memory_with(&State::new(), options(3));
    let one = results(b"one", &[[1; 32], [2; 32], [1; 32]]);
    commit_with(&store, write(b"a", b"1"), Some(one.clone()));
    commit(&store, write(b"a", b"2"));
    commit_with(&store, write(b"a", b"3"), Some(results(b"three", &[])));
    for (hash, index) in [([1; 32], 0), ([2; 32], 1)] {
        let place = store.tx_location(&hash).unwrap().unwrap();
        assert_eq!((place.height, place.index), (1, index));
        assert_eq!(store.tx_result(place).unwrap().unwrap(), format!("one tx {index}").as_bytes());
    }
    assert_eq!(store.tx_location(&[3; 32]).unwrap(), None);
    assert_eq!(store.block_head(1).unwrap().unwrap(), b"one head");
    assert_eq!(store.block_events(1).unwrap().unwrap(), b"one events");
    assert_eq!(store.block_head(2).unwrap(), None);
    assert_eq!(store.block_results(1).unwrap(), Some(one));
    assert_eq!(store.block_results(3).unwrap(), Some(results(b"three", &[])));
}

#[test]
fn transactions_of_a_block_come_by_count_or_by_size_and_never_none_where_there_is_one() {
    let store = memory_with(&State::new(), options(3));
    let hashes: Vec<_> = (0..5).map(|at| [at; 32]).collect();
    commit_with(&store, write(b"a", b"1"), Some(results(b"one", &hashes)));
    commit_with(&store, write(b"a", b"2"), Some(results(b"two", &hashes)));
    let count = |from, limit, bytes_max| store.tx_results(1, from, limit, bytes_max).unwrap().len();
    // Each has eight bytes.
    for (from, limit, bytes_max, expected) in
        [(0, 9, 1_000, 5), (3, 9, 1_000, 2), (5, 9, 1_000, 0), (0, 2, 1_000, 2), (0, 9, 1, 1), (0, 9, 9, 2)]
    {
        assert_eq!(count(from, limit, bytes_max), expected, "{from} {limit} {bytes_max}");
    }
    assert_eq!(store.tx_results(2, 4, 9, 9).unwrap(), [b"two tx 4"]);
}

#[test]
fn restarting_at_every_height_gives_the_same_roots() {
    let home = tempfile::tempdir().unwrap();
    let straight = memory_with(&State::new(), options(4));
    Store::open(home.path(), options(4)).unwrap().init_genesis(&identity(), 1, [].into()).unwrap();
    let (mut left, mut right) = (Seeded(5), Seeded(5));
    for _ in 0..40 {
        let store = Store::open(home.path(), options(4)).unwrap();
        assert_eq!(store.committed(), straight.committed());
        assert_eq!(store.earliest_height(), straight.earliest_height());
        assert_eq!(all(&store.latest()), all(&straight.latest()));
        assert_eq!(commit(&store, left.writes(30)), commit(&straight, right.writes(30)));
    }
}

#[test]
fn a_second_store_in_one_home_is_refused_with_cause_and_cure() {
    let home = tempfile::tempdir().unwrap();
    let _first = Store::open(home.path(), options(3)).unwrap();
    let refusal = Store::open(home.path(), options(3)).err().unwrap();
    assert_eq!(refusal, OpenError::Locked { path: home.path().to_owned() });
    assert!(refusal.to_string().contains("in use") && refusal.to_string().contains("stop that node"));
}

#[test]
fn a_home_that_cannot_be_one_is_refused_with_its_cause() {
    let home = tempfile::tempdir().unwrap();
    let file = home.path().join("file");
    std::fs::write(&file, b"not a directory").unwrap();
    assert!(matches!(Store::open(&file, options(3)), Err(OpenError::Directory { .. })));
}

#[test]
fn a_damaged_home_is_refused() {
    let home = tempfile::tempdir().unwrap();
    Store::open(home.path(), options(3)).unwrap().init_genesis(&identity(), 1, write(b"a", b"1")).unwrap();
    std::fs::write(home.path().join("CURRENT"), b"MANIFEST-999999\n").unwrap();
    let refusal = Store::open(home.path(), options(3)).err().unwrap();
    assert!(matches!(refusal, OpenError::Corrupt { .. } | OpenError::Engine { .. }), "{refusal}");
}

#[test]
fn another_format_is_refused_with_cause_and_cure() {
    let memory = Memory::default();
    let mut batch = Batch::default();
    batch.put(Column::Meta, b"format".to_vec(), 9u64.to_le_bytes().to_vec());
    memory.write(batch, true).unwrap();
    let refusal = Store::with_backend(Box::new(memory), options(3)).err().unwrap();
    assert_eq!(refusal, OpenError::Format { found: 9, expected: FORMAT });
}

#[test]
fn a_snapshot_puts_everything_back_as_often_as_wanted() {
    let store = memory_with(&State::new(), options(0));
    commit_with(&store, write(b"a", b"1"), Some(results(b"one", &[[1; 32]])));
    let snapshot = store.snapshot().unwrap();
    let at_snapshot = (store.committed(), all(&store.latest()));
    for round in 0..3u8 {
        let hash = [10 + round; 32];
        commit_with(&store, write(b"a", &[round]), Some(results(&[round], &[hash])));
        let held = store.latest();
        store.restore(&snapshot).unwrap();
        assert_eq!((store.committed(), all(&store.latest())), at_snapshot);
        assert_eq!(store.tx_location(&hash).unwrap(), None);
        assert_eq!(store.block_results(2).unwrap(), None);
        assert_eq!(store.block_results(1).unwrap(), Some(results(b"one", &[[1; 32]])));
        assert!(store.prove(b"a", 1).is_ok());
        assert_eq!(held.get(b"a").unwrap(), Some(vec![round]), "a view taken before keeps what it saw");
    }
    let home = tempfile::tempdir().unwrap();
    assert!(Store::open(home.path(), options(3)).unwrap().snapshot().is_err());
}

/// A backend whose writes fail once the switch is thrown.
struct Failing {
    memory: Memory,
    fails: Arc<AtomicBool>,
}

impl Backend for Failing {
    fn get(&self, column: Column, key: &[u8]) -> Result<Option<Vec<u8>>, Halt> {
        self.memory.get(column, key)
    }

    fn get_many(&self, column: Column, keys: &[&[u8]]) -> Result<Vec<Option<Vec<u8>>>, Halt> {
        self.memory.get_many(column, keys)
    }

    fn scan(&self, column: Column, range: KeyRange, order: Order) -> Entries<'_> {
        self.memory.scan(column, range, order)
    }

    fn write(&self, batch: Batch, synced: bool) -> Result<(), Halt> {
        assert!(synced, "every write of the store is synced");
        match self.fails.swap(false, Ordering::SeqCst) {
            true => Err(Halt::new("no space left on device")),
            false => self.memory.write(batch, synced),
        }
    }

    fn fork(&self) -> Option<Box<dyn Backend>> {
        None
    }
}

#[test]
fn a_failed_write_halts_and_nothing_is_tried_after_it() {
    let fails = Arc::new(AtomicBool::new(false));
    let backend = Failing { memory: Memory::default(), fails: Arc::clone(&fails) };
    let store = Store::with_backend(Box::new(backend), options(3)).unwrap();
    store.init_genesis(&identity(), 1, write(b"a", b"1")).unwrap();
    let staged = store.stage(1, write(b"a", b"2")).unwrap();
    fails.store(true, Ordering::SeqCst);
    let halt = Halt::new("no space left on device");
    assert_eq!(store.commit(staged.clone(), None), Err(halt.clone()));
    assert_eq!(store.commit(staged, None), Err(halt.clone()));
    assert_eq!(store.stage(1, write(b"a", b"3")).unwrap_err(), halt);
    assert_eq!(store.init_genesis(&identity(), 1, write(b"a", b"1")), Err(GenesisError::Halt(halt)));
    assert_eq!(store.committed().unwrap().height, 0);
    assert_eq!(store.latest().get(b"a").unwrap(), Some(b"1".to_vec()));
}
