//! Blocks of transfers through the whole state machine on RocksDB: transfers a second, CPU per transfer by phase, and
//! the signature limit of the same run.
//!
//! `ACCOUNTS` (1,000,000), `TRANSFERS` a block (10,000) and `BLOCKS` (5) size it. Not a criterion benchmark: one run
//! takes minutes to set up and each block changes the state that the next one meets.

use std::time::Duration;

use anyhow::{Context, ensure};
use bytes::Bytes;
use chortle_app::{Decoded, Verified, verify::verify};
use chortle_kernel::{Reject, codec, signature};
use chortle_store::Entries;
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

fn main() -> anyhow::Result<()> {
    let (accounts, transfers, blocks) =
        (size("ACCOUNTS", 1_000_000)?, size("TRANSFERS", 10_000)?, size("BLOCKS", 5)?);
    let home = tempfile::tempdir()?;
    eprintln!("writing a genesis of {accounts} accounts");
    let solo = Solo::on_disk(home.path(), accounts)?;
    eprintln!("signing {blocks} blocks of {transfers} transfers");
    // A step of a large prime spreads senders and recipients over all accounts.
    let place = |index: usize| index.wrapping_mul(7_368_787) % accounts;
    let mut sequences = vec![0u64; accounts];
    let mut transfers_of = |round: usize| -> anyhow::Result<Vec<Bytes>> {
        (round * transfers..(round + 1) * transfers)
            .map(|index| {
                let from = place(index);
                sequences[from] += 1;
                solo.transfer(from, sequences[from] - 1, place(index + transfers / 2 + 1), 1)
            })
            .collect()
    };
    settle();
    let mut rows =
        (0..blocks).map(|round| block(&solo, transfers_of(round)?)).collect::<Result<Vec<_>, _>>()?;
    let entries = entries(&solo, &transfers_of(blocks)?)?;
    report(&mut rows, transfers, entries);
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

struct Row {
    wall: Duration,
    signatures: Duration,
    decode: Duration,
    verify: Duration,
    execute: Duration,
    record: Duration,
    root: Duration,
    write: Duration,
}

/// One block by the engine's calls with nothing cached, and its pure steps apart.
fn block(solo: &Solo, txs: Vec<Bytes>) -> anyhow::Result<Row> {
    let (decoded, decode) = timed(|| decode_all(&txs))?;
    let claims: Vec<_> = decoded
        .iter()
        .flat_map(|one| one.tx.signatures.iter().map(|signature| (signature, one.sign_digest)))
        .collect();
    // The limit: nothing but signatures, in batches as the node makes them.
    let (_, signatures) = timed(|| Ok(claims.chunks(256).map(signature::verify_all).collect::<Vec<_>>()))?;
    drop(claims);
    let (_, verify) = timed(|| verify_all(decoded))?;
    let count = txs.len();
    let produced = solo.block(txs)?;
    ensure!(produced.outcome.txs.iter().all(|tx| tx.code == 0), "a transfer failed");
    let outbox = solo.chain.store().block(produced.height)?.context("the block has a record")?.outbox_bytes;
    let record: chortle_app::BlockRecord = codec::decode_stored(b"outbox", &outbox)?;
    let (_, record) = timed(|| Ok(codec::encode(&record)))?;
    let (process, finalize, commit) =
        (produced.phases.process, produced.phases.finalize, produced.phases.commit);
    let wall = process.wall + finalize.wall + commit.wall;
    eprintln!(
        "height {}: {:.0} transfers/s (process {:?}, finalize {:?}, commit {:?})",
        produced.height,
        count as f64 / wall.as_secs_f64(),
        process.wall,
        finalize.wall,
        commit.wall
    );
    Ok(Row {
        wall,
        signatures,
        decode,
        verify,
        execute: process.cpu.saturating_sub(decode + verify),
        record,
        root: finalize.cpu.saturating_sub(record),
        write: commit.cpu,
    })
}

fn decode_all(txs: &[Bytes]) -> anyhow::Result<Vec<Decoded>> {
    txs.iter().map(|tx| Decoded::parse(tx).map_err(|error| anyhow::anyhow!(error))).collect()
}

fn verify_all(decoded: Vec<Decoded>) -> anyhow::Result<Vec<Verified>> {
    let mut verified = Vec::with_capacity(decoded.len());
    let mut rest = decoded;
    while !rest.is_empty() {
        let later = rest.split_off(rest.len().min(256));
        for verdict in verify(rest) {
            verified.push(verdict.map_err(|error: Reject| anyhow::anyhow!(error))?);
        }
        rest = later;
    }
    Ok(verified)
}

/// What committing such a block writes: the part of the tree in the write is told by its share of the entries.
fn entries(solo: &Solo, txs: &[Bytes]) -> anyhow::Result<Entries> {
    let base = std::sync::Arc::new(solo.chain.store().latest());
    let height = solo.driver.height() + 1;
    let block =
        chortle_kernel::BlockInfo { height, time_unix_ms: solo.next_time_unix_ms(), ..Default::default() };
    let mut run = chortle_app::BlockRun::begin(base, block)?;
    for tx in &verify_all(decode_all(txs)?)? {
        run.deliver(tx).map_err(|failure| anyhow::anyhow!("{failure}"))?;
    }
    let mut entries = solo.chain.store().stage(height, run.end()?.writes)?.entries();
    entries.state += txs.len(); // the index of transactions
    Ok(entries)
}

fn report(rows: &mut [Row], transfers: usize, entries: Entries) {
    rows.sort_by_key(|row| row.wall);
    let Some(median) = rows.get(rows.len() / 2) else { return };
    let tree_share = entries.tree as f64 / (entries.tree + entries.state) as f64;
    let write_tree = median.write.mul_f64(tree_share);
    let write_state = median.write.saturating_sub(write_tree);
    println!("transfers/s (median block): {:.0}", transfers as f64 / median.wall.as_secs_f64());
    for (name, total) in [
        ("signatures alone", median.signatures),
        ("decode", median.decode),
        ("verify", median.verify),
        ("execute", median.execute),
        ("record", median.record),
        ("root", median.root),
        ("write, tree", write_tree),
        ("write, state", write_state),
    ] {
        println!("{name:>24}: {:7.2} us of CPU a transfer", per_transfer_us(total, transfers));
    }
    let rest = median.decode + median.verify + median.execute + median.record + write_state;
    let ratio = rest.as_secs_f64() / median.signatures.as_secs_f64();
    println!("{:>24}: {ratio:7.2} times the signature limit", "all but the tree");
}
