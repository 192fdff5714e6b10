//! CometBFT's home folder: configuration, keys, genesis.

use std::fs;
use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use ed25519_dalek::{Signer, SigningKey};

use super::genesis::EngineGenesis;
use super::keys::{self, KeyError};
use crate::abci::Address;
use crate::durable;

/// Our configuration, with a reason for every setting that differs from CometBFT's default.
const TEMPLATE: &str = include_str!("config.toml");

/// The state of a validator that has signed nothing.
const SIGNED_NOTHING: &str = "{\n  \"height\": \"0\",\n  \"round\": 0,\n  \"step\": 0\n}\n";

/// A peer to stay connected with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Peer {
    /// Its node id.
    pub node_id: String,
    /// Its p2p address, `host:port`.
    pub address: String,
}

/// What differs between two nodes' configurations.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// The node's name, for people.
    pub moniker: String,
    /// Where a remote signer connects, which then holds the validator's key; `None` signs with the key file.
    pub remote_signer: Option<SocketAddr>,
    /// Where the application listens.
    pub proxy_app: Address,
    /// Where peers connect.
    pub p2p: SocketAddr,
    /// The address that peers are told; empty lets them find out.
    pub external_address: String,
    /// Where RPC listens.
    pub rpc: SocketAddr,
    /// Where Prometheus reads metrics; `None` switches them off.
    pub metrics: Option<SocketAddr>,
    /// Peers to stay connected with.
    pub persistent_peers: Vec<Peer>,
    /// Whether all nodes are on this machine or a private network.
    pub local_network: bool,
    /// Pause after a block, in which late votes are still collected.
    pub timeout_commit: Duration,
    /// How long to wait for a proposal.
    pub timeout_propose: Duration,
    /// How long to wait for more votes of either kind.
    pub timeout_vote: Duration,
    /// Go on as soon as every vote is there. For laboratories: it lets slow validators fall behind.
    pub skip_timeout_commit: bool,
    /// Make blocks even if nothing waits.
    pub create_empty_blocks: bool,
    /// Pause between empty blocks; zero is none.
    pub create_empty_blocks_interval: Duration,
    /// Refuse to sign if one of this many last blocks carries our signature; 0 is off.
    pub double_sign_check_height: u64,
    /// Longest transaction that the mempool takes.
    pub tx_bytes_max: u64,
    /// Forget the results of all but the last block.
    pub discard_abci_responses: bool,
    /// CometBFT's log level, such as `info` or `consensus:debug,*:error`.
    pub log_level: String,
}

impl Settings {
    /// Sane settings for a node on this machine: blocks every second or so, metrics off.
    pub fn new(proxy_app: Address, p2p: SocketAddr, rpc: SocketAddr) -> Self {
        Self {
            moniker: "chortle".to_owned(),
            remote_signer: None,
            proxy_app,
            p2p,
            external_address: String::new(),
            rpc,
            metrics: None,
            persistent_peers: Vec::new(),
            local_network: true,
            timeout_commit: Duration::from_secs(1),
            timeout_propose: Duration::from_secs(3),
            timeout_vote: Duration::from_secs(1),
            skip_timeout_commit: false,
            create_empty_blocks: true,
            create_empty_blocks_interval: Duration::ZERO,
            double_sign_check_height: 0,
            tx_bytes_max: 1024 * 1024,
            discard_abci_responses: false,
            log_level: "info".to_owned(),
        }
    }

    /// The text of `config.toml`.
    pub fn to_toml(&self) -> String {
        let peers: Vec<_> =
            self.persistent_peers.iter().map(|peer| format!("{}@{}", peer.node_id, peer.address)).collect();
        let metrics =
            self.metrics.map_or_else(|| "127.0.0.1:26660".to_owned(), |address| address.to_string());
        let signer = self.remote_signer.map_or_else(String::new, |address| format!("tcp://{address}"));
        let values = [
            ("proxy_app", quoted(&self.proxy_app.to_string())),
            ("moniker", quoted(&self.moniker)),
            ("priv_validator_laddr", quoted(&signer)),
            ("log_level", quoted(&self.log_level)),
            ("rpc_laddr", quoted(&format!("tcp://{}", self.rpc))),
            ("p2p_laddr", quoted(&format!("tcp://{}", self.p2p))),
            ("external_address", quoted(&self.external_address)),
            ("persistent_peers", quoted(&peers.join(","))),
            ("addr_book_strict", (!self.local_network).to_string()),
            ("allow_duplicate_ip", self.local_network.to_string()),
            ("max_tx_bytes", self.tx_bytes_max.to_string()),
            ("timeout_propose", duration(self.timeout_propose)),
            ("timeout_prevote", duration(self.timeout_vote)),
            ("timeout_precommit", duration(self.timeout_vote)),
            ("timeout_commit", duration(self.timeout_commit)),
            ("skip_timeout_commit", self.skip_timeout_commit.to_string()),
            ("create_empty_blocks", self.create_empty_blocks.to_string()),
            ("create_empty_blocks_interval", duration(self.create_empty_blocks_interval)),
            ("double_sign_check_height", self.double_sign_check_height.to_string()),
            ("discard_abci_responses", self.discard_abci_responses.to_string()),
            ("prometheus", self.metrics.is_some().to_string()),
            ("prometheus_listen_addr", quoted(&metrics)),
        ];
        let fill = |text: String, (name, value): (&str, String)| text.replace(&format!("{{{name}}}"), &value);
        values.into_iter().fold(TEMPLATE.to_owned(), fill)
    }
}

/// A TOML basic string. JSON escapes are a subset of TOML's.
fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

fn duration(duration: Duration) -> String {
    format!("\"{}ms\"", duration.as_millis())
}

/// The keys of a node.
pub struct Keys {
    /// Signs blocks.
    pub validator: SigningKey,
    /// Names the node on the p2p network.
    pub node: SigningKey,
}

impl Keys {
    /// New keys from the operating system's randomness.
    pub fn generate() -> Self {
        Self { validator: keys::generate(), node: keys::generate() }
    }

    /// Consensus key of the validator.
    pub fn validator_key(&self) -> [u8; 32] {
        self.validator.verifying_key().to_bytes()
    }

    /// The validator's signature of a digest: the proof that its holder gives the key to an operator. 32 bytes are
    /// never a vote, whose bytes begin with their own length and are longer.
    pub fn sign_digest(&self, digest: &[u8; 32]) -> [u8; 64] {
        self.validator.sign(digest).to_bytes()
    }

    /// The node's id on the p2p network.
    pub fn node_id(&self) -> String {
        keys::node_id(&self.node)
    }
}

/// Why a home cannot be written or used.
#[derive(Debug, thiserror::Error)]
pub enum HomeError {
    /// A key file.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// Another file.
    #[error("{path}: {source}")]
    Io {
        /// The file.
        path: String,
        /// What the system says.
        source: io::Error,
    },
    /// The home belongs to another genesis.
    #[error("{path} holds another genesis: use another --home, or remove the home of the old chain")]
    OtherGenesis {
        /// The genesis file.
        path: String,
    },
}

/// A CometBFT home folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Home {
    root: PathBuf,
}

impl Home {
    /// The home at this path; nothing is touched.
    pub fn at(root: impl Into<PathBuf>) -> Self {
        Self { root: root.into() }
    }

    /// The folder.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// `config/config.toml`
    pub fn config(&self) -> PathBuf {
        self.root.join("config/config.toml")
    }

    /// `config/genesis.json`
    pub fn genesis(&self) -> PathBuf {
        self.root.join("config/genesis.json")
    }

    /// `config/priv_validator_key.json`
    pub fn validator_key(&self) -> PathBuf {
        self.root.join("config/priv_validator_key.json")
    }

    /// `config/priv_validator_key.next.json`: the key that takes over by a rotation.
    pub fn next_validator_key(&self) -> PathBuf {
        self.root.join("config/priv_validator_key.next.json")
    }

    /// `config/node_key.json`
    pub fn node_key(&self) -> PathBuf {
        self.root.join("config/node_key.json")
    }

    /// `data/priv_validator_state.json`
    pub fn validator_state(&self) -> PathBuf {
        self.root.join("data/priv_validator_state.json")
    }

    /// Makes folders and keys. What exists stays: no key and no signing state is ever overwritten.
    ///
    /// The signing state is written only together with a new key: a key whose state is lost may sign twice.
    pub fn init_keys(&self, fresh: impl FnOnce() -> Keys) -> Result<Keys, HomeError> {
        for folder in ["config", "data"] {
            let folder = self.root.join(folder);
            fs::create_dir_all(&folder).map_err(|source| io_error(&folder, source))?;
        }
        let fresh = fresh();
        let new_key = !self.validator_key().exists();
        let state = self.validator_state();
        if new_key && !state.exists() {
            durable::create_secret(&state, SIGNED_NOTHING).map_err(|source| io_error(&state, source))?;
        }
        let validator = keys::validator_key(&self.validator_key(), || fresh.validator)?;
        let node = keys::node_key(&self.node_key(), || fresh.node)?;
        Ok(Keys { validator, node })
    }

    /// The validator's public key, from its file; nothing is made if that is gone.
    pub fn present_validator_key(&self) -> Result<[u8; 32], HomeError> {
        Ok(keys::present_validator_key(&self.validator_key())?.verifying_key().to_bytes())
    }

    /// The name of the node on the p2p network, from its key file; nothing is made if that is gone.
    pub fn present_node_id(&self) -> Result<String, HomeError> {
        let path = self.node_key();
        fs::metadata(&path).map_err(|source| io_error(&path, source))?;
        Ok(keys::node_id(&keys::node_key(&path, keys::generate)?))
    }

    /// The public keys that rotations put aside here, newest first.
    pub fn old_validator_keys(&self) -> Result<Vec<[u8; 32]>, HomeError> {
        let olds = (1..).map(|number| self.old_validator_key(number)).take_while(|path| path.exists());
        let mut found = olds
            .map(|path| Ok(keys::present_validator_key(&path)?.verifying_key().to_bytes()))
            .collect::<Result<Vec<_>, HomeError>>()?;
        found.reverse();
        Ok(found)
    }

    fn old_validator_key(&self, number: u32) -> PathBuf {
        self.root.join(format!("config/priv_validator_key.old-{number}.json"))
    }

    /// Reads the keys of an initialised home.
    pub fn keys(&self) -> Result<Keys, HomeError> {
        for path in [self.validator_key(), self.node_key()] {
            fs::metadata(&path).map_err(|source| io_error(&path, source))?;
        }
        let validator = keys::validator_key(&self.validator_key(), keys::generate)?;
        let node = keys::node_key(&self.node_key(), keys::generate)?;
        Ok(Keys { validator, node })
    }

    /// The keys with the validator's next one, which is made if there is none.
    pub fn next_keys(&self, fresh: impl FnOnce() -> Keys) -> Result<Keys, HomeError> {
        let validator = keys::validator_key(&self.next_validator_key(), || fresh().validator)?;
        Ok(Keys { validator, ..self.keys()? })
    }

    /// Puts the next key in the place of the present one, which is kept beside it. The record of what was signed stays:
    /// it binds the new key to later heights. At every instant the home has one key or the other: without any, CometBFT
    /// would make a new one that nobody bonded. Answers where the old key lies.
    pub fn switch_validator_key(&self) -> Result<PathBuf, HomeError> {
        let (present, next) = (self.validator_key(), self.next_validator_key());
        fs::metadata(&next).map_err(|source| io_error(&next, source))?;
        let mut number = 1u32;
        let old = loop {
            let old = self.old_validator_key(number);
            match fs::hard_link(&present, &old) {
                Ok(()) => break old,
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => number += 1,
                Err(source) => return Err(io_error(&old, source)),
            }
        };
        durable::rename(&next, &present).map_err(|source| io_error(&next, source))?;
        Ok(old)
    }

    /// Takes the last switch back: the key that was put aside last is the present one again, and the present one is the
    /// next one again, where none has been made meanwhile. Answers where that lies.
    pub fn switch_validator_key_back(&self) -> Result<PathBuf, HomeError> {
        let (present, next) = (self.validator_key(), self.next_validator_key());
        let none = || io_error(&self.old_validator_key(1), io::ErrorKind::NotFound.into());
        let olds = (1..).map(|number| self.old_validator_key(number)).take_while(|path| path.exists());
        let old = olds.last().ok_or_else(none)?;
        fs::hard_link(&present, &next).map_err(|source| io_error(&next, source))?;
        durable::rename(&old, &present).map_err(|source| io_error(&old, source))?;
        Ok(next)
    }

    /// Writes `config.toml`, in place of an older one.
    pub fn write_config(&self, settings: &Settings) -> Result<(), HomeError> {
        let path = self.config();
        durable::replace(&path, settings.to_toml()).map_err(|source| io_error(&path, source))
    }

    /// Writes `genesis.json`; a different one that is already there is an error.
    pub fn write_genesis(&self, genesis: &EngineGenesis) -> Result<(), HomeError> {
        let (path, document) = (self.genesis(), genesis.to_json());
        match fs::read_to_string(&path) {
            Ok(existing) if existing == document => Ok(()),
            Ok(_) => Err(HomeError::OtherGenesis { path: path.display().to_string() }),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                durable::replace(&path, document).map_err(|source| io_error(&path, source))
            }
            Err(source) => Err(io_error(&path, source)),
        }
    }
}

fn io_error(path: &Path, source: io::Error) -> HomeError {
    HomeError::Io { path: path.display().to_string(), source }
}
