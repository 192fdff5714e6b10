//! What a height costs: staging (reads, tree, root) and committing (encoding, synced write, pruning).
//!
//! `ACCOUNTS` (default 1,000,000), `UPDATES` per block (10,000), `BLOCKS` measured (20) and `BACKEND`
//! (`rocksdb` or `memory`) are read from the environment. With `MIXED=1` a
//! twentieth of the updates removes accounts, which later updates add again.
#![allow(missing_docs)]

use std::time::{Duration, Instant};

use chortle_kernel::hash::sha256;
use chortle_store::{Identity, Options, Store, Writes};
use criterion::{BenchmarkId, Criterion, Throughput};

struct Size {
    accounts: u64,
    updates: u64,
    blocks: u64,
    mixed: bool,
}

fn number(name: &str, default: u64) -> u64 {
    std::env::var(name).ok().and_then(|value| value.replace('_', "").parse().ok()).unwrap_or(default)
}

/// A key of 21 bytes, as accounts have: a prefix and an address.
fn account(at: u64) -> Vec<u8> {
    let hash = sha256(&at.to_be_bytes());
    [&[1], &hash[..20]].concat()
}

/// A value of 48 bytes.
fn value(at: u64, block: u64) -> Vec<u8> {
    [at, block, at ^ block, 0, 0, 0].iter().flat_map(|word| word.to_be_bytes()).collect()
}

/// Random accounts, other ones in each block.
fn block(size: &Size, height: u64) -> Writes {
    let mut state = height.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let mut writes = Writes::new();
    while (writes.len() as u64) < size.updates {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        let at = state % size.accounts;
        let removes = size.mixed && state.is_multiple_of(20);
        writes.insert(account(at), (!removes).then(|| value(at, height)));
    }
    writes
}

fn load(store: &Store, size: &Size) {
    let identity = Identity { chain_id: "bench".to_owned(), genesis_hash: [0; 32] };
    store.init_genesis(&identity, 1, Writes::new()).expect("an empty home takes a genesis");
    let begun = Instant::now();
    // In parts, as a chain grows, so that memory stays small.
    let part = 50_000;
    for from in (0..size.accounts).step_by(part) {
        let to = size.accounts.min(from + part as u64);
        let writes = (from..to).map(|at| (account(at), Some(value(at, 0)))).collect();
        let height = store.committed().map_or(0, |committed| committed.height) + 1;
        let staged = store.stage(height, writes).expect("the load can be staged");
        store.commit(staged, None).expect("the load can be committed");
    }
    let rate = size.accounts as f64 / begun.elapsed().as_secs_f64();
    println!("loaded {} accounts, {rate:.0} a second", size.accounts);
}

/// Time on the clock, and time that this thread had a core; they differ where others use the machine.
#[derive(Clone, Copy, Default)]
struct Spent {
    wall: Duration,
    cpu: Duration,
}

impl Spent {
    fn during<T>(&mut self, work: impl FnOnce() -> T) -> T {
        let (wall, cpu) = (Instant::now(), cpu());
        let done = work();
        self.wall += wall.elapsed();
        self.cpu += self::cpu().saturating_sub(cpu);
        done
    }
}

/// Time that this thread had a core so far; zero where the system does not say.
fn cpu() -> Duration {
    let said = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    Duration::from_nanos(said.split(' ').next().and_then(|field| field.parse().ok()).unwrap_or(0))
}

/// Runs blocks and gives the time spent staging and committing.
fn run(store: &Store, size: &Size, blocks: u64) -> (Spent, Spent) {
    let (mut stage, mut commit) = (Spent::default(), Spent::default());
    for _ in 0..blocks {
        let height = store.committed().map_or(0, |committed| committed.height) + 1;
        let writes = block(size, height);
        let staged = stage.during(|| store.stage(height, writes)).expect("a block can be staged");
        commit.during(|| store.commit(staged, None)).expect("a block can be committed");
    }
    (stage, commit)
}

fn main() {
    let size = Size {
        accounts: number("ACCOUNTS", 1_000_000),
        updates: number("UPDATES", 10_000),
        blocks: number("BLOCKS", 20),
        mixed: number("MIXED", 0) == 1,
    };
    let home = tempfile::tempdir().expect("a directory for the store");
    let options = Options { retain_blocks: 10, ..Options::default() };
    let store = match std::env::var("BACKEND").as_deref() {
        Ok("memory") => Store::memory(options),
        _ => Store::open(home.path(), options),
    };
    let store = store.expect("an empty store opens");
    load(&store, &size);
    run(&store, &size, 3);
    let (stage, commit) = run(&store, &size, size.blocks);
    let updates = (size.updates * size.blocks) as f64;
    let both = Spent { wall: stage.wall + commit.wall, cpu: stage.cpu + commit.cpu };
    for (name, spent) in [("stage", stage), ("commit", commit), ("both", both)] {
        let (wall, cpu) = (spent.wall.as_secs_f64(), spent.cpu.as_secs_f64());
        let micros = 1e6 / updates;
        println!(
            "{name}: {:.0} updates/s, {:.1} us each, {:.1} us of them on a core",
            updates / wall,
            wall * micros,
            cpu * micros
        );
    }
    let mut criterion = Criterion::default().configure_from_args().sample_size(10);
    let mut group = criterion.benchmark_group("height");
    group.throughput(Throughput::Elements(size.updates));
    group.bench_function(BenchmarkId::new("stage", size.updates), |bencher| {
        let height = store.committed().map_or(0, |committed| committed.height) + 1;
        let writes = block(&size, height);
        bencher.iter(|| store.stage(height, writes.clone()).map(|staged| staged.app_hash));
    });
    group.finish();
    criterion.final_summary();
}
