//! One real node: `chortled` with its CometBFT, started, killed, paused and asked.

use std::fs::{File, OpenOptions};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use anyhow::{Context, anyhow};
use chortle_consensus::abci::Address as Socket;
use chortle_consensus::comet::home::{Home, Keys, Peer, Settings};
use chortle_consensus::comet::process::end_with_starter;
use chortle_kernel::tx::ChainRef;
use rustix::process::Signal;
use serde_json::{Value, json};

use crate::http;
use crate::process::{self, wait_until};

/// Time for a process to end after a signal that it cannot refuse.
const END: Duration = Duration::from_secs(10);
/// Time for a node to end in order.
const STOP: Duration = Duration::from_secs(20);

/// Where a node listens.
#[derive(Clone, Copy, Debug)]
pub struct Addresses {
    /// Peers connect here.
    pub p2p: SocketAddr,
    /// CometBFT's RPC.
    pub rpc: SocketAddr,
    /// REST.
    pub rest: SocketAddr,
    /// The node's metrics.
    pub metrics: SocketAddr,
}

/// A node of a [`crate::Network`].
pub struct Node {
    /// Its name in reports.
    pub name: String,
    /// Its home.
    pub home: PathBuf,
    /// Where it listens.
    pub addresses: Addresses,
    /// The CometBFT that it runs; the pinned one if nothing is said.
    pub comet_binary: Option<PathBuf>,
    /// Whether it checks every invariant in each block: a network that is measured does not.
    pub check_invariants: bool,
    /// The program that it is; `chortled` if nothing is said.
    pub program: Option<PathBuf>,
    /// What its environment holds besides.
    pub environment: Vec<(&'static str, &'static str)>,
    child: Option<Child>,
}

/// The program that tests run: `$CHORTLED`, else the one that was built beside this program.
pub fn chortled() -> anyhow::Result<PathBuf> {
    program("CHORTLED", "chortled")
}

/// A program of the workspace: what the variable names, else the one that was built beside this program.
pub fn program(variable: &str, name: &str) -> anyhow::Result<PathBuf> {
    if let Some(path) = std::env::var_os(variable) {
        return Ok(path.into());
    }
    let own = std::env::current_exe().context("this program has a path")?;
    let beside = own.ancestors().skip(1).take(2).map(|folder| folder.join(name)).find(|path| path.is_file());
    beside.with_context(|| {
        format!("{name} is not built: cargo build --release -p chortle-node -p chortle-client")
    })
}

impl Node {
    /// Makes a home with `chortled init`; its settings follow in [`Node::configure`].
    pub fn init(folder: &Path, name: &str, chain_id: &str) -> anyhow::Result<Self> {
        let home = folder.join(name);
        let output = Command::new(chortled()?)
            .args(["init", "--chain-id", chain_id, "--moniker", name, "--home"])
            .arg(&home)
            .output()
            .context("chortled init")?;
        anyhow::ensure!(
            output.status.success(),
            "chortled init: {}",
            String::from_utf8_lossy(&output.stderr)
        );
        let [p2p, rpc, rest, metrics] = chortle_consensus::comet::ports::free()?;
        Ok(Self {
            name: name.to_owned(),
            home,
            addresses: Addresses { p2p, rpc, rest, metrics },
            comet_binary: None,
            program: None,
            environment: Vec::new(),
            check_invariants: true,
            child: None,
        })
    }

    /// Its CometBFT's home.
    pub fn comet(&self) -> Home {
        Home::at(self.home.join("comet"))
    }

    /// Its keys.
    pub fn keys(&self) -> anyhow::Result<Keys> {
        self.comet().keys().map_err(|error| anyhow!(error))
    }

    /// Itself, as peers know it.
    pub fn peer(&self) -> anyhow::Result<Peer> {
        Ok(Peer { node_id: self.keys()?.node_id(), address: self.addresses.p2p.to_string() })
    }

    /// Writes settings and genesis.
    pub fn configure(&self, genesis: &str, peers: Vec<Peer>, tune: fn(&mut Settings)) -> anyhow::Result<()> {
        let socket = std::path::absolute(self.home.join("abci.sock"))?;
        let mut settings = Settings::new(Socket::Unix(socket), self.addresses.p2p, self.addresses.rpc);
        settings.moniker.clone_from(&self.name);
        settings.persistent_peers = peers;
        settings.tx_bytes_max = chortle_kernel::tx::TX_BYTES_MAX as u64;
        tune(&mut settings);
        self.comet().write_config(&settings).map_err(|error| anyhow!(error))?;
        let (rest, metrics) = (self.addresses.rest, self.addresses.metrics);
        let text = format!(
            "[rest]\naddress = \"{rest}\"\n[metrics]\naddress = \"{metrics}\"\n\
             [state]\ncheck_invariants = {}\n",
            self.check_invariants
        );
        std::fs::write(self.home.join("chortled.toml"), text)?;
        std::fs::write(self.home.join("config/genesis.json"), genesis)?;
        Ok(())
    }

    /// The state of a height as a genesis document. It must not run.
    pub fn export(&self, height: u64) -> anyhow::Result<String> {
        let mut command = Command::new(chortled()?);
        command.args(["export", "--height", &height.to_string(), "--home"]).arg(&self.home);
        let output = command.output().context("chortled export")?;
        anyhow::ensure!(
            output.status.success(),
            "chortled export: {}",
            String::from_utf8_lossy(&output.stderr)
        );
        Ok(String::from_utf8(output.stdout)?)
    }

    /// Removes all that it knows of its chain, and keeps its keys. Its record of what it signed goes with the chain.
    pub fn forget(&self) -> anyhow::Result<()> {
        let comet = self.comet();
        let signed = comet.validator_state();
        std::fs::remove_dir_all(self.home.join("data"))?;
        std::fs::remove_dir_all(signed.parent().context("the record lies in a folder")?)?;
        std::fs::remove_file(comet.genesis())?;
        std::fs::create_dir_all(signed.parent().context("the record lies in a folder")?)?;
        std::fs::write(&signed, json!({ "height": "0", "round": 0, "step": 0 }).to_string())?;
        Ok(())
    }

    /// The file that holds all that it logged.
    pub fn log(&self) -> PathBuf {
        self.home.join("log.txt")
    }

    fn log_file(&self) -> anyhow::Result<File> {
        OpenOptions::new().create(true).append(true).open(self.log()).context("the log")
    }

    /// Starts it, and does not wait.
    pub fn start(&mut self) -> anyhow::Result<()> {
        anyhow::ensure!(self.child.is_none(), "{} runs already", self.name);
        let mut command = Command::new(self.program.clone().map_or_else(chortled, Ok)?);
        command.envs(self.environment.iter().cloned());
        command.arg("start").arg("--home").arg(&self.home).stdin(Stdio::null());
        command.stdout(self.log_file()?).stderr(self.log_file()?);
        if let Some(binary) = &self.comet_binary {
            command.env("CHORTLE_COMETBFT", binary);
        }
        end_with_starter(&mut command);
        self.child = Some(command.spawn().context("chortled start")?);
        Ok(())
    }

    /// The id of `chortled`.
    pub fn app_pid(&self) -> Option<u32> {
        self.child.as_ref().map(Child::id)
    }

    /// The id of its CometBFT.
    pub fn comet_pid(&self) -> Option<u32> {
        process::children(self.app_pid()?).into_iter().next()
    }

    /// Whether `chortled` runs.
    pub fn is_running(&mut self) -> bool {
        self.child.as_mut().is_some_and(|child| matches!(child.try_wait(), Ok(None)))
    }

    /// Waits until `chortled` has ended by itself, and answers its exit code.
    pub async fn wait_for_exit(&mut self, deadline: Duration) -> anyhow::Result<Option<i32>> {
        let Some(mut child) = self.child.take() else { return Ok(None) };
        let mut status = None;
        let what = format!("{} ends", self.name);
        let waited = wait_until(&what, deadline, async || {
            status = child.try_wait().ok().flatten();
            status.is_some()
        });
        if let Err(late) = waited.await {
            self.child = Some(child);
            return Err(late);
        }
        Ok(status.and_then(|status| status.code()))
    }

    /// `kill -9` of `chortled`; its CometBFT must end with it.
    pub async fn kill_app(&mut self) -> anyhow::Result<()> {
        let comet = self.comet_pid();
        self.end_app()?;
        self.wait_for_end(comet).await
    }

    /// `kill -9` of CometBFT alone; `chortled` must start it again by itself.
    pub fn kill_comet(&self) -> anyhow::Result<()> {
        match self.comet_pid() {
            Some(pid) => process::signal(pid, Signal::KILL),
            None => Ok(()),
        }
    }

    /// `kill -9` of both, CometBFT first.
    pub async fn kill_both(&mut self) -> anyhow::Result<()> {
        let comet = self.comet_pid();
        self.kill_comet()?;
        self.end_app()?;
        self.wait_for_end(comet).await
    }

    fn end_app(&mut self) -> anyhow::Result<()> {
        if let Some(mut child) = self.child.take() {
            child.kill()?;
            child.wait()?;
        }
        Ok(())
    }

    async fn wait_for_end(&self, comet: Option<u32>) -> anyhow::Result<()> {
        let Some(pid) = comet else { return Ok(()) };
        let what = format!("CometBFT of {} ends with its chortled", self.name);
        wait_until(&what, END, async || !process::is_running(pid)).await
    }

    /// Asks it to end in order, and waits.
    pub async fn stop(&mut self) -> anyhow::Result<()> {
        let Some(mut child) = self.child.take() else { return Ok(()) };
        process::signal(child.id(), Signal::TERM)?;
        let what = format!("{} stops", self.name);
        let ended = wait_until(&what, STOP, async || matches!(child.try_wait(), Ok(Some(_)))).await;
        if ended.is_err() {
            child.kill()?;
            child.wait()?;
        }
        ended
    }

    /// Freezes both processes.
    pub fn pause(&self) -> anyhow::Result<()> {
        self.signal_both(Signal::STOP)
    }

    /// Lets both go on.
    pub fn resume(&self) -> anyhow::Result<()> {
        self.signal_both(Signal::CONT)
    }

    fn signal_both(&self, what: Signal) -> anyhow::Result<()> {
        for pid in [self.comet_pid(), self.app_pid()].into_iter().flatten() {
            process::signal(pid, what)?;
        }
        Ok(())
    }

    /// The height that its state machine committed, read through CometBFT.
    pub async fn height(&self) -> anyhow::Result<u64> {
        let info = http::call(self.addresses.rpc, "abci_info", json!({})).await?;
        Ok(number(&info["response"]["last_block_height"]))
    }

    /// Waits until it committed a height.
    pub async fn wait_for_height(&self, height: u64, deadline: Duration) -> anyhow::Result<()> {
        let what = format!("{} commits height {height}", self.name);
        wait_until(&what, deadline, async || self.height().await.is_ok_and(|found| found >= height)).await
    }

    /// What every transaction of its chain names.
    pub async fn identity(&self) -> anyhow::Result<ChainRef> {
        let status = self.rest("/v1/status").await?;
        let id = status["chain_id"].as_str().context("a chain has a name")?;
        let genesis = status["genesis_hash"].as_str().and_then(|text| text.strip_prefix("0x"));
        let mut hash = [0; 32];
        hex::decode_to_slice(genesis.context("a chain has a genesis")?, &mut hash)?;
        ChainRef::of(id, hash).map_err(|error| anyhow!(error))
    }

    /// REST.
    pub async fn rest(&self, path: &str) -> anyhow::Result<Value> {
        http::get(self.addresses.rest, path).await
    }

    /// CometBFT's RPC.
    pub async fn rpc(&self, method: &str, params: Value) -> anyhow::Result<Value> {
        http::call(self.addresses.rpc, method, params).await
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        // A paused process takes the signal too; whatever fails here has ended already.
        let _ = self.kill_comet();
        let _ = self.end_app();
    }
}

/// A number that CometBFT writes as a string; 0 if it leaves it out.
pub fn number(value: &Value) -> u64 {
    value.as_str().and_then(|text| text.parse().ok()).or_else(|| value.as_u64()).unwrap_or(0)
}
