//! The engine-neutral state machine: what any consensus engine may ask of Chortle.
//!
//! Two drivers play it: the ABCI server (`abci`) for CometBFT, and the in-process single node (`driver`) for
//! development and tests. One state machine, never two.
//!
//! Calls of the consensus family (`init_chain` … `commit`) come one at a time and in the order of the ABCI
//! grammar. `check`, `query` and `info` come at any time, from any thread, and must not wait for a block that
//! executes.

use bytes::Bytes;
pub use chortle_kernel::block::{
    ConsensusAddress, ExtendedVote, Misbehavior, MisbehaviorKind, ValidatorPower, Vote,
};
pub use chortle_kernel::header::{Header, LastCommit};
use chortle_kernel::{Halt, Reject};

/// A 32-byte SHA-256 hash: of a block header, a transaction, or the state.
pub type Hash = [u8; 32];

/// Where the application stands; the engine replays what comes after.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Info {
    /// Version of the node's program, for people.
    pub version: String,
    /// Version of the state machine's rules, in every header.
    pub app_version: u64,
    /// Last committed height; 0 before the first block.
    pub height: u64,
    /// State root after that height.
    pub app_hash: Hash,
}

/// The limits that the engine and the state machine share.
pub use chortle_kernel::EngineParams as ConsensusParams;

/// The genesis as the engine hands it over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Genesis {
    /// Time of the genesis document, in milliseconds since 1970.
    pub time_unix_ms: u64,
    /// The chain's name; every signature binds it.
    pub chain_id: String,
    /// Height of the first block.
    pub initial_height: u64,
    /// Limits from the genesis document.
    pub params: ConsensusParams,
    /// Validators from the genesis document.
    pub validators: Vec<ValidatorPower>,
    /// The application's section, as the exact JSON bytes of the document.
    pub app_state: Bytes,
}

/// The answer to a genesis.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GenesisOutcome {
    /// Root of the genesis state.
    pub app_hash: Hash,
    /// Validators that replace those of the document; empty keeps them.
    pub validators: Vec<ValidatorPower>,
}

/// Why the engine asks for a check.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CheckKind {
    /// Newly submitted.
    New,
    /// Still in the mempool after a block.
    Recheck,
}

/// The verdict on one transaction. Code 0 admits it.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct CheckOutcome {
    /// 0, or the stable number of the refusal within its codespace.
    pub code: u32,
    /// The catalogue of the code.
    pub codespace: String,
    /// A sentence for the sender; never part of consensus.
    pub log: String,
    /// Gas that the transaction will be charged for.
    pub gas: u64,
}

impl From<Reject> for CheckOutcome {
    fn from(reject: Reject) -> Self {
        let log = reject.log();
        Self { code: reject.number, codespace: reject.codespace.to_owned(), log, gas: 0 }
    }
}

/// A request to fill a block.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProposalRequest {
    /// The block's header.
    pub header: Header,
    /// The votes of the header's last commit, with what the validators added to them. This proposer's own view: no
    /// other node has seen it, and only what the proposal repeats of it reaches a block.
    pub extended_votes: Vec<ExtendedVote>,
    /// The mempool's transactions, first come first.
    pub txs: Vec<Bytes>,
    /// The proposal may not take more than this, counted as [`proposal_bytes`] counts.
    pub bytes_max: u64,
}

/// What a transaction takes in a proposal: its bytes, and its tag and length on the wire.
pub fn proposal_bytes(tx: &[u8]) -> u64 {
    let size_bytes = tx.len() as u64;
    let length_bits = u64::from(u64::BITS - (size_bytes | 1).leading_zeros());
    1 + length_bits.div_ceil(7) + size_bytes
}

/// A block that was proposed or decided.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Block {
    /// The block's header.
    pub header: Header,
    /// Hash of its header.
    pub hash: Vec<u8>,
    /// Its transactions.
    pub txs: Vec<Bytes>,
}

/// The verdict on a proposal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Vote for it.
    Accept,
    /// Vote nil; the sentence is for the log.
    Reject(String),
}

/// The result of one transaction. Code, data and gas are hashed into the next header; the log is not.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct TxOutcome {
    /// 0, or the stable number of the refusal within its codespace.
    pub code: u32,
    /// The catalogue of the code.
    pub codespace: String,
    /// A sentence for people.
    pub log: String,
    /// Bytes that the transaction returns.
    pub data: Bytes,
    /// Gas that the sender allowed.
    pub gas_wanted: u64,
    /// Gas that was charged.
    pub gas_used: u64,
}

/// The result of a block.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BlockOutcome {
    /// One result per transaction, in order.
    pub txs: Vec<TxOutcome>,
    /// Changes of the validator set, sorted by key, each key once.
    pub validator_updates: Vec<ValidatorPower>,
    /// New limits, if they changed.
    pub params: Option<ConsensusParams>,
    /// State root after the block.
    pub app_hash: Hash,
}

/// The answer to a commit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CommitOutcome {
    /// The engine may forget blocks below this height; 0 keeps all. Never above the last synced height.
    pub retain_height: u64,
}

/// A read over the engine's own query path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EngineQuery {
    /// `/store` reads a raw state key; any other path is a module's query.
    pub path: String,
    /// The key, or the JSON arguments.
    pub data: Bytes,
    /// The height to read at; 0 is the latest.
    pub height: u64,
    /// Whether to add an ICS-23 proof.
    pub prove: bool,
}

/// One operation of a Merkle proof, in the engine's own form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProofOp {
    /// The proof's kind, such as `ics23:jmt`.
    pub kind: String,
    /// The key it proves.
    pub key: Bytes,
    /// The encoded proof.
    pub data: Bytes,
}

/// The answer to a read.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct QueryAnswer {
    /// 0, or the stable number of the refusal within its codespace.
    pub code: u32,
    /// The catalogue of the code.
    pub codespace: String,
    /// A sentence for people.
    pub log: String,
    /// The key that was read.
    pub key: Bytes,
    /// Its value; empty if absent.
    pub value: Bytes,
    /// The height that was read.
    pub height: u64,
    /// The proof under the app hash in the header of `height + 1`, if asked for.
    pub proof: Vec<ProofOp>,
}

impl From<Reject> for QueryAnswer {
    fn from(reject: Reject) -> Self {
        let log = reject.log();
        Self { code: reject.number, codespace: reject.codespace.to_owned(), log, ..Self::default() }
    }
}

/// A vote's extension, to be verified.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VoteExtension {
    /// Hash of the block voted for.
    pub block_hash: Vec<u8>,
    /// Who voted.
    pub validator: ConsensusAddress,
    /// Height of the vote.
    pub height: u64,
    /// The extension's bytes.
    pub extension: Bytes,
}

/// Chortle's state machine, as an engine sees it.
///
/// Only `init_chain`, `finalize` and `commit` may halt. The others survive any bytes with a verdict.
pub trait Application: Send + Sync + 'static {
    /// Where the state stands.
    fn info(&self) -> Info;

    /// Starts the chain. After a crash before the first commit it comes again and must give the same answer.
    fn init_chain(&self, genesis: Genesis) -> Result<GenesisOutcome, Halt>;

    /// Judges transactions for the mempool, in order; one outcome each. All that wait together come together,
    /// so that their signatures are verified in batch.
    fn check(&self, txs: &[(Bytes, CheckKind)]) -> Vec<CheckOutcome>;

    /// Chooses and orders transactions for a block. Changes nothing.
    fn prepare(&self, request: ProposalRequest) -> Vec<Bytes>;

    /// Judges a proposed block. Changes nothing but caches.
    fn process(&self, block: &Block) -> Verdict;

    /// Adds bytes to this node's own vote.
    fn extend_vote(&self, block: &Block) -> Bytes;

    /// Judges the bytes that another validator added to its vote.
    fn verify_vote_extension(&self, extension: &VoteExtension) -> Verdict;

    /// Executes a decided block; nothing reaches the disk yet.
    fn finalize(&self, block: Block) -> Result<BlockOutcome, Halt>;

    /// Makes the finalized block durable, in one synced write.
    fn commit(&self) -> Result<CommitOutcome, Halt>;

    /// Reads committed state.
    fn query(&self, query: EngineQuery) -> QueryAnswer;
}
