//! Readers beside the writer: every view is one height, whole.
#![allow(missing_docs)]

mod common;

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use chortle_kernel::{Order, ReadState};
use chortle_store::{PinnedState, Store, Writes};
use common::{PAST_ALL, Seeded, identity, options, scan};

const ACCOUNTS: u64 = 400;
const TOTAL: u64 = ACCOUNTS * 1_000;
const HEIGHTS: u64 = 300;

fn is_shared_between_threads<T: Send + Sync + 'static>() {}

fn number(bytes: &[u8]) -> u64 {
    u64::from_be_bytes(bytes.try_into().unwrap())
}

/// Money moves between random accounts and none is made: any mixture of two heights would show in the sum.
fn writer(store: &Store) {
    let mut seeded = Seeded(1);
    for height in 1..=HEIGHTS {
        let view = store.latest();
        let mut balances: std::collections::BTreeMap<Vec<u8>, u64> =
            common::all(&view).into_iter().map(|(key, value)| (key, number(&value))).collect();
        for _ in 0..50 {
            let (from, to) = (seeded.below(ACCOUNTS).to_be_bytes(), seeded.below(ACCOUNTS).to_be_bytes());
            let amount = seeded.below(balances[from.as_slice()] + 1);
            *balances.get_mut(from.as_slice()).unwrap() -= amount;
            *balances.get_mut(to.as_slice()).unwrap() += amount;
        }
        balances.insert(vec![0xfe; 7], height);
        let writes: Writes =
            balances.into_iter().map(|(key, value)| (key, Some(value.to_be_bytes().to_vec()))).collect();
        common::commit(store, writes);
    }
}

fn assert_is_whole(view: &PinnedState, order: Order) {
    let entries = scan(view, &[], &PAST_ALL, order);
    let accounts = entries.iter().filter(|(key, _)| key.len() == 8);
    assert_eq!(accounts.map(|(_, value)| number(value)).sum::<u64>(), TOTAL, "height {}", view.height());
    assert_eq!(view.get(&[0xfe; 7]).unwrap().map_or(0, |value| number(&value)), view.height());
    for (key, value) in entries.iter().step_by(37) {
        assert_eq!(view.get(key).unwrap().as_ref(), Some(value));
    }
}

fn run(store: &Store) {
    let genesis = (0..ACCOUNTS).map(|at| (at.to_be_bytes().to_vec(), Some(1_000u64.to_be_bytes().to_vec())));
    store.init_genesis(&identity(), 1, genesis.collect()).unwrap();
    let (done, reads) = (AtomicBool::new(false), AtomicU64::new(0));
    std::thread::scope(|scope| {
        for order in [Order::Ascending, Order::Descending] {
            let (done, reads) = (&done, &reads);
            scope.spawn(move || {
                while !done.load(Ordering::SeqCst) {
                    let view = store.latest();
                    assert_is_whole(&view, order);
                    if let Ok(earlier) = store.at(store.earliest_height()) {
                        assert_is_whole(&earlier, order);
                    }
                    assert_is_whole(&view, order);
                    reads.fetch_add(1, Ordering::SeqCst);
                }
            });
        }
        writer(store);
        done.store(true, Ordering::SeqCst);
    });
    assert_eq!(store.committed().unwrap().height, HEIGHTS);
    assert!(reads.load(Ordering::SeqCst) > 0);
}

#[test]
fn views_are_whole_while_memory_is_written() {
    is_shared_between_threads::<PinnedState>();
    is_shared_between_threads::<Store>();
    run(&Store::memory(options(2)).unwrap());
}

#[test]
fn views_are_whole_while_rocksdb_is_written() {
    let home = tempfile::tempdir().unwrap();
    run(&Store::open(home.path(), options(2)).unwrap());
}
