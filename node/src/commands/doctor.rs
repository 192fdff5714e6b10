//! `chortled doctor`: what would keep the node from running, each with its cure.

use std::fs;
use std::net::SocketAddr;

use chortle_app::{MODULES, invariant};
use chortle_consensus::comet::binary;
use chortle_consensus::comet::process::check_ports;
use chortle_genesis::parse_rfc3339_ms;
use chortle_store::Store;
use comfy_table::{Table, presets::NOTHING};
use indicatif::{ProgressBar, ProgressStyle};

use super::{Shared, init, start};
use crate::failure::{EXIT_CONFIG, Failure};
use crate::home::{Home, cannot};
use crate::machine::Machine;
use crate::rest::Limits;
use crate::settings::Settings;
use crate::signer::{self, Signer};
use crate::upgrade;

/// Below this a few hours of a loaded chain fill the disk.
const DISK_FREE_BYTES_MIN: u64 = 2 << 30;

type Finding = (&'static str, Result<String, Failure>);

#[derive(clap::Args)]
pub(super) struct Args {
    /// Check every invariant of the state too: supplies, escrows, stakes. It reads all of it; stop the node first.
    #[arg(long)]
    state: bool,
}

pub(super) fn run(shared: &Shared, args: &Args) -> Result<(), Failure> {
    let home = shared.node_home()?;
    if let Err(failure) = home.require() {
        // All that lies in a home would be missed too.
        return report(vec![
            ("home", Err(failure)),
            ("CometBFT", comet_binary()),
            ("descriptors", descriptors(None)),
        ]);
    }
    let settings = shared.settings(&home, &[]);
    let mut findings: Vec<Finding> = vec![
        ("home", Ok(home.root().display().to_string())),
        ("settings", settings.as_ref().map(|_| home.settings().display().to_string()).map_err(Clone::clone)),
        ("genesis", genesis(&home)),
        ("keys", keys(&home)),
        ("CometBFT", comet_binary()),
        ("disk", disk(&home)),
        ("descriptors", descriptors(settings.as_ref().ok())),
        ("clock", clock(&home)),
    ];
    let running = running(&home);
    if let Some(pid) = running {
        findings.push(("process", Ok(format!("the node runs as process {pid}; its ports are its own"))));
    } else if let Ok(settings) = &settings {
        findings.push(("ports", ports(&home, settings)));
        match open_state(&home, settings) {
            Err(failure) => findings.push(("state", Err(failure))),
            Ok(store) => {
                findings.push(("state", Ok(standing(store.as_ref()))));
                let compared = standing_of_key(&home, store.as_ref());
                findings.extend(compared.map(|finding| ("validator", finding)));
                findings.extend(store.as_ref().and_then(|store| program(&home, store)));
                if let Some(store) = store.filter(|_| args.state) {
                    findings.extend(invariants(&store));
                }
            }
        }
    }
    if args.state && running.is_some() {
        let cause = "the node runs and holds its state".to_owned();
        findings.push(("invariants", Err(Failure::config(cause, "stop the node, then ask again"))));
    }
    report(findings)
}

fn report(findings: Vec<Finding>) -> Result<(), Failure> {
    let mut table = Table::new();
    table.load_style(NOTHING);
    let mut faults = 0;
    for (what, finding) in findings {
        match finding {
            Ok(note) => table.add_row(["ok".to_owned(), what.to_owned(), note]),
            Err(failure) => {
                faults += 1;
                let cure = failure.cure.map(|cure| format!("\n→ {cure}")).unwrap_or_default();
                table.add_row(["FAULT".to_owned(), what.to_owned(), failure.cause + &cure])
            }
        };
    }
    println!("{table}");
    match faults {
        0 => Ok(()),
        1 => Err(Failure { cause: "1 fault".to_owned(), cure: None, code: EXIT_CONFIG }),
        count => Err(Failure { cause: format!("{count} faults"), cure: None, code: EXIT_CONFIG }),
    }
}

fn genesis(home: &Home) -> Result<String, Failure> {
    let document = home.read_genesis()?;
    Ok(format!(
        "{} with {} validators, hash {}",
        document.chain_id,
        crate::genesis::validator_count(home.registry(), &document),
        hex::encode(document.hash())
    ))
}

fn keys(home: &Home) -> Result<String, Failure> {
    let signs = match signer::of(home)? {
        Signer::Remote(address) => format!("a remote signer at {address} signs"),
        Signer::File { signed_height, .. } => format!("last signed height {signed_height}"),
    };
    let cure =
        "restore it from its backup, or remove it: CometBFT makes a new one, and peers must be told its id";
    let node = home.comet().present_node_id().map_err(|error| Failure::config(error.to_string(), cure));
    Ok(format!("node {}, {signs}", node?))
}

/// Compares the key with what the chain knows, where there is a state to ask.
fn standing_of_key(home: &Home, store: Option<&Store>) -> Option<Result<String, Failure>> {
    let Ok(Signer::File { key, .. }) = signer::of(home) else { return None };
    let store = store.filter(|store| store.committed().is_some())?;
    Some(signer::compare(home, &store.latest(), &key))
}

/// What is planned, and whether the program for it is in place.
fn program(home: &Home, store: &Store) -> Option<Finding> {
    let next = store.committed().filter(|committed| committed.has_block())?.height.saturating_add(1);
    let told = match upgrade::outlook(home, &store.latest(), next) {
        Ok(told) => told?,
        Err(halt) => Err(Failure::unexpected(halt)),
    };
    Some(("program", told))
}

fn comet_binary() -> Result<String, Failure> {
    let path = binary::find().map_err(|error| Failure::config(error.to_string(), "run scripts/setup"))?;
    Ok(format!("{} at {}", binary::VERSION, path.display()))
}

fn disk(home: &Home) -> Result<String, Failure> {
    let folder = home.root();
    let found = rustix::fs::statvfs(folder).map_err(|error| cannot(folder, &error.into()))?;
    let free = found.f_bavail.saturating_mul(found.f_frsize);
    let shown = format!("{} MiB free", free >> 20);
    if free < DISK_FREE_BYTES_MIN {
        return Err(Failure::config(shown, "make room: a full disk stops the node"));
    }
    Ok(shown)
}

/// Of this shell, which may not be the one that starts the node.
fn descriptors(settings: Option<&Settings>) -> Result<String, Failure> {
    let machine = Machine::foreseen();
    machine.refuse_too_few()?;
    let files = machine.store_files_max();
    let limits = settings.map(|settings| Limits::of(&machine, settings)).transpose()?;
    let callers = limits.map_or_else(|| machine.connections_max(), |limits| limits.connections_max);
    let all = machine.descriptors;
    Ok(format!("{all} files and sockets: {files} for the state, {callers} for callers of REST"))
}

/// Only against genesis and the last block: there is no outside to ask.
fn clock(home: &Home) -> Result<String, Failure> {
    let document = home.read_genesis()?;
    let genesis = parse_rfc3339_ms(&document.genesis_time).map_err(Failure::unexpected)?;
    let now = init::now_unix_ms();
    if now < genesis {
        return Err(Failure::config(
            format!("this machine's clock is {} s before the genesis time", (genesis - now) / 1_000),
            "set the clock, best by NTP; or wait, if the chain has not begun",
        ));
    }
    Ok(chortle_genesis::to_rfc3339(now))
}

fn ports(home: &Home, settings: &Settings) -> Result<String, Failure> {
    let mut ports: Vec<(String, SocketAddr)> = vec![
        ("REST".to_owned(), settings.get("rest.address")?),
        ("metrics".to_owned(), settings.get("metrics.address")?),
    ];
    ports.extend(start::comet_ports(&home.comet_addresses()?));
    check_ports(&ports).map_err(|error| {
        Failure::config(error.to_string(), "stop that process, or choose another port in the settings")
    })?;
    let shown: Vec<_> = ports.iter().map(|(name, address)| format!("{name} {}", address.port())).collect();
    Ok(format!("free: {}", shown.join(", ")))
}

pub(super) fn open_state(home: &Home, settings: &Settings) -> Result<Option<Store>, Failure> {
    if !home.state().exists() {
        return Ok(None);
    }
    start::open_store(home, settings, &Machine::prepare()?, &home.read_genesis()?).map(Some)
}

fn standing(store: Option<&Store>) -> String {
    let committed = store.and_then(Store::committed);
    committed.map_or_else(|| "not begun".to_owned(), |at| format!("height {}", at.height))
}

/// One finding for each invariant that does not hold, or one that all do.
fn invariants(store: &Store) -> Vec<Finding> {
    let view = store.latest();
    let all: Vec<_> = invariant::all(&MODULES).collect();
    let bar = ProgressBar::new(all.len() as u64).with_style(
        ProgressStyle::with_template("{bar:30} {pos}/{len} {msg}").unwrap_or(ProgressStyle::default_bar()),
    );
    let mut broken = Vec::new();
    for (module, one) in &all {
        bar.set_message(format!("{}.{}", module.name, one.name));
        if let Err(found) = invariant::check_one(module, one, &view) {
            let cure = "restore the state from a snapshot or another node, and report what was found";
            broken.push(("invariants", Err(Failure::config(found, cure))));
        }
        bar.inc(1);
    }
    bar.finish_and_clear();
    if broken.is_empty() {
        broken.push(("invariants", Ok(format!("all {} hold at height {}", all.len(), view.height()))));
    }
    broken
}

/// The process that runs a home, if one does.
pub(super) fn running(home: &Home) -> Option<u32> {
    let pid: u32 = fs::read_to_string(home.pid()).ok()?.trim().parse().ok()?;
    // A number is reused; a chortled with this number is the one that wrote the file.
    let command = fs::read(format!("/proc/{pid}/cmdline")).ok()?;
    command.split(|byte| *byte == 0).next().filter(|name| name.ends_with(b"chortled"))?;
    Some(pid)
}
