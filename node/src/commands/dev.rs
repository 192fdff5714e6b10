//! `chortled dev`.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use chortle_genesis::Document;
use chortle_store::{Options as StoreOptions, Store};

use super::{Shared, StopSignals};
use crate::dev::accounts::{self, DevAccount};
use crate::dev::{self, DevSubmit, Mode};
use crate::failure::Failure;
use crate::home::{Home, write};
use crate::listeners::{Listeners, Ports};
use crate::machine::Machine;
use crate::rest::Limits;

/// The chain's name, unless told otherwise.
const CHAIN_ID: &str = "chortle-dev-1";

#[derive(clap::Args)]
pub(super) struct Args {
    /// The chain's name.
    #[arg(long, default_value = CHAIN_ID)]
    chain_id: String,
    /// Where REST listens; port 0 chooses a free one.
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:1317")]
    rest_address: SocketAddr,
    /// Where Prometheus reads metrics; off if absent.
    #[arg(long, value_name = "ADDRESS")]
    metrics_address: Option<SocketAddr>,
    /// Makes a block every so many milliseconds instead of one per transaction.
    #[arg(long, value_name = "MS", conflicts_with = "manual")]
    block_time: Option<u64>,
    /// Makes a block only when POST /v1/dev/mine asks.
    #[arg(long)]
    manual: bool,
    /// Keeps the chain in --home; snapshots are then off.
    #[arg(long)]
    persist: bool,
    /// Prints one line of JSON instead of the banner.
    #[arg(long)]
    json: bool,
}

pub(super) async fn run(shared: &Shared, args: Args) -> Result<(), Failure> {
    let started = Instant::now();
    let mut signals = StopSignals::listen()?;
    if !args.rest_address.ip().is_loopback() {
        return Err(Failure::config(
            format!(
                "{} is not this machine alone; a dev chain's keys are known to everyone",
                args.rest_address
            ),
            "listen on 127.0.0.1; `chortled start` is for real chains",
        ));
    }
    let mode = match (args.manual, args.block_time) {
        (true, _) => Mode::Manual,
        (false, Some(0)) => {
            return Err(Failure::usage(
                "--block-time 0 would never rest",
                "leave it away for a block per transaction",
            ));
        }
        (false, Some(ms)) => Mode::Interval(Duration::from_millis(ms)),
        (false, None) => Mode::Instant,
    };
    let home = shared.home(".chortled-dev")?;
    // No home is touched unless the chain is kept in it, but its settings say how to log and what callers may take.
    let settings = shared.settings(&home, &[])?;
    let machine = Machine::prepare()?;
    let limits = Limits::of(&machine, &settings)?;
    let store = open(&home, &machine, &args)?;
    let document = document(&home, &store, &args)?;
    let ports = Ports::bind(args.rest_address, args.metrics_address).await?;
    let funded = accounts::derive(accounts::MNEMONIC, accounts::COUNT).map_err(Failure::unexpected)?;
    let dev = dev::genesis::begin(store, &document, mode).map_err(Failure::unexpected)?;
    let dev = Arc::new(dev);
    let chain = dev.chain().clone();
    let submit = Arc::new(DevSubmit(Arc::clone(&dev)));
    let listeners = Listeners::open(ports, chain, submit, Some(Arc::clone(&dev)), limits)?;
    let ticking = tokio::spawn(dev::tick(dev));
    announce(&args, &listeners, &funded, started.elapsed());
    signals.wait().await;
    ticking.abort();
    listeners.close().await;
    Ok(())
}

fn open(home: &Home, machine: &Machine, args: &Args) -> Result<Store, Failure> {
    if !args.persist {
        return Store::memory(StoreOptions::default()).map_err(Failure::unexpected);
    }
    home.make()?;
    let open_files_max = u32::try_from(machine.store_files_max()).unwrap_or(u32::MAX);
    let options = StoreOptions { open_files_max, ..StoreOptions::default() };
    let store = Store::open(home.state(), options);
    store.map_err(|error| super::start::cannot_open(&error))
}

/// What the chain begins with. One that is kept keeps its document too, from before its state on: a genesis names its
/// time, so another one would not fit a state that has no block yet.
fn document(home: &Home, store: &Store, args: &Args) -> Result<Document, Failure> {
    let kept = args.persist && home.genesis().exists();
    let document = if kept {
        home.read_genesis()?
    } else {
        dev::genesis::document(&args.chain_id).map_err(Failure::unexpected)?
    };
    let identity = store.identity();
    let begun = identity.as_ref().map_or(&document.chain_id, |identity| &identity.chain_id);
    if *begun != args.chain_id {
        return Err(Failure::config(
            format!("{} belongs to chain {begun}, not {}", home.root().display(), args.chain_id),
            format!("say --chain-id {begun}, or name another --home"),
        ));
    }
    if args.persist && !kept && identity.is_none() {
        write(&home.genesis(), &document.to_json())?;
    }
    Ok(document)
}

fn announce(args: &Args, listeners: &Listeners, funded: &[DevAccount], elapsed: Duration) {
    let rest = listeners.rest;
    if args.json {
        let shown: Vec<_> = funded
            .iter()
            .map(|account| {
                serde_json::json!({
                    "address": account.address,
                    "eip55": account.address.to_eip55(),
                    "secret_key": format!("0x{}", hex::encode(account.secret)),
                })
            })
            .collect();
        let line = serde_json::json!({
            "chain_id": args.chain_id, "rest": format!("http://{rest}"), "mnemonic": accounts::MNEMONIC,
            "metrics": listeners.metrics.map(|address| format!("http://{address}/metrics")), "accounts": shown,
        });
        println!("{line}");
        return;
    }
    println!("A Chortle chain for DEVELOPMENT ONLY: one process, no consensus, keys that everyone knows.\n");
    println!("chain      {}", args.chain_id);
    println!("REST       http://{rest}   documentation http://{rest}/docs");
    if let Some(address) = listeners.metrics {
        println!("metrics    http://{address}/metrics");
    }
    println!("mnemonic   {}   (m/44'/60'/0'/0/i)", accounts::MNEMONIC);
    println!("balance    1000000 LOL each\n");
    for (index, account) in funded.iter().enumerate() {
        println!("({index}) {}  {}", account.address, account.address.to_eip55());
        println!("    0x{}", hex::encode(account.secret));
    }
    println!("\nready in {} ms; Ctrl-C stops it", elapsed.as_millis());
    println!("try: curl http://{rest}/v1/status");
}
