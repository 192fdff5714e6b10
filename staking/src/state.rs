//! The key table.

use chortle_kernel::{Address, Amount, Bytes, Item, KeyRow, Map};

use crate::types::{
    Delegation, Due, Earnings, Fault, Issuance, Member, Offence, Params, Redelegation, Signing, Snapshot,
    Standing, Unbonding, Validator, Wide,
};

/// What governance can set; absent on a chain without staking.
pub const PARAMS: Item<Params> = Item::new("staking/params");
/// Validators by operator.
pub const VALIDATOR: Map<Address, Validator> = Map::new("staking/validator");
/// Operators by the consensus address of every key that they ever had.
pub const BY_KEY: Map<[u8; 20], Address> = Map::new("staking/by_key");
/// Who can be in the set: `MAX - power` and operator, so that the strongest come first; the consensus key.
pub const BY_POWER: Map<(u64, Address), [u8; 32]> = Map::new("staking/by_power");
/// What shares earned.
pub const EARNINGS: Map<Address, Earnings> = Map::new("staking/earnings");
/// Delegations by delegator and operator.
pub const DELEGATION: Map<(Address, Address), Delegation> = Map::new("staking/delegation");
/// Delegators by operator: for queries alone.
pub const DELEGATOR: Map<(Address, Address), ()> = Map::new("~staking/delegator");
/// Delegations that restake, by delegator and operator.
pub const RESTAKE: Map<(Address, Address), ()> = Map::new("staking/restake");
/// Where the last block's restaking stopped.
pub const RESTAKE_AFTER: Item<(Address, Address)> = Item::new("staking/restake_after");
/// Where rewards of an account go, if not to itself.
pub const WITHDRAW: Map<Address, Address> = Map::new("staking/withdraw");
/// Stake on its way out, by delegator and operator.
pub const UNBONDING: Map<(Address, Address), Vec<Unbonding>> = Map::new("staking/unbonding");
/// Stake that moved here, by delegator and operator of the destination.
pub const REDELEGATION: Map<(Address, Address), Vec<Redelegation>> = Map::new("staking/redelegation");
/// Sums of what left a validator, by operator and where to (itself: on its way out), level and bucket: a range costs at
/// most 255 reads a level.
pub const OUTFLOW: Map<((Address, Address), u32, u64), Amount> = Map::new("staking/outflow");
/// Rewards index of a destination when a source was slashed, by source and destination, and height: until nothing that
/// moved that way answers any more.
pub const INDEX_AT: Map<((Address, Address), u64), Wide> = Map::new("staking/index_at");
/// What falls due, by time and number.
pub const QUEUE: Map<(u64, u64), Due> = Map::new("staking/queue");
/// What fell due and waits for the end of a correlation window, by offender and number of the queue.
pub const HELD: Map<(Address, u64), Due> = Map::new("staking/held");
/// Number of the next row of the queue.
pub const QUEUE_NEXT: Item<u64> = Item::new("staking/queue_next");
/// Stake of a validator at the end of each height that changed it.
pub const STAKE_AT: Map<(Address, u64), Amount> = Map::new("staking/stake_at");
/// Slashes by operator, height and kind.
pub const FAULT: Map<(Address, u64, u32), Fault> = Map::new("staking/fault");
/// Offences whose correlation window is open, by operator.
pub const OFFENCE: Map<Address, Offence> = Map::new("staking/offence");
/// How a validator signs.
pub const SIGNING: Map<Address, Signing> = Map::new("staking/signing");
/// 1,024 bits of a signing window; a set bit is a miss. Absent if none is set.
pub const MISSED: Map<(Address, u32), Bytes<128>> = Map::new("staking/missed");
/// Total stake in the set as it stood at a height that somebody asks about, with how many do.
pub const SNAPSHOT: Map<u64, Snapshot> = Map::new("staking/snapshot");
/// Shares of a pair as they stood at a snapshot, if they changed after it.
pub const SHARES_THEN: Map<(Address, Address, u64), Wide> = Map::new("staking/shares_then");
/// A validator as it stood at a snapshot, if it changed after it.
pub const VALIDATOR_THEN: Map<(Address, u64), Standing> = Map::new("staking/validator_then");
/// Where forgetting rows that no snapshot needs goes on; absent while there is nothing to forget.
pub const SWEEP_AFTER: Item<Option<(Address, Address, u64)>> = Item::new("staking/sweep_after");
/// The set that was sent last.
pub const SET: Item<Vec<Member>> = Item::new("staking/set");
/// Whether the set must be computed again; absent if not.
pub const CHANGED: Item<()> = Item::new("staking/changed");
/// The state of issuance.
pub const ISSUANCE: Item<Issuance> = Item::new("staking/issuance");

/// Every row.
pub const KEYS: &[KeyRow] = &[
    PARAMS.row(),
    VALIDATOR.row(),
    BY_KEY.row(),
    BY_POWER.row(),
    EARNINGS.row(),
    DELEGATION.row(),
    DELEGATOR.row(),
    RESTAKE.row(),
    RESTAKE_AFTER.row(),
    WITHDRAW.row(),
    UNBONDING.row(),
    REDELEGATION.row(),
    OUTFLOW.row(),
    INDEX_AT.row(),
    QUEUE.row(),
    HELD.row(),
    QUEUE_NEXT.row(),
    STAKE_AT.row(),
    FAULT.row(),
    OFFENCE.row(),
    SIGNING.row(),
    MISSED.row(),
    SNAPSHOT.row(),
    SHARES_THEN.row(),
    VALIDATOR_THEN.row(),
    SWEEP_AFTER.row(),
    SET.row(),
    CHANGED.row(),
    ISSUANCE.row(),
];
