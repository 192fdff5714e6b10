//! A naive model of the store, a seeded generator, and a tree root computed from the definition.
#![allow(dead_code, missing_docs)]

use std::collections::BTreeMap;
use std::sync::Arc;

use chortle_kernel::{Entries, Entry, Halt, KeyRange, Order, ReadState, hash::sha256};
use chortle_store::{
    Backend, Batch, BlockResults, Column, EMPTY_ROOT, Identity, Memory, Options, Store, TxResult, Writes,
};

pub type State = BTreeMap<Vec<u8>, Vec<u8>>;

/// Past every key that the tests use.
pub const PAST_ALL: [u8; 8] = [0xff; 8];

pub fn identity() -> Identity {
    Identity { chain_id: "chortle-test".to_owned(), genesis_hash: [7; 32] }
}

pub fn options(retain_blocks: u64) -> Options {
    Options { retain_blocks, cache_bytes: 8 << 20, ..Options::default() }
}

/// SplitMix64: the same numbers for the same seed, on every machine.
pub struct Seeded(pub u64);

impl Seeded {
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    pub fn below(&mut self, end: u64) -> u64 {
        self.next() % end
    }

    /// Keys that are prefixes of each other and sit at the ends of the byte range.
    pub fn key(&mut self) -> Vec<u8> {
        let length = 1 + self.below(3);
        (0..length).map(|_| [0x00, 0x01, b'a', 0xff][self.below(4) as usize]).collect()
    }

    pub fn value(&mut self) -> Vec<u8> {
        let length = self.below(4);
        (0..length).map(|_| [0xee, self.next() as u8][self.below(2) as usize]).collect()
    }

    /// One in three writes removes.
    pub fn writes(&mut self, count_max: u64) -> Writes {
        let count = self.below(count_max + 1);
        (0..count)
            .map(|_| {
                let removes = self.below(3) == 0;
                (self.key(), if removes { None } else { Some(self.value()) })
            })
            .collect()
    }
}

pub fn apply(state: &State, writes: &Writes) -> State {
    let mut after = state.clone();
    for (key, value) in writes {
        match value {
            Some(value) => after.insert(key.clone(), value.clone()),
            None => after.remove(key),
        };
    }
    after
}

/// The root by the definition of the tree: a subtree of one leaf is that leaf, an empty one is the
/// placeholder.
pub fn naive_root(state: &State) -> [u8; 32] {
    let lengthened = |value: &Vec<u8>| value.iter().all(|byte| *byte == 0xee);
    let committed =
        |value: &Vec<u8>| if lengthened(value) { vec![0xee; value.len() + 1] } else { value.clone() };
    let mut leaves: Vec<_> =
        state.iter().map(|(key, value)| (sha256(key), sha256(&committed(value)))).collect();
    leaves.sort();
    subtree(&leaves, 0)
}

fn subtree(leaves: &[([u8; 32], [u8; 32])], depth: usize) -> [u8; 32] {
    match leaves {
        [] => EMPTY_ROOT,
        [(key, value)] => sha256(&[b"JMT::LeafNode".as_slice(), key, value].concat()),
        _ => {
            let is_left = |leaf: &([u8; 32], [u8; 32])| leaf.0[depth / 8] & (0x80 >> (depth % 8)) == 0;
            let (left, right) = leaves.split_at(leaves.partition_point(is_left));
            let (left, right) = (subtree(left, depth + 1), subtree(right, depth + 1));
            sha256(&[b"JMT::IntrnalNode".as_slice(), &left, &right].concat())
        }
    }
}

pub fn range(from: &[u8], to: &[u8]) -> KeyRange {
    KeyRange { from: from.to_vec(), to: to.to_vec() }
}

pub fn scan(view: &impl ReadState, from: &[u8], to: &[u8], order: Order) -> Vec<Entry> {
    view.scan(range(from, to), order).collect::<Result<_, _>>().unwrap()
}

pub fn all(view: &impl ReadState) -> State {
    scan(view, &[], &PAST_ALL, Order::Ascending).into_iter().collect()
}

pub fn model_scan(state: &State, from: &[u8], to: &[u8], order: Order) -> Vec<Entry> {
    if from >= to {
        return Vec::new();
    }
    let entries = state.range(from.to_vec()..to.to_vec()).map(|(key, value)| (key.clone(), value.clone()));
    match order {
        Order::Ascending => entries.collect(),
        Order::Descending => entries.rev().collect(),
    }
}

/// A view answers like a plain map: every scan of random ranges in both orders, and every key.
pub fn assert_reads_like(view: &impl ReadState, state: &State, seeded: &mut Seeded) {
    for order in [Order::Ascending, Order::Descending] {
        assert_eq!(scan(view, &[], &PAST_ALL, order), model_scan(state, &[], &PAST_ALL, order));
        for _ in 0..4 {
            let (from, to) = (seeded.key(), seeded.key());
            assert_eq!(scan(view, &from, &to, order), model_scan(state, &from, &to, order));
            let key = seeded.key();
            assert_eq!(view.get(&key).unwrap(), state.get(&key).cloned());
        }
    }
}

/// A memory store at genesis with these entries.
pub fn memory_with(entries: &State, options: Options) -> Store {
    let store = Store::memory(options).unwrap();
    store.init_genesis(&identity(), 1, as_writes(entries)).unwrap();
    store
}

pub fn as_writes(state: &State) -> Writes {
    state.iter().map(|(key, value)| (key.clone(), Some(value.clone()))).collect()
}

/// Results whose parts can be told apart, with transactions of these hashes.
pub fn results(name: &[u8], hashes: &[[u8; 32]]) -> BlockResults {
    let tx = |(at, hash): (usize, &[u8; 32])| TxResult {
        hash: *hash,
        bytes: [name, b" tx ", at.to_string().as_bytes()].concat(),
    };
    BlockResults {
        head: [name, b" head"].concat(),
        events: [name, b" events"].concat(),
        txs: hashes.iter().enumerate().map(tx).collect(),
    }
}

/// Stages and commits the next height without results.
pub fn commit(store: &Store, writes: Writes) -> [u8; 32] {
    commit_with(store, writes, None)
}

pub fn commit_with(store: &Store, writes: Writes, results: Option<BlockResults>) -> [u8; 32] {
    let height = store.committed().unwrap().height + 1;
    let staged = store.stage(height, writes).unwrap();
    let app_hash = staged.app_hash;
    store.commit(staged, results).unwrap();
    assert_eq!(store.committed().unwrap().app_hash, app_hash);
    app_hash
}

pub fn write(key: &[u8], value: &[u8]) -> Writes {
    Writes::from([(key.to_vec(), Some(value.to_vec()))])
}

pub fn removal(key: &[u8]) -> Writes {
    Writes::from([(key.to_vec(), None)])
}

/// A memory backend that the test can look into while a store uses it.
#[derive(Clone, Default)]
pub struct Glass(Arc<Memory>);

impl Glass {
    pub fn entries(&self, column: Column) -> Vec<(Vec<u8>, Vec<u8>)> {
        let range = KeyRange { from: Vec::new(), to: vec![0xff; 64] };
        self.0.scan(column, range, Order::Ascending).collect::<Result<_, _>>().unwrap()
    }
}

impl Backend for Glass {
    fn get(&self, column: Column, key: &[u8]) -> Result<Option<Vec<u8>>, Halt> {
        self.0.get(column, key)
    }

    fn get_many(&self, column: Column, keys: &[&[u8]]) -> Result<Vec<Option<Vec<u8>>>, Halt> {
        self.0.get_many(column, keys)
    }

    fn scan(&self, column: Column, range: KeyRange, order: Order) -> Entries<'_> {
        self.0.scan(column, range, order)
    }

    fn write(&self, batch: Batch, synced: bool) -> Result<(), Halt> {
        self.0.write(batch, synced)
    }

    fn fork(&self) -> Option<Box<dyn Backend>> {
        None
    }
}
