//! What a block says about validators.

use borsh::{BorshDeserialize, BorshSerialize};

use crate::hash::sha256;

/// A validator's consensus address: the first 20 bytes of SHA-256 of its ed25519 key.
pub type ConsensusAddress = [u8; 20];

/// The address that CometBFT derives from an ed25519 consensus key.
pub fn consensus_address(key: &[u8; 32]) -> ConsensusAddress {
    let mut address = ConsensusAddress::default();
    address.iter_mut().zip(sha256(key)).for_each(|(to, from)| *to = from);
    address
}

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

/// A vote on the previous block with what the validator added to it. Only the next proposer is given these.
///
/// Where vote extensions were on at that height, every vote that signed the block has a signature, even of an empty
/// extension; all others have neither.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct ExtendedVote {
    /// Who.
    pub validator: ConsensusAddress,
    /// With what power.
    pub power: u64,
    /// Whether its signature on the block is in the commit.
    pub signed: bool,
    /// What it added.
    pub extension: Vec<u8>,
    /// Signature of its consensus key over [`crate::vote_extension::sign_bytes`].
    pub signature: Vec<u8>,
}

impl ExtendedVote {
    /// The vote without what was added.
    pub fn vote(&self) -> Vote {
        Vote { validator: self.validator, power: self.power, signed: self.signed }
    }
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
