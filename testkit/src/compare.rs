//! The same load on both targets, in turns within one run, and the table of their ratios.

use std::time::Duration;

use chortle_testkit::load::{self, Load};
use chortle_testkit::report::{Report, median};
use chortle_testkit::{Account, Network, Options, accounts, kvstore, lab, output};

/// What to measure.
#[derive(clap::Args)]
pub struct Args {
    /// Sizes of the networks.
    #[arg(long, value_delimiter = ',', default_value = "1,4")]
    validators: Vec<usize>,
    /// Transactions due each second: one that nobody can follow, and one that everybody can.
    #[arg(long, value_delimiter = ',', default_value = "30000,500")]
    rates: Vec<f64>,
    /// How long transactions are due, in seconds.
    #[arg(long, default_value_t = 10)]
    duration_s: u64,
    /// Most transactions of a run; a higher rate is offered for a shorter time.
    #[arg(long, default_value_t = 90_000)]
    txs_max: usize,
    /// Accounts that send; each sends its transactions in order.
    #[arg(long, default_value_t = 5_000)]
    accounts: usize,
    /// Connections to the network. A submission over CometBFT's socket waits up to 20 ms for its client to flush; few
    /// connections measure that wait.
    #[arg(long, default_value_t = 400)]
    connections: usize,
    /// How often each pair is measured, in the order A B B A.
    #[arg(long, default_value_t = 1)]
    rounds: usize,
}

/// Measures and prints: a line of JSON per run, then the table.
pub async fn run(args: Args) -> anyhow::Result<()> {
    let mut reports = Vec::new();
    for validators in &args.validators {
        for rate in &args.rates {
            for round in 0..args.rounds {
                let order = if round % 2 == 0 { ["chortle", "kvstore"] } else { ["kvstore", "chortle"] };
                for target in order {
                    let report = measure(&args, target, *validators, *rate).await?;
                    output::result(&report.line());
                    reports.push(report);
                }
            }
        }
    }
    for line in table(&reports) {
        output::say(&line);
    }
    Ok(())
}

async fn measure(args: &Args, target: &str, validators: usize, rate_per_s: f64) -> anyhow::Result<Report> {
    let count = ((rate_per_s * args.duration_s as f64) as usize).min(args.txs_max);
    let load = Load {
        rate_per_s,
        connections: args.connections,
        lanes: args.accounts,
        patience: Duration::from_secs(120),
    };
    let senders = Account::many("load", args.accounts);
    let options = Options {
        validators,
        funded: senders.iter().map(|account| account.address).collect(),
        tune: lab::settings,
        staking: serde_json::Value::Null,
        governance: serde_json::Value::Null,
        comet_binary: None,
        check_invariants: false,
    };
    if target == "chortle" {
        let network = Network::start(options).await?;
        let txs = accounts::transfers(&senders, &network.identity, count)?;
        load::run(&network.target(), &txs, load).await
    } else {
        let size_bytes = accounts::transfers(&senders, &chortle_kernel::tx::ChainRef::default(), 1)?
            .first()
            .map_or(1, Vec::len);
        let network = kvstore::Kvstore::start(validators, lab::settings).await?;
        load::run(&network.target(), &kvstore::transactions(count, size_bytes), load).await
    }
}

/// One row per network and rate: medians of both targets, and their ratio.
fn table(reports: &[Report]) -> Vec<String> {
    let mut lines = vec![format!(
        "{:>10} {:>9} {:>8} {:>12} {:>9} {:>9} {:>9} {:>24}",
        "validators", "offered/s", "target", "committed/s", "p50 ms", "p95 ms", "p99 ms", "CPU µs/tx"
    )];
    let mut cases: Vec<(usize, f64)> = Vec::new();
    for report in reports {
        let case = (report.validators, report.offered_per_s);
        if !cases.contains(&case) {
            cases.push(case);
        }
    }
    for (validators, rate) in cases {
        let of = |target: &str| -> Vec<&Report> {
            let same = |report: &&Report| {
                report.validators == validators && report.offered_per_s == rate && report.target == target
            };
            reports.iter().filter(same).collect()
        };
        let middle =
            |target: &str, pick: fn(&Report) -> f64| median(of(target).into_iter().map(pick).collect());
        let picks: [fn(&Report) -> f64; 4] = [
            |report| report.committed_per_s,
            |report| report.p50_ms,
            |report| report.p95_ms,
            |report| report.p99_ms,
        ];
        for target in ["chortle", "kvstore"] {
            let [rate_found, p50, p95, p99] = picks.map(|pick| middle(target, pick));
            let cpu = of(target).last().map(|report| {
                let parts = report.cpu_us_per_tx.iter().map(|(name, cpu)| format!("{name} {cpu:.0}"));
                parts.collect::<Vec<_>>().join(" ")
            });
            lines.push(format!(
                "{validators:>10} {rate:>9} {target:>8} {rate_found:>12.0} {p50:>9.1} {p95:>9.1} {p99:>9.1} {:>24}",
                cpu.unwrap_or_default()
            ));
        }
        let [throughput, p50, p95, p99] = picks.map(|pick| middle("chortle", pick) / middle("kvstore", pick));
        lines.push(format!(
            "{validators:>10} {rate:>9} {:>8} {throughput:>12.2} {p50:>9.2} {p95:>9.2} {p99:>9.2}",
            "ratio"
        ));
    }
    lines
}
