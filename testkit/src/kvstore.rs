//! CometBFT's own kvstore application inside CometBFT: no signatures, no tree, no disk. The engine's own ceiling.

use std::process::{Child, Command, Stdio};
use std::time::Duration;

use anyhow::{Context, anyhow};
use chortle_consensus::abci::Address as Socket;
use chortle_consensus::comet::binary;
use chortle_consensus::comet::home::{Home, Keys, Peer, Settings};
use chortle_consensus::comet::process::end_with_starter;
use serde_json::json;
use tempfile::TempDir;

use crate::load::Target;
use crate::node::number;
use crate::process::wait_until;
use crate::{genesis, http};

/// Time for the first block.
const FIRST_BLOCK: Duration = Duration::from_secs(60);

/// A network of them.
pub struct Kvstore {
    children: Vec<Child>,
    rpcs: Vec<std::net::SocketAddr>,
    // Last, so that it goes after the processes.
    _folder: TempDir,
}

impl Kvstore {
    /// Starts one process per validator and waits for the first block.
    pub async fn start(validators: usize, tune: fn(&mut Settings)) -> anyhow::Result<Self> {
        let folder = tempfile::Builder::new().prefix("kvstore").tempdir()?;
        let mut homes = Vec::new();
        for index in 0..validators {
            let home = Home::at(folder.path().join(format!("node{index}")));
            let keys = home.init_keys(Keys::generate).map_err(|error| anyhow!(error))?;
            let [p2p, rpc] = chortle_consensus::comet::ports::free()?;
            homes.push((home, keys, p2p, rpc));
        }
        let peer = |keys: &Keys, p2p: &std::net::SocketAddr| Peer {
            node_id: keys.node_id(),
            address: p2p.to_string(),
        };
        let peers: Vec<Peer> = homes.iter().map(|(_, keys, p2p, _)| peer(keys, p2p)).collect();
        let keys: Vec<Keys> = homes
            .iter()
            .map(|(home, ..)| home.keys().map_err(|error| anyhow!(error)))
            .collect::<Result<_, _>>()?;
        let document = genesis::of_engine("kvstore-1", &keys)?.to_json();
        let mut network = Self { children: Vec::new(), rpcs: Vec::new(), _folder: folder };
        let binary = binary::find()?;
        for (index, (home, _, p2p, rpc)) in homes.iter().enumerate() {
            let mut settings = Settings::new(Socket::Unix("unused.sock".into()), *p2p, *rpc);
            settings.persistent_peers = peers
                .iter()
                .enumerate()
                .filter(|(other, _)| *other != index)
                .map(|(_, peer)| peer.clone())
                .collect();
            settings.tx_bytes_max = chortle_kernel::tx::TX_BYTES_MAX as u64;
            tune(&mut settings);
            home.write_config(&settings).map_err(|error| anyhow!(error))?;
            std::fs::write(home.genesis(), &document)?;
            let mut command = Command::new(&binary);
            command.args(["start", "--proxy_app", "kvstore", "--home"]).arg(home.root());
            command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
            end_with_starter(&mut command);
            network.children.push(command.spawn().context("cometbft start")?);
            network.rpcs.push(*rpc);
        }
        for rpc in &network.rpcs {
            wait_until("kvstore's first block", FIRST_BLOCK, async || {
                height(*rpc).await.is_ok_and(|at| at >= 1)
            })
            .await?;
        }
        Ok(network)
    }

    /// Itself, for the load generator.
    pub fn target(&self) -> Target {
        let processes = self.children.iter().map(|child| ("cometbft".to_owned(), child.id())).collect();
        Target { name: "kvstore".to_owned(), rpcs: self.rpcs.clone(), processes }
    }
}

async fn height(rpc: std::net::SocketAddr) -> anyhow::Result<u64> {
    let info = http::call(rpc, "abci_info", json!({})).await?;
    Ok(number(&info["response"]["last_block_height"]))
}

/// Transactions that kvstore takes: a key, one equals sign, a value; all of one size, no two alike.
pub fn transactions(count: usize, size_bytes: usize) -> Vec<Vec<u8>> {
    let make = |index: usize| {
        let mut tx = format!("k{index:019}=").into_bytes();
        tx.resize(size_bytes.max(tx.len() + 1), b'x');
        tx
    };
    (0..count).map(make).collect()
}

impl Drop for Kvstore {
    fn drop(&mut self) {
        for child in &mut self.children {
            // What cannot be killed has ended.
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}
