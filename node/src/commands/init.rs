//! `chortled init`.

use std::fs;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::time::{SystemTime, UNIX_EPOCH};

use chortle_consensus::comet::home::{Keys, Peer, Settings as CometSettings};

use super::Shared;
use crate::failure::Failure;
use crate::home::{Home, read_genesis, write};
use crate::settings;

/// Ports of one node, as design and documents name them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Ports {
    pub p2p: u16,
    pub rpc: u16,
    pub comet_metrics: u16,
    pub rest: u16,
    pub metrics: u16,
}

impl Ports {
    /// The ports of the node with this number: 10 apart. `base` moves all of them; without it they are the usual ones.
    pub(super) fn of(node: u16, base: Option<u16>) -> Option<Self> {
        let step = node.checked_mul(10)?;
        let [p2p, rpc, comet_metrics, rest, metrics] = match base {
            None => [26_656, 26_657, 26_660, 1_317, 9_464],
            // One block of ten per node: REST first, because people type it.
            Some(base) => {
                [base.checked_add(1)?, base.checked_add(2)?, base.checked_add(3)?, base, base.checked_add(4)?]
            }
        };
        let shift = |port: u16| port.checked_add(step);
        Some(Self {
            p2p: shift(p2p)?,
            rpc: shift(rpc)?,
            comet_metrics: shift(comet_metrics)?,
            rest: shift(rest)?,
            metrics: shift(metrics)?,
        })
    }
}

/// This machine's loopback.
pub(super) fn local(port: u16) -> SocketAddr {
    SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), port)
}

#[derive(clap::Args)]
pub(super) struct Args {
    /// Name of a new chain.
    #[arg(long, default_value = "chortle-1", conflicts_with = "genesis", value_parser = super::chain_id)]
    chain_id: String,
    /// Joins a chain: its genesis document.
    #[arg(long, value_name = "FILE")]
    genesis: Option<PathBuf>,
    /// Nodes to stay connected with, as ID@HOST:PORT, separated by commas.
    #[arg(long, value_name = "PEERS", value_delimiter = ',', value_parser = parse_peer)]
    peers: Vec<Peer>,
    /// The node's name, for people.
    #[arg(long, default_value = "chortle")]
    moniker: String,
    /// First port of the node's ten; without it the usual ones (REST 1317, p2p 26656, RPC 26657).
    #[arg(long, value_name = "PORT", value_parser = clap::value_parser!(u16).range(1..))]
    base_port: Option<u16>,
    /// Writes settings and genesis anew if they exist. Keys and data stay as they are.
    #[arg(long)]
    force: bool,
}

/// A peer, as people write it.
fn parse_peer(text: &str) -> Result<Peer, String> {
    let (node_id, address) = text.split_once('@').ok_or("a peer is ID@HOST:PORT")?;
    let named = node_id.len() == 40 && node_id.bytes().all(|byte| byte.is_ascii_hexdigit());
    let placed = address.rsplit_once(':').is_some_and(|(host, port)| {
        !host.is_empty() && port.parse::<u16>().is_ok() && !address.contains(['"', '\\', ' '])
    });
    match named && placed {
        true => Ok(Peer { node_id: node_id.to_owned(), address: address.to_owned() }),
        false => Err("a peer is ID@HOST:PORT, with an id of 40 hexadecimal digits".to_owned()),
    }
}

pub(super) fn run(shared: &Shared, args: &Args) -> Result<(), Failure> {
    let home = shared.node_home()?;
    if home.is_initialised() && !args.force {
        return Err(Failure::config(
            format!("{} is a home already; nothing was changed", home.root().display()),
            "name another --home, or say --force to write settings and genesis anew (keys and data stay)",
        ));
    }
    if args.force && home.genesis_mark().exists() {
        return Err(Failure::config(
            format!("{} holds the data of a chain; a new genesis would not fit it", home.root().display()),
            "name another --home, or remove the data of the old chain first",
        ));
    }
    let ports = Ports::of(0, args.base_port)
        .ok_or_else(|| Failure::usage("--base-port is too high", "ports end at 65535"))?;
    let document = match &args.genesis {
        Some(file) => read_genesis(home.registry(), file)?,
        None => crate::genesis::fresh_of(home.registry(), &args.chain_id, now_unix_ms()),
    };
    let mut settings = comet_settings(&home, &args.moniker, ports)?;
    settings.persistent_peers.clone_from(&args.peers);
    let keys = make_home(&home, &settings, ports)?;
    write(&home.genesis(), &document.to_json())?;
    home.read_genesis()?;
    let root = home.root().display();
    println!("home       {root}");
    println!("chain      {}", document.chain_id);
    println!("node id    {}", keys.node_id());
    println!("validator  {}", validator_key_base64(&keys));
    if args.genesis.is_some() {
        println!("\nnext: chortled start --home {root}");
        println!("      chortled validator key --operator OPERATOR --home {root}");
        return Ok(());
    }
    println!("\nnext: chortled genesis add-account OPERATOR 1000LOL --home {root}");
    println!("      chortled genesis add-validator --operator OPERATOR --self-bond 500LOL --home {root}");
    println!("      chortled start --home {root}");
    Ok(())
}

/// Folders, keys, both settings files. Keys that exist stay.
pub(super) fn make_home(home: &Home, comet: &CometSettings, ports: Ports) -> Result<Keys, Failure> {
    home.make()?;
    let keys = home.comet().init_keys(Keys::generate).map_err(Failure::unexpected)?;
    home.comet().write_config(comet).map_err(Failure::unexpected)?;
    let set = [
        ("rest.address", local(ports.rest).to_string()),
        ("metrics.address", local(ports.metrics).to_string()),
    ];
    write(&home.settings(), &settings::file_text(&set))?;
    Ok(keys)
}

/// CometBFT's settings of a node on loopback.
pub(super) fn comet_settings(home: &Home, moniker: &str, ports: Ports) -> Result<CometSettings, Failure> {
    // Made first: the socket's folder must exist for its path to be judged.
    fs::create_dir_all(home.root()).map_err(|error| crate::home::cannot(home.root(), &error))?;
    let mut settings = CometSettings::new(home.socket()?, local(ports.p2p), local(ports.rpc));
    settings.moniker = moniker.to_owned();
    settings.metrics = Some(local(ports.comet_metrics));
    settings.tx_bytes_max = chortle_kernel::tx::TX_BYTES_MAX as u64;
    Ok(settings)
}

/// This machine's clock.
pub(super) fn now_unix_ms() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}

/// A validator's public key as genesis documents show it.
pub(super) fn validator_key_base64(keys: &Keys) -> String {
    use base64::Engine;
    base64::engine::general_purpose::STANDARD.encode(keys.validator_key())
}
