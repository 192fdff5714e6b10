//! Every request of ABCI 2.0 and every answer, in engine-neutral types.

use bytes::Bytes;

use crate::application::{
    Block, BlockOutcome, CheckKind, CheckOutcome, CommitOutcome, EngineQuery, Genesis, GenesisOutcome, Info,
    ProposalRequest, QueryAnswer, VoteExtension,
};

/// One request of the engine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Call {
    /// Say it again.
    Echo(String),
    /// Write out every earlier answer.
    Flush,
    /// Where does the state stand?
    Info,
    /// Start the chain.
    InitChain(Genesis),
    /// Read committed state.
    Query(EngineQuery),
    /// Judge a transaction for the mempool.
    Check(Bytes, CheckKind),
    /// Fill a block.
    Prepare(ProposalRequest),
    /// Judge a proposed block.
    Process(Block),
    /// Add bytes to the own vote.
    ExtendVote(Block),
    /// Judge the bytes of another's vote.
    VerifyVoteExtension(VoteExtension),
    /// Execute a decided block.
    Finalize(Block),
    /// Make it durable.
    Commit,
    /// Which snapshots are there?
    ListSnapshots,
    /// Restore from this snapshot?
    OfferSnapshot,
    /// One chunk of an own snapshot, please.
    LoadSnapshotChunk,
    /// One chunk of the snapshot under restoration.
    ApplySnapshotChunk,
}

impl Call {
    /// The request's name as the ABCI specification writes it.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Echo(_) => "Echo",
            Self::Flush => "Flush",
            Self::Info => "Info",
            Self::InitChain(_) => "InitChain",
            Self::Query(_) => "Query",
            Self::Check(..) => "CheckTx",
            Self::Prepare(_) => "PrepareProposal",
            Self::Process(_) => "ProcessProposal",
            Self::ExtendVote(_) => "ExtendVote",
            Self::VerifyVoteExtension(_) => "VerifyVoteExtension",
            Self::Finalize(_) => "FinalizeBlock",
            Self::Commit => "Commit",
            Self::ListSnapshots => "ListSnapshots",
            Self::OfferSnapshot => "OfferSnapshot",
            Self::LoadSnapshotChunk => "LoadSnapshotChunk",
            Self::ApplySnapshotChunk => "ApplySnapshotChunk",
        }
    }
}

/// One answer to the engine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reply {
    /// The request could not be served; CometBFT stops when it reads this.
    Exception(String),
    /// The same words.
    Echo(String),
    /// Everything earlier is written.
    Flush,
    /// Where the state stands.
    Info(Info),
    /// The chain's start.
    InitChain(GenesisOutcome),
    /// What was read.
    Query(QueryAnswer),
    /// The verdict on a transaction.
    Check(CheckOutcome),
    /// The transactions of the proposal.
    Prepare(Vec<Bytes>),
    /// Whether to vote for the proposal.
    Process(bool),
    /// The bytes to add to the own vote.
    ExtendVote(Bytes),
    /// Whether the other's bytes are good.
    VerifyVoteExtension(bool),
    /// The block's result.
    Finalize(BlockOutcome),
    /// The block is durable.
    Commit(CommitOutcome),
    /// There are no snapshots.
    ListSnapshots,
    /// The offered snapshot is rejected.
    OfferSnapshot,
    /// There is no such chunk.
    LoadSnapshotChunk,
    /// The restoration is aborted.
    ApplySnapshotChunk,
}

impl Reply {
    /// The name of the request that this answers; `Exception` answers any.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Exception(_) => "Exception",
            Self::Echo(_) => "Echo",
            Self::Flush => "Flush",
            Self::Info(_) => "Info",
            Self::InitChain(_) => "InitChain",
            Self::Query(_) => "Query",
            Self::Check(_) => "CheckTx",
            Self::Prepare(_) => "PrepareProposal",
            Self::Process(_) => "ProcessProposal",
            Self::ExtendVote(_) => "ExtendVote",
            Self::VerifyVoteExtension(_) => "VerifyVoteExtension",
            Self::Finalize(_) => "FinalizeBlock",
            Self::Commit(_) => "Commit",
            Self::ListSnapshots => "ListSnapshots",
            Self::OfferSnapshot => "OfferSnapshot",
            Self::LoadSnapshotChunk => "LoadSnapshotChunk",
            Self::ApplySnapshotChunk => "ApplySnapshotChunk",
        }
    }
}
