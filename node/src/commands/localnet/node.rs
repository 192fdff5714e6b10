//! One node of a network, by its home: started, stopped, killed and asked by anyone who knows the folder.

use std::fs::{self, File, OpenOptions};
use std::net::SocketAddr;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use chortle_consensus::comet::http;
use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};

use crate::commands::doctor::running;
use crate::failure::Failure;
use crate::home::{CometAddresses, Home, cannot};
use crate::settings::Settings;

/// How long a node may take to stop.
const STOP_WITHIN: Duration = Duration::from_secs(20);
/// Last lines of a log that a failure shows.
const LAST_WORDS: usize = 12;

/// A node of a network.
pub(super) struct Node {
    number: u16,
    home: Home,
}

impl Node {
    /// The node with this number; nothing is touched.
    pub(super) fn at(root: &Path, number: u16) -> Self {
        Self { number, home: Home::at(root.join(format!("node{number}"))) }
    }

    pub(super) fn number(&self) -> u16 {
        self.number
    }

    pub(super) fn home(&self) -> &Home {
        &self.home
    }

    pub(super) fn exists(&self) -> bool {
        self.home.is_initialised()
    }

    /// The process that runs it.
    pub(super) fn pid(&self) -> Option<u32> {
        running(&self.home)
    }

    fn settings(&self) -> Option<Settings> {
        Settings::load(&self.home.settings(), &[], |_| None).ok()
    }

    /// Where its REST listens.
    pub(super) fn rest(&self) -> Option<SocketAddr> {
        self.settings()?.get("rest.address").ok()
    }

    fn addresses(&self) -> Option<CometAddresses> {
        self.home.comet_addresses().ok()
    }

    /// Itself, as peers are told.
    pub(super) fn peer(&self) -> Result<String, Failure> {
        let keys = self.home.comet().keys().map_err(Failure::unexpected)?;
        Ok(format!("{}@{}", keys.node_id(), self.home.comet_addresses()?.p2p))
    }

    /// Starts it in the background; its log goes to its home.
    pub(super) fn spawn(&self) -> Result<Child, Failure> {
        if let Some(pid) = self.pid() {
            return Err(Failure::config(
                format!("node{} runs already, as process {pid}", self.number),
                format!("kill it first: chortled localnet kill {}", self.number),
            ));
        }
        let program = std::env::current_exe().map_err(Failure::unexpected)?;
        let log = self.home.log();
        let open = || -> std::io::Result<(File, File)> {
            let file = OpenOptions::new().create(true).append(true).open(&log)?;
            Ok((file.try_clone()?, file))
        };
        let (out, err) = open().map_err(|error| cannot(&log, &error))?;
        let mut command = Command::new(program);
        command.arg("start").arg("--home").arg(self.home.root());
        // Settings of this shell are of this shell's node, not of all of them.
        for key in crate::settings::KEYS {
            command.env_remove(crate::settings::variable(key.name));
        }
        command.env_remove("CHORTLED_HOME");
        command.stdin(Stdio::null()).stdout(out).stderr(err);
        // Its own group: a Ctrl-C at the terminal reaches the network's command alone, which then stops it in order.
        command.process_group(0);
        let child = command.spawn().map_err(Failure::unexpected)?;
        // The node writes the same once it runs; until then it must be found too.
        crate::home::write(&self.home.pid(), &format!("{}\n", child.id()))?;
        Ok(child)
    }

    fn signal(&self, signal: Signal) -> Result<(), Failure> {
        let pid = self.pid().and_then(|pid| i32::try_from(pid).ok()).and_then(Pid::from_raw);
        match pid.map(|pid| kill_process(pid, signal)) {
            None | Some(Ok(())) => Ok(()),
            Some(Err(error)) => Err(Failure::unexpected(format!("node{}: {error}", self.number))),
        }
    }

    /// Asks it to stop.
    pub(super) fn terminate(&self) -> Result<(), Failure> {
        self.signal(Signal::TERM)
    }

    /// Kills it; its CometBFT dies with it.
    pub(super) async fn kill(&self) -> Result<(), Failure> {
        let pid = self.pid();
        let Some(pid) = pid else {
            return Err(Failure::config(
                format!("node{} does not run", self.number),
                "`chortled localnet status` shows who does",
            ));
        };
        self.signal(Signal::KILL)?;
        self.wait_until_gone().await?;
        println!("node{} (process {pid}) is dead", self.number);
        Ok(())
    }

    /// Waits until it has stopped; kills it if it does not.
    pub(super) async fn wait_until_gone(&self) -> Result<(), Failure> {
        let started = Instant::now();
        while self.pid().is_some() {
            if started.elapsed() > STOP_WITHIN {
                eprintln!("node{} does not stop and is killed", self.number);
                self.signal(Signal::KILL)?;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        Ok(())
    }

    /// Its height, if it answers.
    pub(super) async fn height(&self) -> Option<u64> {
        let url = format!("http://{}/v1/status", self.rest()?);
        let client = http::client().timeout(Duration::from_secs(2)).build().ok()?;
        let status: Value = client.get(url).send().await.ok()?.json().await.ok()?;
        status["height"].as_u64()
    }

    /// The end of its log.
    pub(super) fn last_words(&self) -> String {
        let text = fs::read(self.home.log()).unwrap_or_default();
        let text = String::from_utf8_lossy(&text);
        let lines: Vec<_> = text.lines().rev().take(LAST_WORDS).collect();
        lines.into_iter().rev().collect::<Vec<_>>().join("\n")
    }

    pub(super) fn row(&self, pid: Option<u32>, height: Option<u64>) -> Vec<String> {
        let or_dash = |text: Option<String>| text.unwrap_or_else(|| "-".to_owned());
        let comet = self.addresses();
        let metrics = self.settings().map(|settings| settings.text("metrics.address").to_owned());
        vec![
            format!("node{}", self.number),
            or_dash(pid.map(|pid| pid.to_string())),
            or_dash(height.map(|height| height.to_string())),
            or_dash(self.rest().map(|address| format!("http://{address}"))),
            or_dash(comet.as_ref().map(|comet| format!("http://{}", comet.rpc))),
            or_dash(comet.as_ref().map(|comet| comet.p2p.to_string())),
            or_dash(metrics),
            or_dash(comet.and_then(|comet| comet.metrics).map(|address| address.to_string())),
        ]
    }

    pub(super) fn json(&self, pid: Option<u32>, height: Option<u64>) -> Value {
        let comet = self.addresses();
        json!({
            "node": self.number,
            "home": self.home.root(),
            "pid": pid,
            "height": height,
            "rest": self.rest().map(|address| format!("http://{address}")),
            "rpc": comet.as_ref().map(|comet| format!("http://{}", comet.rpc)),
            "p2p": comet.map(|comet| comet.p2p.to_string()),
        })
    }
}
