//! Handing a transaction to the engine, whichever it is.

use std::fs;
use std::path::PathBuf;

use async_trait::async_trait;
use bytes::Bytes;
use chortle_consensus::comet::light::{self, LightBlock, LightError};
use chortle_consensus::comet::process::State;
use chortle_consensus::comet::rpc::{Code, Rpc, RpcError};
use chortle_kernel::{ErrorRow, Fields, Halt, RejectLog};
use tokio::sync::watch;

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

    /// Whether it lives in this process and makes a block only when something waits.
    fn in_process(&self) -> bool {
        false
    }
}

/// A CometBFT behind its RPC.
pub struct Comet {
    rpc: Rpc,
    genesis: PathBuf,
    halted: watch::Receiver<Option<Halt>>,
    child: watch::Receiver<State>,
}

impl Comet {
    /// The CometBFT at this URL, of a chain with this genesis document, which drives a state machine that may halt, and
    /// is a child of this process that its supervisor tells of.
    pub fn at(
        url: String,
        genesis: PathBuf,
        halted: watch::Receiver<Option<Halt>>,
        child: watch::Receiver<State>,
    ) -> Result<Self, RpcError> {
        Ok(Self { rpc: Rpc::new(url)?, genesis, halted, child })
    }
}

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
        let found = fs::read(&self.genesis).map(Bytes::from);
        found.map_err(|error| {
            SubmitError::Halt(Halt::new(format!("{} cannot be read: {error}", self.genesis.display())))
        })
    }

    async fn standing(&self) -> Result<Standing, String> {
        let status = self.rpc.status().await.map_err(|error| error.to_string())?;
        Ok(Standing { catching_up: status.sync_info.catching_up })
    }

    fn dead(&self) -> Option<String> {
        if let Some(halt) = self.halted.borrow().as_ref() {
            return Some(format!("it halts: {halt}"));
        }
        match &*self.child.borrow() {
            State::Broken { cause } => Some(format!("its engine's consensus has panicked: {cause}")),
            State::Failed(error) => Some(error.to_string()),
            State::Waiting | State::Running { .. } | State::Stopped => None,
        }
    }
}
