//! Handing a transaction to the engine, whichever it is.

use std::fs;
use std::path::PathBuf;

use async_trait::async_trait;
use bytes::Bytes;
use chortle_consensus::abci::Pulse;
use chortle_consensus::comet::light::{self, LightBlock, LightError};
use chortle_consensus::comet::process::{State, Told};
use chortle_consensus::comet::rpc::{Code, Rpc, RpcError};
use chortle_kernel::{ErrorRow, Fields, Halt, RejectLog};
use tokio::sync::watch;

use crate::stall::{Due, Patience};

/// A refusal of the state machine's check.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// The catalogue of the code.
    pub codespace: String,
    /// Stable within the codespace.
    pub code: u32,
    /// A sentence for the sender.
    pub sentence: String,
    /// The values that broke the rule.
    pub fields: Fields,
}

impl Refusal {
    /// The refusal that an engine carried; a log that is not ours is the sentence.
    pub fn carried(codespace: String, code: u32, log: String) -> Self {
        let (sentence, fields) = match RejectLog::parse(&log) {
            Some(read) => (read.detail.into_owned(), read.fields.into_owned()),
            None => (log, Fields::default()),
        };
        Self { codespace, code, sentence, fields }
    }

    /// Whether it is this code.
    pub fn is(&self, row: &ErrorRow) -> bool {
        self.code == row.number && self.codespace == row.codespace
    }
}

/// Why a transaction does not wait for a block now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SubmitError {
    /// The state machine refuses it.
    Refused(Refusal),
    /// The mempool is full.
    Full(String),
    /// The engine itself refuses it.
    Engine(String),
    /// There is no engine that signs: this is a development chain.
    NoEngine,
    /// The engine does not answer.
    Unreachable(String),
    /// The node halts.
    Halt(Halt),
}

/// How an engine stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Standing {
    /// Whether it still takes in blocks that others made long ago.
    pub catching_up: bool,
    /// The power that it votes with.
    pub power: u64,
}

/// The way to an engine's mempool.
#[async_trait]
pub trait Submit: Send + Sync + 'static {
    /// Which engine, for people.
    fn engine(&self) -> &'static str;

    /// Hands it over. One that waits already is fine.
    async fn submit(&self, tx: Bytes) -> Result<(), SubmitError>;

    /// A header with its commit and the validators around it.
    async fn light_block(&self, _height: u64) -> Result<LightBlock, SubmitError> {
        Err(SubmitError::NoEngine)
    }

    /// The genesis document, byte for byte. It waits for the disk.
    fn genesis(&self) -> Result<Bytes, SubmitError> {
        Err(SubmitError::NoEngine)
    }

    /// How it stands, or why it does not say.
    async fn standing(&self) -> Result<Standing, String>;

    /// Why no block can come any more, if none can: the state machine halts, or the engine's consensus has panicked.
    fn dead(&self) -> Option<String>;

    /// The engine's process, by which its starts are told apart; `None` while there is none.
    fn process(&self) -> Option<u32> {
        None
    }

    /// What it said last that it could not do.
    fn last_error(&self) -> Option<String> {
        None
    }

    /// Counts what it asks.
    fn pulse(&self) -> Pulse {
        Pulse::default()
    }

    /// How long it may be silent; `None` is for ever.
    fn patience(&self) -> Option<Patience> {
        None
    }

    /// Why a block should come from an engine that stands so, if one should.
    async fn due(&self, _: Standing) -> Result<Option<Due>, String> {
        Ok(None)
    }

    /// Whether it lives in this process and makes a block only when something waits.
    fn in_process(&self) -> bool {
        false
    }
}

/// What a node knows of its CometBFT beside what it answers.
pub struct Engine {
    /// The genesis document of its chain.
    pub genesis: PathBuf,
    /// Whether the state machine that it drives halts.
    pub halted: watch::Receiver<Option<Halt>>,
    /// What it asks of that state machine.
    pub pulse: Pulse,
    /// What its supervisor tells, if it is a child of this process.
    pub child: Option<Told>,
    /// How long it may be silent; `None` is for ever.
    pub patience: Option<Patience>,
    /// Where it waits for a remote signer, if it has one.
    pub remote_signer: Option<String>,
    /// Whether it makes blocks while nothing waits.
    pub makes_empty_blocks: bool,
}

/// A CometBFT behind its RPC.
pub struct Comet {
    rpc: Rpc,
    engine: Engine,
}

impl Comet {
    /// The CometBFT at this URL.
    pub fn at(url: String, engine: Engine) -> Result<Self, RpcError> {
        Ok(Self { rpc: Rpc::new(url)?, engine })
    }
}

/// The process of an engine that somebody else runs: its starts are not told apart.
const SOMEBODY_ELSES: u32 = 0;

/// CometBFT's words for a transaction that it has, and for a mempool that is full.
const KNOWN: &str = "already exists in cache";
const FULL: &str = "mempool is full";

#[async_trait]
impl Submit for Comet {
    fn engine(&self) -> &'static str {
        "cometbft"
    }

    async fn submit(&self, tx: Bytes) -> Result<(), SubmitError> {
        let verdicts = match self.rpc.broadcast_many(&[tx]).await {
            Ok(verdicts) => verdicts,
            Err(error) => return Err(SubmitError::Unreachable(error.to_string())),
        };
        let Some(verdict) = verdicts.into_iter().next() else {
            return Err(SubmitError::Unreachable("it gave no verdict".to_owned()));
        };
        if verdict.code == 0 {
            return Ok(());
        }
        let refusal = Refusal::carried(verdict.codespace, verdict.code, verdict.log);
        match refusal.sentence {
            _ if !refusal.is(Code::Refused.row()) => Err(SubmitError::Refused(refusal)),
            log if log.contains(KNOWN) => Ok(()),
            log if log.contains(FULL) => Err(SubmitError::Full(log)),
            log => Err(SubmitError::Engine(log)),
        }
    }

    async fn light_block(&self, height: u64) -> Result<LightBlock, SubmitError> {
        light::fetch(&self.rpc, height).await.map_err(|error| match error {
            LightError::Rpc(RpcError::Refused { reason, .. }) => SubmitError::Engine(reason),
            error => SubmitError::Unreachable(error.to_string()),
        })
    }

    fn genesis(&self) -> Result<Bytes, SubmitError> {
        let path = &self.engine.genesis;
        let found = fs::read(path).map(Bytes::from);
        found.map_err(|error| {
            SubmitError::Halt(Halt::new(format!("{} cannot be read: {error}", path.display())))
        })
    }

    async fn standing(&self) -> Result<Standing, String> {
        let status = self.rpc.status().await.map_err(|error| error.to_string())?;
        Ok(Standing { catching_up: status.sync_info.catching_up, power: status.validator_info.power.value() })
    }

    fn dead(&self) -> Option<String> {
        if let Some(halt) = self.engine.halted.borrow().as_ref() {
            return Some(format!("it halts: {halt}"));
        }
        match &*self.engine.child.as_ref()?.state.borrow() {
            State::Broken { cause } => Some(format!("its engine is stopped and started again: {cause}")),
            State::Failed(error) => Some(error.to_string()),
            State::Waiting | State::Running { .. } | State::Stopped => None,
        }
    }

    fn process(&self) -> Option<u32> {
        let Some(child) = &self.engine.child else { return Some(SOMEBODY_ELSES) };
        match *child.state.borrow() {
            State::Running { pid } => Some(pid),
            _ => None,
        }
    }

    fn last_error(&self) -> Option<String> {
        self.engine.child.as_ref()?.error.borrow().clone()
    }

    fn pulse(&self) -> Pulse {
        self.engine.pulse.clone()
    }

    fn patience(&self) -> Option<Patience> {
        self.engine.patience
    }

    async fn due(&self, standing: Standing) -> Result<Option<Due>, String> {
        if standing.catching_up {
            return Ok(None);
        }
        let consensus = self.rpc.consensus_standing().await.map_err(|error| error.to_string())?;
        let is_alone = u128::from(standing.power) * 3 > u128::from(consensus.power) * 2;
        if is_alone && self.engine.makes_empty_blocks {
            return Ok(Some(Due::Alone { remote_signer: self.engine.remote_signer.clone() }));
        }
        Ok(ahead(consensus.height, consensus.peer_heights))
    }
}

/// Whether most of the peers are further than one block ahead: a peer that is one ahead sends it.
fn ahead(own: u64, mut peers: Vec<u64>) -> Option<Due> {
    peers.sort_unstable();
    // More than half of them work on this height or a later one.
    let height = *peers.get(peers.len().saturating_sub(1) / 2)?;
    (height > own.saturating_add(1)).then_some(Due::Peers { height, own })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn peers_are_ahead_if_most_of_them_are_by_more_than_a_block() {
        let due = |height| Some(Due::Peers { height, own: 10 });
        for (peers, expected) in [
            (vec![], None),
            (vec![11], None),
            (vec![12], due(12)),
            (vec![10, u64::MAX], None),
            (vec![0, 10, 11, 900], None),
            (vec![900, 12, 10], due(12)),
            (vec![10, 10, 900, 901], None),
        ] {
            assert_eq!(ahead(10, peers.clone()), expected, "{peers:?}");
        }
    }
}
