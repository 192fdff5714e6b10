//! What a message or a block hook works with.

use borsh::BorshSerialize;

use crate::{
    Address, Event, EventRecord, Reject, State,
    block::{Misbehavior, ValidatorPower, Vote},
    tx,
};

/// The block that executes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BlockInfo {
    /// The chain's name.
    pub chain_id: String,
    /// Height of the block.
    pub height: u64,
    /// Time of the header, in milliseconds since 1970: the only clock.
    pub time_unix_ms: u64,
    /// Number of the epoch that the block is in: what is announced takes effect by epochs.
    pub epoch: u64,
    /// Consensus address of the proposer.
    pub proposer: [u8; 20],
    /// Votes on the previous block.
    pub votes: Vec<Vote>,
    /// Evidence in the block.
    pub misbehavior: Vec<Misbehavior>,
}

/// On whose behalf a message runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, BorshSerialize)]
pub enum Origin {
    /// An account that signed for it.
    Account(Address),
    /// A proposal that passed.
    Governance,
    /// A block hook: the protocol itself.
    Protocol,
}

/// State, block and origin, for one message or one hook.
pub struct Ctx<'a> {
    /// The state, under a savepoint.
    pub state: &'a mut State,
    /// The block that executes.
    pub block: &'a BlockInfo,
    /// On whose behalf.
    pub origin: Origin,
    /// What happened so far, in order.
    pub events: &'a mut Vec<EventRecord>,
    /// Changes of the validator set that this block returns; only staking adds to them.
    pub validator_updates: &'a mut Vec<ValidatorPower>,
}

impl Ctx<'_> {
    /// The account that the message acts for; governance acts for its own protocol account.
    pub fn signer(&self) -> Result<Address, Reject> {
        match self.origin {
            Origin::Account(address) => Ok(address),
            Origin::Governance => Ok(Address::protocol("governance")),
            Origin::Protocol => Err(tx::Error::NoSigner {}.into()),
        }
    }

    /// Tells what happened.
    pub fn emit<E: Event>(&mut self, event: &E) {
        self.events.push(EventRecord::of(event));
    }
}
