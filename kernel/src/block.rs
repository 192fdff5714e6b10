//! What a block says about validators.

use borsh::{BorshDeserialize, BorshSerialize};

/// A validator's consensus address: the first 20 bytes of SHA-256 of its ed25519 key.
pub type ConsensusAddress = [u8; 20];

/// A validator's consensus key with its power.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, BorshSerialize, BorshDeserialize)]
pub struct ValidatorPower {
    /// ed25519 consensus key.
    pub key: [u8; 32],
    /// Voting power; 0 removes the validator.
    pub power: u64,
}

/// How a validator voted on the previous block.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Vote {
    /// Who.
    pub validator: ConsensusAddress,
    /// With what power.
    pub power: u64,
    /// Whether its signature on the block is in the commit.
    pub signed: bool,
}

/// A kind of provable misbehaviour.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
#[borsh(use_discriminant = true)]
#[repr(u8)]
pub enum MisbehaviorKind {
    /// A kind that this version does not know.
    Unknown = 0,
    /// Two votes for one height and round.
    DuplicateVote = 1,
    /// A signature under a false header.
    LightClientAttack = 2,
}

/// Evidence that the engine verified.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Misbehavior {
    /// What was done.
    pub kind: MisbehaviorKind,
    /// By whom.
    pub validator: ConsensusAddress,
    /// The offender's power at the offence.
    pub power: u64,
    /// Height of the offence.
    pub height: u64,
    /// Time of the offence.
    pub time_unix_ms: u64,
    /// Total power at the offence.
    pub total_power: u64,
}
