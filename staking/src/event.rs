//! What staking tells.

use chortle_kernel::{Address, Amount, events};

use crate::types::{ConsensusKey, FaultKind};

events! {
    /// A validator was created.
    ValidatorCreated = "staking.validator_created" {
        /// Operator.
        operator: Address,
        /// Consensus key.
        key: ConsensusKey,
    }
    /// A validator changed what it tells about itself.
    ValidatorEdited = "staking.validator_edited" {
        /// Operator.
        operator: Address,
    }
    /// A commission was announced.
    CommissionAnnounced = "staking.commission_announced" {
        /// Operator.
        operator: Address,
        /// Rate in basis points.
        rate_bps: u64,
        /// From which epoch.
        epoch: u64,
    }
    /// A consensus key was rotated.
    KeyRotated = "staking.key_rotated" {
        /// Operator.
        operator: Address,
        /// The old key.
        from: ConsensusKey,
        /// The new key.
        to: ConsensusKey,
    }
    /// A validator was jailed.
    Jailed = "staking.jailed" {
        /// Operator.
        operator: Address,
        /// It may unjail from here; none if it is tombstoned.
        until_unix_ms: Option<u64>,
        /// Out for good.
        tombstoned: bool,
    }
    /// A validator is back.
    Unjailed = "staking.unjailed" {
        /// Operator.
        operator: Address,
    }
    /// A validator was slashed.
    Slashed = "staking.slashed" {
        /// Operator.
        operator: Address,
        /// Why.
        kind: FaultKind,
        /// Height of the offence.
        fault_height: u64,
        /// Parts per billion.
        fraction_ppb: u64,
        /// Taken from bonded stake at once.
        taken: Amount,
    }
    /// Stake was delegated.
    Delegated = "staking.delegated" {
        /// By whom.
        delegator: Address,
        /// To whom.
        operator: Address,
        /// How much.
        amount: Amount,
    }
    /// Stake began to unbond.
    Undelegated = "staking.undelegated" {
        /// By whom.
        delegator: Address,
        /// From whom.
        operator: Address,
        /// How much.
        amount: Amount,
        /// When it is paid.
        completion_unix_ms: u64,
    }
    /// An unbonding was taken back.
    UnbondingCancelled = "staking.unbonding_cancelled" {
        /// By whom.
        delegator: Address,
        /// At whom.
        operator: Address,
        /// How much.
        amount: Amount,
    }
    /// Unbonded stake was paid.
    Unbonded = "staking.unbonded" {
        /// To whom.
        delegator: Address,
        /// From whom.
        operator: Address,
        /// How much.
        amount: Amount,
    }
    /// Stake moved.
    Redelegated = "staking.redelegated" {
        /// By whom.
        delegator: Address,
        /// From whom.
        source: Address,
        /// To whom.
        destination: Address,
        /// How much.
        amount: Amount,
    }
    /// Stake on its way out or moved paid for a fault of its source.
    EntrySlashed = "staking.entry_slashed" {
        /// Whose.
        delegator: Address,
        /// For whose fault.
        source: Address,
        /// How much.
        amount: Amount,
    }
    /// Rewards were paid.
    RewardsClaimed = "staking.rewards_claimed" {
        /// Whose.
        delegator: Address,
        /// How much.
        amount: Amount,
    }
    /// Commission was paid.
    CommissionClaimed = "staking.commission_claimed" {
        /// Whose.
        operator: Address,
        /// How much.
        amount: Amount,
    }
    /// Rewards were delegated.
    Restaked = "staking.restaked" {
        /// Whose.
        delegator: Address,
        /// To whom.
        operator: Address,
        /// How much.
        amount: Amount,
    }
    /// The set changed.
    SetChanged = "staking.set_changed" {
        /// Members.
        validators: u64,
        /// Their power.
        total_power: u64,
    }
}
