//! Blocks of transfers through the whole state machine on RocksDB: transfers a second, CPU per transfer by phase, and
//! the signature limit of the same run.
//!
//! `ACCOUNTS` (1,000,000), `TRANSFERS` a block (10,000) and `BLOCKS` (5) size it. Not a criterion benchmark: one run
//! takes minutes to set up and each block changes the state that the next one meets.

use std::time::{Duration, Instant};

use anyhow::{Context, ensure};
use bytes::Bytes;
use chortle_app::{Decoded, verify::verify};
use chortle_kernel::{Reject, signature};
use chortle_testkit::solo::Solo;

fn size(name: &str, default: usize) -> anyhow::Result<usize> {
    std::env::var(name).map_or(Ok(default), |text| text.parse().with_context(|| format!("{name}={text}")))
}

/// CPU time of this process, on all cores.
fn cpu() -> anyhow::Result<Duration> {
    let text = std::fs::read_to_string("/proc/self/stat")?;
    let fields: Vec<&str> = text.rsplit(')').next().unwrap_or_default().split_whitespace().collect();
    let ticks: u64 = fields
        .get(11..13)
        .context("/proc/self/stat is short")?
        .iter()
        .filter_map(|t| t.parse::<u64>().ok())
        .sum();
    Ok(Duration::from_millis(ticks * 10)) // a tick is 10 ms on Linux
}

/// Wall and CPU time of a step.
fn timed<T>(step: impl FnOnce() -> anyhow::Result<T>) -> anyhow::Result<(T, Duration, Duration)> {
    let (start, before) = (Instant::now(), cpu()?);
    let value = step()?;
    Ok((value, start.elapsed(), cpu()? - before))
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
    let mut rows = Vec::new();
    for round in 0..blocks {
        let txs: Vec<Bytes> = (round * transfers..(round + 1) * transfers)
            .map(|index| {
                let from = place(index);
                sequences[from] += 1;
                solo.transfer(from, sequences[from] - 1, place(index + transfers / 2 + 1), 1)
            })
            .collect::<Result<_, _>>()?;
        rows.push(block(&solo, txs)?);
    }
    report(&mut rows, transfers);
    Ok(())
}

struct Row {
    wall: Duration,
    phases: [(&'static str, Duration); 6],
}

fn block(solo: &Solo, txs: Vec<Bytes>) -> anyhow::Result<Row> {
    let count = txs.len();
    let reject = |error: Reject| anyhow::anyhow!(error);
    let (decoded, _, decode) = timed(|| {
        txs.iter().map(|tx| Decoded::parse(tx).map_err(reject)).collect::<anyhow::Result<Vec<_>>>()
    })?;
    let digests: Vec<_> = decoded.iter().map(|one| one.tx.body.sign_digest()).collect();
    let claims: Vec<_> = decoded
        .iter()
        .zip(&digests)
        .flat_map(|(one, digest)| one.tx.signatures.iter().map(|s| (s, *digest)))
        .collect();
    // The limit: nothing but signatures, in batches as the node makes them, on one core.
    let (_, _, limit) = timed(|| Ok(claims.chunks(256).map(signature::verify_all).collect::<Vec<_>>()))?;
    drop(claims);
    let (verified, _, verify_cpu) =
        timed(|| verify(decoded).into_iter().map(|v| v.map_err(reject)).collect::<anyhow::Result<Vec<_>>>())?;
    let (result, _, execute) = timed(|| {
        let base = std::sync::Arc::new(solo.chain.store().latest());
        let block = chortle_kernel::BlockInfo {
            height: solo.driver.height() + 1,
            time_unix_ms: solo.next_time_unix_ms(),
            ..Default::default()
        };
        let mut run = chortle_app::BlockRun::begin(base, block)?;
        for tx in &verified {
            ensure!(
                run.deliver(tx).map_err(|failure| anyhow::anyhow!("{failure}"))?.succeeded(),
                "a transfer failed"
            );
        }
        Ok(run.end()?)
    })?;
    let (_, _, root) = timed(|| Ok(solo.chain.store().stage(solo.driver.height() + 1, result.writes)?))?;
    // The real thing: the engine's calls, nothing cached.
    let (produced, wall, whole) = timed(|| solo.block(txs))?;
    ensure!(produced.outcome.txs.iter().all(|tx| tx.code == 0), "a transfer failed");
    let write = whole.saturating_sub(decode + verify_cpu + execute + root);
    eprintln!(
        "height {}: {:.0} transfers/s (process {:?}, finalize {:?}, commit {:?})",
        produced.height,
        count as f64 / wall.as_secs_f64(),
        produced.phases.process,
        produced.phases.finalize,
        produced.phases.commit
    );
    let phases = [
        ("signatures alone", limit),
        ("decode", decode),
        ("verify", verify_cpu),
        ("execute", execute),
        ("root", root),
        ("record, write and rest", write),
    ];
    Ok(Row { wall, phases })
}

fn report(rows: &mut [Row], transfers: usize) {
    rows.sort_by_key(|row| row.wall);
    let Some(median) = rows.get(rows.len() / 2) else { return };
    println!("transfers/s (median block): {:.0}", transfers as f64 / median.wall.as_secs_f64());
    for (name, total) in median.phases {
        println!("{name:>24}: {:7.2} us of CPU a transfer", per_transfer_us(total, transfers));
    }
    let all = |skip: &[&str]| {
        median.phases[1..]
            .iter()
            .filter(|(name, _)| !skip.contains(name))
            .map(|(_, cpu)| *cpu)
            .sum::<Duration>()
    };
    let limit = median.phases[0].1.as_secs_f64();
    println!(
        "{:>24}: {:7.2} times the signature limit",
        "all but the tree",
        all(&["root"]).as_secs_f64() / limit
    );
}
