//! A node's home folder: where everything of one node lies, and which chain it belongs to.

use std::fs;
use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use chortle_app::{MODULES, Registry};
use chortle_consensus::abci::Address;
use chortle_consensus::comet::home::Home as CometHome;
use chortle_consensus::durable;
use chortle_genesis::Document;

use crate::failure::Failure;
use crate::genesis;

/// Longest path of a unix socket on Linux, its end mark included.
const SOCKET_PATH_BYTES_MAX: usize = 107;

/// A node's home. Nothing is touched until a method says so.
#[derive(Clone)]
pub struct Home {
    root: PathBuf,
    registry: &'static Registry,
}

/// Where a node's CometBFT listens, as its configuration says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CometAddresses {
    /// Peers connect here.
    pub p2p: SocketAddr,
    /// RPC.
    pub rpc: SocketAddr,
    /// Prometheus, if it is on.
    pub metrics: Option<SocketAddr>,
}

/// How fast a node's CometBFT makes blocks, as its configuration says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CometPace {
    /// A round in which nobody answers, and the pause before it.
    pub round: Duration,
    /// Whether blocks are made while nothing waits.
    pub makes_empty_blocks: bool,
}

impl Home {
    /// The home of a Chortle node at this path.
    pub fn at(root: impl Into<PathBuf>) -> Self {
        Self::of(&MODULES, root)
    }

    /// The home of a node of a chain of these modules.
    pub fn of(registry: &'static Registry, root: impl Into<PathBuf>) -> Self {
        Self { root: root.into(), registry }
    }

    /// The modules of its chain.
    pub fn registry(&self) -> &'static Registry {
        self.registry
    }

    /// The folder.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Settings of this node: `chortled.toml`.
    pub fn settings(&self) -> PathBuf {
        self.root.join("chortled.toml")
    }

    /// The genesis document: `config/genesis.json`.
    pub fn genesis(&self) -> PathBuf {
        self.root.join("config/genesis.json")
    }

    /// The state: `data/state`.
    pub fn state(&self) -> PathBuf {
        self.root.join("data/state")
    }

    /// Names the genesis that the state began with: `data/genesis.sha256`.
    pub fn genesis_mark(&self) -> PathBuf {
        self.root.join("data/genesis.sha256")
    }

    /// What cosmovisor reads of an upgrade that is due: `data/upgrade-info.json`.
    pub fn upgrade_info(&self) -> PathBuf {
        self.root.join("data/upgrade-info.json")
    }

    /// The process that runs, if one does: `data/chortled.pid`.
    pub fn pid(&self) -> PathBuf {
        self.root.join("data/chortled.pid")
    }

    /// The log of a node that runs in the background: `data/chortled.log`.
    pub fn log(&self) -> PathBuf {
        self.root.join("data/chortled.log")
    }

    /// CometBFT's own home: `comet/`.
    pub fn comet(&self) -> CometHome {
        CometHome::at(self.root.join("comet"))
    }

    /// The socket between the two: `abci.sock`.
    pub fn socket(&self) -> Result<Address, Failure> {
        let root = absolute(&self.root)?;
        let path = root.join("abci.sock");
        let length = path.as_os_str().len();
        if length > SOCKET_PATH_BYTES_MAX {
            return Err(Failure::config(
                format!(
                    "{} has {length} bytes; the system allows {SOCKET_PATH_BYTES_MAX} for a socket",
                    path.display()
                ),
                "choose a home with a shorter path",
            ));
        }
        Ok(Address::Unix(path))
    }

    /// Whether `chortled init` was here.
    pub fn is_initialised(&self) -> bool {
        self.settings().is_file() || self.genesis().is_file()
    }

    /// Makes the folders.
    pub fn make(&self) -> Result<(), Failure> {
        for folder in ["config", "data"] {
            let folder = self.root.join(folder);
            fs::create_dir_all(&folder).map_err(|error| cannot(&folder, &error))?;
        }
        Ok(())
    }

    /// Refuses a home without a genesis.
    pub fn require(&self) -> Result<(), Failure> {
        let path = self.genesis();
        match fs::metadata(&path) {
            Ok(_) => return Ok(()),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(cannot(&path, &error)),
        }
        Err(Failure::config(
            format!("{} is no home of a node: it has no config/genesis.json", self.root.display()),
            format!("run `chortled init --home {}`, or name another --home", self.root.display()),
        ))
    }

    /// Whether the chain of this home has begun: its document has proven itself, and never changes.
    pub fn has_begun(&self) -> bool {
        self.genesis_mark().exists()
    }

    /// Reads and judges the genesis document; a fault names its line. What a chain began with long ago is not judged by
    /// the modules of a later program, which has others.
    pub fn read_genesis(&self) -> Result<Document, Failure> {
        match self.has_begun() {
            true => self.unjudged_genesis(),
            false => {
                self.require()?;
                read_genesis(self.registry, &self.genesis())
            }
        }
    }

    /// Reads the genesis document as it is.
    pub fn unjudged_genesis(&self) -> Result<Document, Failure> {
        self.require()?;
        judged(&self.genesis(), |_| Ok(()))
    }

    /// Gives CometBFT this home's genesis; one of another chain that lies there is refused.
    pub fn share_genesis(&self) -> Result<(), Failure> {
        let (ours, theirs) = (self.genesis(), self.comet().genesis());
        let text = fs::read_to_string(&ours).map_err(|error| cannot(&ours, &error))?;
        match fs::read_to_string(&theirs) {
            Ok(found) if found == text => Ok(()),
            Ok(_) if self.genesis_mark().exists() => Err(Failure::config(
                format!(
                    "{} differs from {}, and this home has run already",
                    theirs.display(),
                    ours.display()
                ),
                "restore the first genesis file in both places, or start with an empty home",
            )),
            Ok(_) | Err(_) => write(&theirs, &text),
        }
    }

    /// Where CometBFT waits for a remote signer, if it does.
    pub fn remote_signer(&self) -> Result<Option<String>, Failure> {
        let config = self.comet_config()?;
        let address = config.get("priv_validator_laddr").and_then(toml::Value::as_str);
        Ok(address.filter(|address| !address.is_empty()).map(str::to_owned))
    }

    fn comet_config(&self) -> Result<toml::Table, Failure> {
        let path = self.comet().config();
        let text = fs::read_to_string(&path).map_err(|error| cannot(&path, &error))?;
        text.parse().map_err(|error: toml::de::Error| {
            Failure::config(format!("{} does not read: {error}", path.display()), "correct that line")
        })
    }

    /// How fast CometBFT makes blocks.
    pub fn comet_pace(&self) -> Result<CometPace, Failure> {
        let (path, config) = (self.comet().config(), self.comet_config()?);
        let value = |name: &str| config.get("consensus").and_then(|section| section.get(name));
        let parts = [
            "timeout_propose",
            "timeout_prevote",
            "timeout_precommit",
            "timeout_commit",
            "create_empty_blocks_interval",
        ];
        let mut round = Duration::ZERO;
        for name in parts {
            // What is left out is CometBFT's own default: seconds at most.
            let Some(text) = value(name).and_then(toml::Value::as_str) else { continue };
            round = round.saturating_add(go_duration(text).ok_or_else(|| {
                Failure::config(
                    format!("{}: [consensus] {name} is '{text}', which is no duration", path.display()),
                    "write it as 1s or 500ms",
                )
            })?);
        }
        let makes_empty_blocks = value("create_empty_blocks").and_then(toml::Value::as_bool) != Some(false);
        Ok(CometPace { round, makes_empty_blocks })
    }

    /// Where CometBFT listens.
    pub fn comet_addresses(&self) -> Result<CometAddresses, Failure> {
        let (path, config) = (self.comet().config(), self.comet_config()?);
        let listens = |section: &str, name: &str| {
            let value =
                config.get(section).and_then(|section| section.get(name)).and_then(toml::Value::as_str);
            let value = value.unwrap_or_default();
            value.strip_prefix("tcp://").unwrap_or(value).parse::<SocketAddr>().map_err(|_| {
                Failure::config(
                    format!("{}: [{section}] {name} is '{value}', which is no address", path.display()),
                    "write it as tcp://127.0.0.1:26657",
                )
            })
        };
        let switch = config.get("instrumentation").and_then(|section| section.get("prometheus"));
        let metrics = match switch.and_then(toml::Value::as_bool) {
            Some(true) => Some(listens("instrumentation", "prometheus_listen_addr")?),
            _ => None,
        };
        Ok(CometAddresses { p2p: listens("p2p", "laddr")?, rpc: listens("rpc", "laddr")?, metrics })
    }
}

/// Reads and judges a genesis document; a fault names its line.
pub fn read_genesis(registry: &'static Registry, path: &Path) -> Result<Document, Failure> {
    judged(path, |document| genesis::judge(registry, document))
}

/// Reads a document and runs the whole of genesis once, for nothing but its errors.
pub fn rehearse_genesis(registry: &'static Registry, path: &Path) -> Result<Document, Failure> {
    judged(path, |document| genesis::rehearse(registry, document))
}

fn judged(
    path: &Path,
    judge: impl FnOnce(&Document) -> Result<(), (String, String)>,
) -> Result<Document, Failure> {
    let text = fs::read_to_string(path).map_err(|error| cannot(path, &error))?;
    Document::validate(&text, judge).map_err(|problem| {
        Failure::config(
            format!("{}:{}: {}", path.display(), problem.line, problem.sentence),
            "correct that line; `chortled genesis validate` checks again",
        )
    })
}

/// Writes a file, replacing one that is there; a power cut leaves the old one or the new one.
pub fn write(path: &Path, text: &str) -> Result<(), Failure> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).map_err(|error| cannot(folder, &error))?;
    }
    durable::replace(path, text).map_err(|error| cannot(path, &error))
}

/// A failure about a file or folder.
pub fn cannot(path: &Path, error: &io::Error) -> Failure {
    use io::ErrorKind as Kind;
    let (cause, cure) = match error.kind() {
        Kind::NotFound => ("there is no such file or folder", "check the path"),
        Kind::PermissionDenied => (
            "this user may not use it",
            "run this as the user that owns it, or give this user the right to it",
        ),
        Kind::AlreadyExists | Kind::NotADirectory => {
            ("a file stands where a folder must be", "name another folder, or move that file away")
        }
        Kind::IsADirectory => ("it is a folder, not a file", "name a file"),
        Kind::InvalidData => {
            ("it is no text", "put the right file back: this one is damaged, or of another kind")
        }
        Kind::StorageFull | Kind::QuotaExceeded => ("the disk is full", "make room, and do it again"),
        Kind::ReadOnlyFilesystem => (
            "the disk is read-only",
            "mount it for writing; if the system made it so by itself, check the disk first",
        ),
        _ => {
            let cause = format!("{}: {error}", path.display());
            return Failure::config(cause, "check the path, its permissions and the disk");
        }
    };
    Failure::config(format!("{}: {cause}", path.display()), cure)
}

/// A duration as programs in Go write it: numbers with units, such as 1m30s or 500ms.
fn go_duration(text: &str) -> Option<Duration> {
    if text == "0" {
        return Some(Duration::ZERO);
    }
    let (mut rest, mut sum) = (text, Duration::ZERO);
    while !rest.is_empty() {
        let number = rest.find(|next: char| !next.is_ascii_digit() && next != '.')?;
        let (count, unit) = rest.split_at(number);
        let unit = &unit[..unit.find(|next: char| next.is_ascii_digit()).unwrap_or(unit.len())];
        let seconds = match unit {
            "h" => 3_600.0,
            "m" => 60.0,
            "s" => 1.0,
            "ms" => 1e-3,
            "us" | "µs" => 1e-6,
            "ns" => 1e-9,
            _ => return None,
        };
        let part = Duration::try_from_secs_f64(count.parse::<f64>().ok()? * seconds).ok()?;
        sum = sum.checked_add(part)?;
        rest = &rest[number + unit.len()..];
    }
    (!text.is_empty()).then_some(sum)
}

fn absolute(path: &Path) -> Result<PathBuf, Failure> {
    std::path::absolute(path).map_err(|error| cannot(path, &error))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_read_as_the_engine_reads_them() {
        let ms = |ms| Some(Duration::from_millis(ms));
        for (text, expected) in [
            ("0", ms(0)),
            ("0s", ms(0)),
            ("1000ms", ms(1_000)),
            ("1.5s", ms(1_500)),
            ("1m30s", ms(90_000)),
            ("2h", ms(7_200_000)),
            ("", None),
            ("1", None),
            ("s", None),
            ("1 s", None),
            ("-1s", None),
            ("1d", None),
            ("999999999999999999999h", None),
        ] {
            assert_eq!(go_duration(text), expected, "{text}");
        }
    }
}
