//! Networks of real nodes on this machine: free ports, a folder that vanishes, processes that never outlive the test.

use std::path::PathBuf;
use std::time::Duration;

use anyhow::Context;
use chortle_consensus::comet::home::{Peer, Settings};
use chortle_genesis::Document;
use chortle_kernel::Address;
use chortle_kernel::tx::ChainRef;
use serde_json::Value;
use tempfile::TempDir;

use crate::load::Target;
use crate::node::Node;
use crate::{attest, genesis, observe, output, process};

/// Lines of each log that a failure shows.
const LOG_LINES: usize = 40;
/// Time for a fresh network to make its first block.
const FIRST_BLOCK: Duration = Duration::from_secs(60);

/// What network to make.
pub struct Options {
    /// Number of validators.
    pub validators: usize,
    /// Accounts that genesis funds.
    pub funded: Vec<Address>,
    /// Changes of staking's parameters: an object, or null for none.
    pub staking: Value,
    /// Changes of the section `governance`: an object of its parts, or null for none.
    pub governance: Value,
    /// Changes to the settings of each CometBFT.
    pub tune: fn(&mut Settings),
    /// The CometBFT that every node runs; the pinned one if nothing is said.
    pub comet_binary: Option<PathBuf>,
    /// Whether each node checks every invariant in each block; a network that is measured does not.
    pub check_invariants: bool,
}

/// A running network.
pub struct Network {
    /// Its name.
    pub chain_id: String,
    /// What every transaction of it names.
    pub identity: ChainRef,
    /// Its nodes; validators first.
    pub nodes: Vec<Node>,
    genesis: String,
    tune: fn(&mut Settings),
    program: Option<PathBuf>,
    folder: TempDir,
}

/// Settings for tests: blocks several times a second, and short waits for those that are down.
pub fn brisk(settings: &mut Settings) {
    settings.timeout_commit = Duration::from_millis(200);
    settings.timeout_propose = Duration::from_millis(1_000);
    settings.timeout_vote = Duration::from_millis(500);
}

impl Network {
    /// Makes the homes, starts every node and waits for the first block.
    pub async fn start(options: Options) -> anyhow::Result<Self> {
        Self::start_as(options, None, |_| {}).await
    }

    /// The same with a document that is changed first.
    pub async fn with_genesis(options: Options, change: fn(&mut Document)) -> anyhow::Result<Self> {
        Self::start_as(options, None, change).await
    }

    /// The same with the module that attests. The validators of these places lie.
    pub async fn attesting(options: Options, liars: &[usize]) -> anyhow::Result<Self> {
        let program = crate::node::program("CHORTLED_ATTEST", "chortled-attest")?;
        Self::start_as(options, Some((program, liars)), |_| {}).await
    }

    async fn start_as(
        options: Options,
        attesting: Option<(PathBuf, &[usize])>,
        change: fn(&mut Document),
    ) -> anyhow::Result<Self> {
        let folder = tempfile::Builder::new().prefix("chortle").tempdir()?;
        let chain_id = "testkit-1".to_owned();
        let names = (0..options.validators).map(|index| format!("node{index}"));
        let nodes: Vec<Node> =
            names.map(|name| Node::init(folder.path(), &name, &chain_id)).collect::<Result<_, _>>()?;
        let keys: Vec<_> = nodes.iter().map(Node::keys).collect::<Result<_, _>>()?;
        let mut document =
            genesis::document(&chain_id, &keys, &options.funded, &options.staking, &options.governance)?;
        if attesting.is_some() {
            document.app_state.insert(attest::NAME.to_owned(), Value::Object(serde_json::Map::new()));
        }
        change(&mut document);
        let (program, liars) = attesting.unzip();
        let mut network = Self {
            chain_id,
            identity: ChainRef::default(),
            nodes,
            genesis: document.to_json(),
            tune: options.tune,
            program,
            folder,
        };
        for node in &mut network.nodes {
            node.check_invariants = options.check_invariants;
        }
        for index in 0..network.nodes.len() {
            let node = network.node(index)?;
            node.configure(&network.genesis, network.peers_of(&node.name)?, network.tune)?;
        }
        for liar in liars.into_iter().flatten() {
            network.node_mut(*liar)?.environment.push(("CHORTLE_ATTEST", "liar"));
        }
        for node in &mut network.nodes {
            node.program.clone_from(&network.program);
            node.comet_binary.clone_from(&options.comet_binary);
            node.start()?;
        }
        match network.wait_for_height(1, FIRST_BLOCK).await {
            Ok(()) => {
                network.identity = network.node(0)?.identity().await?;
                Ok(network)
            }
            Err(error) => Err(error.context(network.last_lines())),
        }
    }

    /// What each node said last.
    fn last_lines(&self) -> String {
        let tail =
            |node: &Node| format!("--- last of {}:\n{}", node.name, process::tail(&node.log(), LOG_LINES));
        self.nodes.iter().map(tail).collect::<Vec<_>>().join("\n")
    }

    fn peers_of(&self, name: &str) -> anyhow::Result<Vec<Peer>> {
        self.nodes.iter().filter(|other| other.name != name).map(Node::peer).collect()
    }

    /// A node by its place.
    pub fn node(&self, index: usize) -> anyhow::Result<&Node> {
        self.nodes.get(index).with_context(|| format!("there is no node {index}"))
    }

    /// A node by its place, to kill or start it.
    pub fn node_mut(&mut self, index: usize) -> anyhow::Result<&mut Node> {
        self.nodes.get_mut(index).with_context(|| format!("there is no node {index}"))
    }

    /// Adds a node that validates nothing, and starts it. It has nothing but the genesis and its peers.
    pub fn add_full_node(&mut self) -> anyhow::Result<usize> {
        let name = format!("node{}", self.nodes.len());
        let mut node = Node::init(self.folder.path(), &name, &self.chain_id)?;
        node.configure(&self.genesis, self.peers_of(&name)?, self.tune)?;
        node.program.clone_from(&self.program);
        node.start()?;
        self.nodes.push(node);
        Ok(self.nodes.len() - 1)
    }

    /// Adds and starts a node with the consensus key of another and no memory of what it signed: two processes that
    /// vote in one name.
    pub fn add_twin(&mut self, of: usize) -> anyhow::Result<usize> {
        let name = format!("node{}", self.nodes.len());
        let mut node = Node::init(self.folder.path(), &name, &self.chain_id)?;
        std::fs::copy(self.node(of)?.comet().validator_key(), node.comet().validator_key())?;
        node.configure(&self.genesis, self.peers_of(&name)?, self.tune)?;
        node.program.clone_from(&self.program);
        node.start()?;
        self.nodes.push(node);
        Ok(self.nodes.len() - 1)
    }

    /// Stops every node, exports the state of a height, and starts all again with nothing but their keys and that
    /// document. Answers the document.
    pub async fn restart_from_export(&mut self, height: u64) -> anyhow::Result<Value> {
        for node in &mut self.nodes {
            node.stop().await?;
        }
        self.genesis = self.node(0)?.export(height)?;
        for index in 0..self.nodes.len() {
            let node = self.node(index)?;
            node.forget()?;
            node.configure(&self.genesis, self.peers_of(&node.name)?, self.tune)?;
        }
        for node in &mut self.nodes {
            node.start()?;
        }
        self.wait_for_height(height + 1, FIRST_BLOCK).await?;
        self.identity = self.node(0)?.identity().await?;
        Ok(serde_json::from_str(&self.genesis)?)
    }

    /// The highest committed height of the nodes that answer.
    pub async fn height(&self) -> u64 {
        let mut highest = 0;
        for node in &self.nodes {
            highest = highest.max(node.height().await.unwrap_or(0));
        }
        highest
    }

    /// Waits until every node committed a height.
    pub async fn wait_for_height(&self, height: u64, deadline: Duration) -> anyhow::Result<()> {
        for node in &self.nodes {
            node.wait_for_height(height, deadline).await?;
        }
        Ok(())
    }

    /// Waits until every node is a few blocks beyond where the network stands now.
    pub async fn wait_for_progress(&self, blocks: u64, deadline: Duration) -> anyhow::Result<u64> {
        let goal = self.height().await + blocks;
        self.wait_for_height(goal, deadline).await?;
        Ok(goal)
    }

    /// Compares blocks, results and app hashes of all nodes at every height up to this one.
    pub async fn agree_up_to(&self, height: u64) -> anyhow::Result<()> {
        let first = self.node(0)?;
        for at in 1..=height {
            let expected = observe::fingerprint(first, at).await?;
            for node in self.nodes.iter().skip(1) {
                let found = observe::fingerprint(node, at).await?;
                anyhow::ensure!(
                    found == expected,
                    "height {at}: {} has {found:?}, {} has {expected:?}",
                    node.name,
                    first.name
                );
            }
        }
        Ok(())
    }

    /// Itself, for the load generator: transactions go to every node, blocks are watched at the first.
    pub fn target(&self) -> Target {
        let mut processes = Vec::new();
        for node in &self.nodes {
            processes.extend(node.app_pid().map(|pid| ("chortled".to_owned(), pid)));
            processes.extend(node.comet_pid().map(|pid| ("cometbft".to_owned(), pid)));
        }
        let rpcs = self.nodes.iter().map(|node| node.addresses.rpc).collect();
        Target { name: "chortle".to_owned(), rpcs, processes }
    }
}

impl Drop for Network {
    fn drop(&mut self) {
        if std::thread::panicking() {
            output::say(&self.last_lines());
        }
    }
}
