//! Blocks of transfers of issued assets through the whole state machine on RocksDB: what a template's rules cost in a
//! block, against a plain asset in the same run. LOL, which has no ranks, stands beside them.
//!
//! `ACCOUNTS` (50,000) hold some of each asset; `TRANSFERS` (5,000) a block and `ROUNDS` (6) size the run. A round has
//! a block of each asset, every other round in reverse.

use std::time::Duration;

use anyhow::{Context, anyhow, ensure};
use bytes::Bytes;
use chortle_kernel::tx::Replay;
use chortle_kernel::{Address, Amount, AssetId, Coin, List, Message};
use chortle_node::state_machine::Options;
use chortle_testkit::solo::Solo;
use chortle_token::msg::{self, Recipient};
use serde_json::json;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// What is measured: LOL, and an asset of each template by the number that it gets.
const ASSETS: [(&str, u64); 4] =
    [("LOL", 0), ("fixed", 1), ("reflection", 1_000_000_000), ("community", 1_000_000_001)];
/// What each holder begins with.
const SHARE: u64 = 1 << 40;
/// Most recipients of one message.
const RECIPIENTS: usize = 256;

fn size(name: &str, default: usize) -> anyhow::Result<usize> {
    std::env::var(name).map_or(Ok(default), |text| text.parse().with_context(|| format!("{name}={text}")))
}

/// A chain and the next sequence number of each account.
struct Bench {
    solo: Solo,
    sequences: Vec<u64>,
}

impl Bench {
    fn signed<M: Message>(&mut self, from: usize, message: &M) -> anyhow::Result<Bytes> {
        let sequence = self.sequences[from];
        self.sequences[from] += 1;
        Ok(self.solo.accounts[from].sign(&self.solo.identity, Replay::Sequence(sequence), 0, message)?.into())
    }

    /// Runs a block in which everything succeeds. Answers its CPU time and the time that it took.
    fn block(&self, txs: Vec<Bytes>) -> anyhow::Result<(Duration, Duration)> {
        let produced = self.solo.block(txs)?;
        let failed = produced.outcome.txs.iter().find(|tx| tx.code != 0);
        ensure!(failed.is_none(), "a transaction failed: {failed:?}");
        let phases = produced.phases;
        let all = [phases.process, phases.finalize, phases.commit];
        Ok((all.iter().map(|cost| cost.cpu).sum(), all.iter().map(|cost| cost.wall).sum()))
    }

    /// The first account creates an asset of a template and shares it out.
    fn issue(&mut self, template: &str, asset: u64) -> anyhow::Result<()> {
        let create: msg::CreateAsset = serde_json::from_value(json!({
            "symbol": "CAT", "name": "Cat", "decimals": 2, "template": template,
            "supply": (1_u64 << 60).to_string(),
        }))?;
        let tx = self.signed(0, &create)?;
        self.block(vec![tx])?;
        let amount = Amount::new(SHARE).context("a share is an amount")?;
        let holders: Vec<Address> =
            self.solo.accounts.iter().skip(1).map(|account| account.address).collect();
        for part in holders.chunks(RECIPIENTS) {
            let recipients: Vec<_> = part.iter().map(|to| Recipient { to: *to, amount }).collect();
            let recipients = List::parse(recipients).map_err(|error: String| anyhow!(error))?;
            let tx = self.signed(0, &msg::MultiTransfer { asset: AssetId(asset), recipients })?;
            self.block(vec![tx])?;
        }
        Ok(())
    }

    /// A block of transfers between holders that are spread over all.
    fn transfers(&mut self, asset: u64, transfers: usize, turn: usize) -> anyhow::Result<Vec<Bytes>> {
        let holders = self.solo.accounts.len() - 1;
        let place = |index: usize| 1 + index.wrapping_mul(7_368_787) % holders;
        let coin = Coin { asset: AssetId(asset), amount: Amount::new(1_000).context("a thousand")? };
        (turn * transfers..(turn + 1) * transfers)
            .map(|index| {
                let to = self.solo.accounts[place(index + transfers / 2 + 1)].address;
                self.signed(place(index), &msg::Transfer { to, coin })
            })
            .collect()
    }
}

fn main() -> anyhow::Result<()> {
    let (accounts, transfers, rounds) =
        (size("ACCOUNTS", 50_000)?, size("TRANSFERS", 5_000)?, size("ROUNDS", 6)?);
    let home = tempfile::tempdir()?;
    let mut bench = Bench {
        solo: Solo::on_disk(home.path(), accounts, Options::default())?,
        sequences: vec![0; accounts],
    };
    eprintln!("sharing out assets among {accounts} accounts");
    for (template, asset) in ASSETS.into_iter().skip(1) {
        bench.issue(template, asset)?;
    }
    let mut costs: [Vec<(Duration, Duration)>; ASSETS.len()] = Default::default();
    for round in 0..rounds {
        let mut order: Vec<usize> = (0..ASSETS.len()).collect();
        if round % 2 == 1 {
            order.reverse();
        }
        for (turn, place) in order.into_iter().enumerate() {
            let txs = bench.transfers(ASSETS[place].1, transfers, round * ASSETS.len() + turn)?;
            costs[place].push(bench.block(txs)?);
        }
    }
    report(&mut costs, transfers);
    Ok(())
}

fn report(costs: &mut [Vec<(Duration, Duration)>], transfers: usize) {
    let mut median = |place: usize| {
        let blocks = &mut costs[place];
        blocks.sort();
        let (cpu, wall) = blocks.get(blocks.len() / 2).copied().unwrap_or_default();
        (cpu.as_secs_f64() * 1e6 / transfers as f64, transfers as f64 / wall.as_secs_f64())
    };
    let (plain_us, _) = median(1);
    println!("{:>12} {:>16} {:>12} {:>15}", "template", "us of CPU each", "of a plain", "transfers/s");
    for (place, (template, _)) in ASSETS.iter().enumerate() {
        let (us, per_s) = median(place);
        println!("{template:>12} {us:>16.1} {:>12.2} {per_s:>15.0}", us / plain_us);
    }
}
