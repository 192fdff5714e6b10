//! What locks tell.

use borsh::{BorshDeserialize, BorshSerialize};
use chortle_kernel::{Address, Amount, AssetId, Event, EventKind};
use schemars::JsonSchema;
use serde::Serialize;

use crate::schedule::Schedule;

/// Every kind of event.
pub const EVENTS: &[EventKind] =
    &[EventKind::of::<LockCreated>(), EventKind::of::<LockClaimed>(), EventKind::of::<LockRevoked>()];

/// Tokens were locked; `token.transferred` to the account `locks` comes before it.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, JsonSchema)]
pub struct LockCreated {
    /// Its number.
    pub lock: u64,
    /// Of which asset.
    pub asset: AssetId,
    /// Who gets it.
    pub owner: Address,
    /// Who paid it in.
    pub funder: Address,
    /// How much.
    pub amount: Amount,
    /// When it vests.
    pub schedule: Schedule,
    /// Whether the funder may take back what has not vested.
    pub revocable: bool,
}

impl Event for LockCreated {
    const KIND: &'static str = "lock.created";
}

/// An owner got what had vested.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, JsonSchema)]
pub struct LockClaimed {
    /// Which lock.
    pub lock: u64,
    /// Of which asset.
    pub asset: AssetId,
    /// Who got it.
    pub owner: Address,
    /// How much had vested.
    pub amount: Amount,
    /// What the lock had earned by reflection, beside it.
    pub earned: Amount,
    /// What is left in the lock; one that holds nothing is gone.
    pub held: Amount,
}

impl Event for LockClaimed {
    const KIND: &'static str = "lock.claimed";
}

/// A funder took back what had not vested.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, JsonSchema)]
pub struct LockRevoked {
    /// Which lock.
    pub lock: u64,
    /// Of which asset.
    pub asset: AssetId,
    /// Who keeps what had vested.
    pub owner: Address,
    /// Who got the rest back.
    pub funder: Address,
    /// How much went back.
    pub returned: Amount,
    /// What the lock had earned by reflection, paid to the owner.
    pub earned: Amount,
    /// What is left for the owner to claim; a lock that holds nothing is gone.
    pub held: Amount,
}

impl Event for LockRevoked {
    const KIND: &'static str = "lock.revoked";
}
