//! `chortled start`.

use std::fs;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use chortle_app::{
    Unfit,
    program::{fitting, fitting_genesis},
};
use chortle_consensus::abci::{Limits as AbciLimits, Server};
use chortle_consensus::comet::binary;
use chortle_consensus::comet::process::{Supervisor, SupervisorConfig, SupervisorError, Told, check_ports};
use chortle_genesis::Document;
use chortle_kernel::Halt;
use chortle_store::{OpenError, Options as StoreOptions, Store};
use serde_json::Value;

use super::{Shared, StopSignals};
use crate::failure::Failure;
use crate::genesis;
use crate::health::Health;
use crate::home::{CometAddresses, Home, cannot, rehearse_genesis, write};
use crate::listeners::{Listeners, Ports};
use crate::machine::Machine;
use crate::rest::Limits;
use crate::settings::Settings;
use crate::signer;
use crate::stall::{Patience, Remedy, Stall};
use crate::state_machine::{Chain, Options};
use crate::submit::{Comet, Engine};
use crate::upgrade;

/// So many rounds without a block are no chance.
const ROUNDS_MISSED: u32 = 4;

#[derive(clap::Args)]
#[command(after_help = crate::settings::help())]
pub(super) struct Args {
    /// Where REST listens.
    #[arg(long, value_name = "ADDRESS", value_parser = super::address)]
    rest_address: Option<SocketAddr>,
    /// Where Prometheus reads the node's metrics.
    #[arg(long, value_name = "ADDRESS", value_parser = super::address)]
    metrics_address: Option<SocketAddr>,
    /// Does not run CometBFT: somebody else starts it with this home's comet/ folder.
    #[arg(long)]
    external_comet: bool,
    /// Ends with code 80 at an upgrade instead of becoming its program: for cosmovisor and the like.
    #[arg(long)]
    no_handover: bool,
}

/// Answers the program that goes on, where an upgrade makes this one hand over.
pub(super) async fn run(shared: &Shared, args: &Args) -> Result<Option<PathBuf>, Failure> {
    let signals = StopSignals::listen()?;
    let home = shared.node_home()?;
    home.require()?;
    let flags = [
        ("rest.address", args.rest_address.map(|address| address.to_string())),
        ("metrics.address", args.metrics_address.map(|address| address.to_string())),
    ];
    let settings = shared.settings(&home, &flags)?;
    // A chain that has begun has proven its document.
    let begun = home.has_begun();
    if let Some(unfit) = unfit_at_birth(&home)?.filter(|_| !begun) {
        return upgrade::successor(&home, &unfit, !args.no_handover).map(Some);
    }
    let document =
        if begun { home.read_genesis()? } else { rehearse_genesis(home.registry(), &home.genesis())? };
    signer::of(&home)?;
    let machine = Machine::prepare()?;
    let limits = Limits::of(&machine, &settings)?;
    let comet = home.comet_addresses()?;
    let patience = patience(&home, &settings)?;
    let binary = find_comet(args.external_comet)?;
    if !begun {
        refuse_without_validators(&home, &document)?;
    }
    let store = open_store(&home, &settings, &machine, &document)?;
    if let Some(unfit) = unfit(&home, &store, &document)? {
        return upgrade::successor(&home, &unfit, !args.no_handover).map(Some);
    }
    let ports = Ports::bind(settings.get("rest.address")?, Some(settings.get("metrics.address")?)).await?;
    if binary.is_some() {
        check_ports(&comet_ports(&comet)).map_err(not_started)?;
    }
    home.share_genesis()?;
    mark(&home, &document)?;
    let options = options(&settings, &machine)?;
    let chain = Chain::of(home.registry(), store, options).map_err(Failure::unexpected)?;
    let socket = home.socket()?;
    let server = Server::start(socket, Arc::new(chain.clone()), AbciLimits::default());
    let server = server.await.map_err(|error| {
        Failure::config(error.to_string(), "is the same home running already? stop that node first")
    })?;
    let child = Told::default();
    let engine = Engine {
        genesis: home.genesis(),
        halted: server.halted(),
        pulse: server.pulse(),
        child: binary.is_some().then(|| child.clone()),
        patience,
        remote_signer: home.remote_signer()?,
        makes_empty_blocks: home.comet_pace()?.makes_empty_blocks,
    };
    let submit = Comet::at(format!("http://{}", comet.rpc), engine).map_err(Failure::unexpected)?;
    let listeners = Listeners::open(ports, chain.clone(), Arc::new(submit), None, limits)?;
    let _pid = PidFile::write(&home)?;
    tracing::info!(chain_id = document.chain_id, rest = %listeners.rest, rpc = %comet.rpc, "the node runs");
    let engine = binary.map(|binary| (binary, child));
    let outgrown = chain.unfit();
    let minded = Minded { health: Arc::clone(&listeners.health), chain };
    let ended = supervise(&home, engine, &comet, (&server, &minded), signals).await;
    listeners.close().await;
    server.stop().await;
    let unfit = outgrown.borrow().clone();
    match (ended, unfit) {
        (Ok(Ended::Asked), _) | (Ok(Ended::Outgrown), None) => Ok(None),
        (_, Some(unfit)) => upgrade::successor(&home, &unfit, !args.no_handover).map(Some),
        (Err(failure), None) => Err(failure),
    }
}

fn options(settings: &Settings, machine: &Machine) -> Result<Options, Failure> {
    Ok(Options {
        retain_engine_blocks: settings.get("engine.retain_blocks")?,
        check_invariants: settings.get("state.check_invariants")?,
        verified_bytes: bytes_of(settings.or_auto("mempool.cache_mib", machine.mempool_cache_mib())?),
    })
}

/// Why a node that ends without a failure ends.
enum Ended {
    /// Somebody wants it to.
    Asked,
    /// Another program must make the next block.
    Outgrown,
}

/// Why this program is not the one for the next block of a home, if it is not.
fn unfit(home: &Home, store: &Store, document: &Document) -> Result<Option<Unfit>, Failure> {
    let registry = home.registry();
    let found = match store.committed().filter(|committed| committed.has_block()) {
        Some(at) => fitting(registry, &store.latest(), at.height.saturating_add(1)).map(Result::err),
        None => fitting_genesis(registry, &sections_of(document), document.initial_height.0),
    };
    found.map_err(Failure::unexpected)
}

/// The same of a home whose chain has not begun. A section that does not hold is refused later, with its line.
fn unfit_at_birth(home: &Home) -> Result<Option<Unfit>, Failure> {
    let document = home.unjudged_genesis()?;
    let found = fitting_genesis(home.registry(), &sections_of(&document), document.initial_height.0);
    Ok(found.unwrap_or_default())
}

fn sections_of(document: &Document) -> Value {
    Value::Object(document.app_state.clone())
}

/// Runs until a signal, a halt, an upgrade, or a CometBFT that cannot go on; stops CometBFT first in every case.
async fn supervise(
    home: &Home,
    engine: Option<(PathBuf, Told)>,
    comet: &CometAddresses,
    (server, minded): (&Server, &Minded),
    mut signals: StopSignals,
) -> Result<Ended, Failure> {
    let Some((binary, told)) = engine else {
        return tokio::select! {
            () = signals.wait() => Ok(Ended::Asked),
            () = minded.outgrown() => Ok(Ended::Outgrown),
            halt = server.wait_for_halt() => Err(halted(halt)),
        };
    };
    let mut config = SupervisorConfig::new(binary, home.comet().root().to_owned());
    config.ports = comet_ports(comet);
    let supervisor = Supervisor::start_telling(config, told).map_err(not_started)?;
    let ended = tokio::select! {
        () = signals.wait() => Ok(Ended::Asked),
        () = minded.outgrown() => Ok(Ended::Outgrown),
        halt = server.wait_for_halt() => Err(halted(halt)),
        failed = supervisor.failed() => match (failed, server.halted().borrow().clone()) {
            (_, Some(halt)) => Err(halted(halt)),
            (Some(error), None) => Err(not_started(error)),
            (None, None) => Ok(Ended::Asked),
        },
        stall = minded.mind(&supervisor) => Err(stuck(&stall)),
    };
    tracing::info!("the node stops");
    supervisor.stop().await;
    ended
}

/// How long the engine may be silent: what the setting says, and some rounds of this chain at least.
fn patience(home: &Home, settings: &Settings) -> Result<Option<Patience>, Failure> {
    let silence = Duration::from_secs(settings.get("engine.patience_s")?);
    let blocks = silence.max(home.comet_pace()?.round.saturating_mul(ROUNDS_MISSED));
    Ok((!silence.is_zero()).then_some(Patience { silence, blocks }))
}

/// What is needed to mind an engine that may get stuck.
struct Minded {
    health: Arc<Health>,
    chain: Chain,
}

impl Minded {
    /// Waits until another program must make the next block.
    async fn outgrown(&self) {
        if self.chain.unfit().wait_for(Option::is_some).await.is_err() {
            std::future::pending().await
        }
    }

    /// Has an engine started again that has long been stuck, once between two blocks. Answers the stall that this did
    /// not cure, at which the node must stop.
    async fn mind(&self, supervisor: &Supervisor) -> Stall {
        let is_long = |stall: &Option<Stall>| stall.as_ref().is_some_and(|stall| stall.is_long);
        let (mut stalls, tip) = (self.health.stalls(), self.chain.subscribe());
        let mut tried = None;
        loop {
            let found = stalls.wait_for(is_long).await.ok().and_then(|stall| stall.clone());
            // Nobody watches any more: the node ends.
            let Some(stall) = found else { return std::future::pending().await };
            let height = *tip.borrow();
            match stall.remedy {
                Remedy::RestartThenStop if tried == Some(height) => return stall,
                Remedy::RestartThenStop | Remedy::RestartOnce if tried != Some(height) => {
                    tried = Some(height);
                    supervisor.restart(format!("it is stuck: {}", stall.reason));
                }
                _ => {}
            }
            if stalls.wait_for(|stall| !is_long(stall)).await.is_err() {
                return std::future::pending().await;
            }
        }
    }
}

fn stuck(stall: &Stall) -> Failure {
    let mut failure =
        Failure::unexpected(format!("CometBFT is stuck, and was started again in vain: {}", stall.reason));
    failure.cure = Some(stall.cure.to_owned());
    failure
}

fn halted(halt: Halt) -> Failure {
    let mut failure = Failure::unexpected(format!("the node halts: {halt}"));
    failure.cure = Some(
        "nothing was written after the last committed block; `chortled doctor` looks for causes".to_owned(),
    );
    failure
}

fn not_started(error: SupervisorError) -> Failure {
    match &error {
        SupervisorError::PortInUse { .. } | SupervisorError::PortUnusable { .. } => Failure::config(
            error.to_string(),
            "CometBFT's ports are in comet/config/config.toml; `chortled doctor` names who else needs them",
        ),
        SupervisorError::NotStarted { .. } => Failure::config(error.to_string(), "run scripts/setup"),
        SupervisorError::GaveUp { .. } => Failure::unexpected(error),
    }
}

fn find_comet(external: bool) -> Result<Option<PathBuf>, Failure> {
    if external {
        return Ok(None);
    }
    binary::find().map(Some).map_err(|error| {
        Failure::config(error.to_string(), "or run CometBFT yourself and say --external-comet")
    })
}

fn refuse_without_validators(home: &Home, document: &Document) -> Result<(), Failure> {
    if genesis::validator_count(home.registry(), document) == 0 {
        return Err(Failure::config(
            "the genesis document names no validator: no block would ever come",
            "run `chortled genesis add-validator` to add this node",
        ));
    }
    Ok(())
}

fn bytes_of(mib: u64) -> usize {
    usize::try_from(mib.saturating_mul(1 << 20)).unwrap_or(usize::MAX)
}

/// Opens the state of a home, if it belongs to this genesis.
pub(super) fn open_store(
    home: &Home,
    settings: &Settings,
    machine: &Machine,
    document: &Document,
) -> Result<Store, Failure> {
    home.make()?;
    let cache_mib = settings.or_auto("store.cache_mib", machine.store_cache_mib())?;
    let options = StoreOptions {
        retain_blocks: settings.get("store.retain_blocks")?,
        retain_results_blocks: settings.get("store.retain_results_blocks")?,
        cache_bytes: bytes_of(cache_mib),
        open_files_max: u32::try_from(machine.store_files_max()).unwrap_or(u32::MAX),
    };
    let store = Store::open(home.state(), options).map_err(|error| cannot_open(&error))?;
    if let Some(identity) = store.identity().filter(|identity| identity.chain_id != document.chain_id) {
        return Err(Failure::config(
            format!(
                "this home belongs to chain {}; its genesis is of chain {}",
                identity.chain_id, document.chain_id
            ),
            format!("put back the genesis of {}, or start with an empty home", identity.chain_id),
        ));
    }
    refuse_other_genesis(home, document)?;
    Ok(store)
}

/// Why a state does not open, with the cure.
pub(super) fn cannot_open(error: &OpenError) -> Failure {
    let (cause, cure) = match error {
        OpenError::Halt(halt) => return Failure::unexpected(halt),
        OpenError::Locked { path } => (
            format!("the state in {} is in use by another process", path.display()),
            "stop that node, or give this one a --home of its own",
        ),
        OpenError::Directory { path, cause } => (
            format!("the folder of the state, {}, cannot be made or entered: {cause}", path.display()),
            "move away what stands there, or give this user the right to it",
        ),
        OpenError::Corrupt { path, cause } => (
            format!("the state in {} is damaged: {cause}", path.display()),
            "check the disk; then remove that folder: the node replays its blocks",
        ),
        OpenError::Engine { path, cause } => (
            format!("the state in {} did not open: {cause}", path.display()),
            "check the disk, its room and the limit of open files",
        ),
        OpenError::Format { found, expected } => (
            format!("the state has format {found}, this program reads format {expected}"),
            "use the program that wrote it, or start with an empty home",
        ),
    };
    Failure::config(cause, cure)
}

fn refuse_other_genesis(home: &Home, document: &Document) -> Result<(), Failure> {
    let path = home.genesis_mark();
    let now = hex::encode(document.hash());
    match fs::read_to_string(&path) {
        Ok(began) if began.trim() != now => Err(Failure::config(
            format!("this home began with genesis {}, its genesis.json is {now} now", began.trim()),
            "put back the first genesis file, or start with an empty home",
        )),
        Ok(_) => Ok(()),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(cannot(&path, &error)),
    }
}

fn mark(home: &Home, document: &Document) -> Result<(), Failure> {
    write(&home.genesis_mark(), &format!("{}\n", hex::encode(document.hash())))
}

/// What CometBFT needs to listen on.
pub(super) fn comet_ports(comet: &CometAddresses) -> Vec<(String, SocketAddr)> {
    let mut ports = vec![("CometBFT p2p".to_owned(), comet.p2p), ("CometBFT RPC".to_owned(), comet.rpc)];
    ports.extend(comet.metrics.map(|address| ("CometBFT metrics".to_owned(), address)));
    ports
}

/// Says which process runs a home, for as long as it does.
struct PidFile(PathBuf);

impl PidFile {
    fn write(home: &Home) -> Result<Self, Failure> {
        let path = home.pid();
        write(&path, &format!("{}\n", std::process::id()))?;
        Ok(Self(path))
    }
}

impl Drop for PidFile {
    fn drop(&mut self) {
        if let Err(error) = fs::remove_file(&self.0) {
            tracing::debug!(%error, "the pid file was not removed");
        }
    }
}
