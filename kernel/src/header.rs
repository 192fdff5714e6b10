//! What the engine says about a block before its transactions.

use crate::block::{ConsensusAddress, Misbehavior, Vote};

/// The commit of the previous block.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct LastCommit {
    /// The round that decided.
    pub round: u32,
    /// Every validator of that height's set, in the set's order.
    pub votes: Vec<Vote>,
}

/// What a block carries besides its transactions, as the engine gives it; equal in all phases of one block.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Header {
    /// Height of the block.
    pub height: u64,
    /// Time of the header, in milliseconds since 1970.
    pub time_unix_ms: u64,
    /// Who proposed it.
    pub proposer: ConsensusAddress,
    /// Hash of the validator set that is next.
    pub next_validators_hash: Vec<u8>,
    /// Votes on the previous block.
    pub last_commit: LastCommit,
    /// Evidence in the block.
    pub misbehavior: Vec<Misbehavior>,
}
