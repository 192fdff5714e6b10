//! Blocks of transfers through the whole state machine on RocksDB: transfers a second, CPU per transfer by phase, and
//! the signature limit of the same run. The same blocks run on a chain without a tree, so that what is not the tree is
//! measured and not inferred.
//!
//! `ACCOUNTS` (1,000,000), `TRANSFERS` a block (10,000) and `BLOCKS` (9) size it. Not a criterion benchmark: one run
//! takes minutes to set up and each block changes the state that the next one meets.

use std::{sync::Arc, time::Duration};

use anyhow::{Context, ensure};
use bytes::Bytes;
use chortle_app::{Decoded, Verified, verify::verify};
use chortle_consensus::driver::Phases;
use chortle_kernel::{Halt, signature};
use chortle_node::state_machine::Options;
use chortle_store::{Backend, Change, EMPTY_ROOT, PinnedState, Proof, StateTree, TreeUpdate};
use chortle_testkit::solo::Solo;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn size(name: &str, default: usize) -> anyhow::Result<usize> {
    std::env::var(name).map_or(Ok(default), |text| text.parse().with_context(|| format!("{name}={text}")))
}

/// CPU time of this process, on all cores.
fn cpu() -> Duration {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ProcessCPUTime);
    Duration::new(time.tv_sec.unsigned_abs(), u32::try_from(time.tv_nsec).unwrap_or(0))
}

/// CPU time of a step that reads no state, so that the run that follows finds nothing prepared.
fn timed<T>(step: impl FnOnce() -> anyhow::Result<T>) -> anyhow::Result<(T, Duration)> {
    let before = cpu();
    let value = step()?;
    Ok((value, cpu().saturating_sub(before)))
}

fn per_transfer_us(total: Duration, transfers: usize) -> f64 {
    total.as_secs_f64() * 1e6 / transfers as f64
}

/// A tree of nothing: a chain over it costs everything but the tree.
struct NoTree;

impl StateTree for NoTree {
    fn apply(&self, _: &dyn Backend, _: bool, _: u64, _: &[Change]) -> Result<TreeUpdate, Halt> {
        Ok(TreeUpdate { root: EMPTY_ROOT, nodes: Vec::new(), stale: Vec::new() })
    }

    fn root(&self, _: &PinnedState) -> Result<[u8; 32], Halt> {
        Ok(EMPTY_ROOT)
    }

    fn prove(&self, _: &PinnedState, _: &[u8]) -> Result<Proof, Halt> {
        Err(Halt::new("a tree of nothing proves nothing"))
    }
}

fn main() -> anyhow::Result<()> {
    let (accounts, transfers, blocks) =
        (size("ACCOUNTS", 1_000_000)?, size("TRANSFERS", 10_000)?, size("BLOCKS", 9)?);
    let homes = (tempfile::tempdir()?, tempfile::tempdir()?);
    eprintln!("writing a genesis of {accounts} accounts, with the tree and without");
    let whole = Solo::on_disk(homes.0.path(), accounts, Options::default())?;
    let bare = Solo::on_disk_with(homes.1.path(), accounts, Options::default(), |store| {
        store.with_tree(Box::new(NoTree))
    })?;
    eprintln!("signing and running {blocks} blocks of {transfers} transfers");
    // A step of a large prime spreads senders and recipients over all accounts.
    let place = |index: usize| index.wrapping_mul(7_368_787) % accounts;
    let mut sequences = vec![0u64; accounts];
    let mut transfers_of = |round: usize| -> anyhow::Result<Vec<Bytes>> {
        (round * transfers..(round + 1) * transfers)
            .map(|index| {
                let from = place(index);
                sequences[from] += 1;
                whole.transfer(from, sequences[from] - 1, place(index + transfers / 2 + 1), 1)
            })
            .collect()
    };
    settle();
    let rows = (0..blocks)
        .map(|round| row(&whole, &bare, &transfers_of(round)?))
        .collect::<anyhow::Result<Vec<_>>>()?;
    report(&rows, transfers);
    Ok(())
}

/// Waits until the database has done with genesis in the background: blocks are to be charged for themselves alone.
fn settle() {
    const QUIET: Duration = Duration::from_millis(20);
    loop {
        let before = cpu();
        std::thread::sleep(Duration::from_secs(2));
        if cpu().saturating_sub(before) < QUIET {
            return;
        }
    }
}

/// CPU of one block by phase, and the time that it took.
struct Row {
    wall: Duration,
    signatures: Duration,
    decode: Duration,
    verify: Duration,
    execute: Duration,
    record: Duration,
    root: Duration,
    write_tree: Duration,
    write_state: Duration,
    but_the_tree: Duration,
}

/// One block by the engine's calls with nothing cached, with the tree and without, and its pure steps apart.
fn row(whole: &Solo, bare: &Solo, txs: &[Bytes]) -> anyhow::Result<Row> {
    let (decoded, decode) = timed(|| decode_all(txs))?;
    let claims: Vec<_> =
        decoded.iter().flat_map(|one| one.tx.signatures.iter().zip(one.digests.iter().copied())).collect();
    // The limit: nothing but signatures, in batches as the node makes them.
    let (_, signatures) = timed(|| Ok(claims.chunks(256).map(signature::verify_all).collect::<Vec<_>>()))?;
    drop(claims);
    let (_, verify) = timed(|| verify_all(decoded))?;
    let (whole, bare) = (block(whole, txs)?, block(bare, txs)?);
    let of = |phases: &Phases| (phases.process, phases.finalize, phases.commit);
    let (process, finalize, commit) = of(&whole);
    let (bare_process, bare_finalize, bare_commit) = of(&bare);
    let wall = process.wall + finalize.wall + commit.wall;
    eprintln!(
        "{:.0} transfers/s (process {:?}, finalize {:?}, commit {:?})",
        txs.len() as f64 / wall.as_secs_f64(),
        process.wall,
        finalize.wall,
        commit.wall
    );
    Ok(Row {
        wall,
        signatures,
        decode,
        verify,
        execute: bare_process.cpu.saturating_sub(decode + verify),
        record: bare_finalize.cpu,
        root: finalize.cpu.saturating_sub(bare_finalize.cpu),
        write_tree: commit.cpu.saturating_sub(bare_commit.cpu),
        write_state: bare_commit.cpu,
        but_the_tree: bare_process.cpu + bare_finalize.cpu + bare_commit.cpu,
    })
}

fn block(solo: &Solo, txs: &[Bytes]) -> anyhow::Result<Phases> {
    let produced = solo.block(txs.to_vec())?;
    ensure!(produced.outcome.txs.iter().all(|tx| tx.code == 0), "a transfer failed");
    Ok(produced.phases)
}

fn decode_all(txs: &[Bytes]) -> anyhow::Result<Vec<Arc<Decoded>>> {
    let decode = |tx: &Bytes| Decoded::parse(&chortle_app::MODULES, tx).map(Arc::new);
    txs.iter().map(|tx| decode(tx).map_err(|error| anyhow::anyhow!(error))).collect()
}

fn verify_all(decoded: Vec<Arc<Decoded>>) -> anyhow::Result<Vec<Verified>> {
    let mut verified = Vec::with_capacity(decoded.len());
    let mut rest = decoded.into_iter().peekable();
    while rest.peek().is_some() {
        for verdict in verify(rest.by_ref().take(256).collect()) {
            verified.push(verdict.map_err(|unproven| anyhow::anyhow!(unproven.reject))?);
        }
    }
    Ok(verified)
}

/// The median of each figure over all blocks: a pause of the machine falls into one phase of one block.
fn report(rows: &[Row], transfers: usize) {
    let median = |of: &dyn Fn(&Row) -> f64| {
        let mut values: Vec<f64> = rows.iter().map(of).collect();
        values.sort_by(f64::total_cmp);
        values.get(values.len() / 2).copied().unwrap_or_default()
    };
    println!("transfers/s (median block): {:.0}", transfers as f64 / median(&|row| row.wall.as_secs_f64()));
    type Phase = fn(&Row) -> Duration;
    let phases: [(&str, Phase); 9] = [
        ("signatures alone", |row| row.signatures),
        ("decode", |row| row.decode),
        ("verify", |row| row.verify),
        ("execute", |row| row.execute),
        ("record", |row| row.record),
        ("root", |row| row.root),
        ("write, tree", |row| row.write_tree),
        ("write, state", |row| row.write_state),
        ("all but the tree", |row| row.but_the_tree),
    ];
    for (name, phase) in phases {
        let per_transfer_us = median(&|row| per_transfer_us(phase(row), transfers));
        println!("{name:>24}: {per_transfer_us:7.2} us of CPU a transfer");
    }
    let ratio = median(&|row| row.but_the_tree.as_secs_f64() / row.signatures.as_secs_f64());
    println!("{:>24}: {ratio:7.2} times the signature limit", "all but the tree");
}
