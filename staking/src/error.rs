//! What staking refuses.

use chortle_kernel::{Address, Amount};

chortle_kernel::error_codes! {
    /// What staking refuses.
    pub enum Error in "staking" {
        1 zero_amount ZeroAmount {} => "the amount is zero: name at least one base unit",
        2 no_staking NoStaking {} => "this chain has no staking: its genesis names no validator there",
        3 unknown_validator UnknownValidator { operator: Address } => "{operator} operates no validator",
        4 already_validator AlreadyValidator { operator: Address } => "{operator} operates a validator already",
        5 key_used KeyUsed { key: String } => "consensus key {key} is or was a validator's: make a new one",
        6 bad_proof BadProof { key: String } =>
            "the proof is not a signature of {key} over this chain and operator",
        7 self_bond_below_min SelfBondBelowMin { found: Amount, min: Amount } =>
            "a self-bond of {found} nlol is below the least of {min}",
        8 commission_above_ceiling CommissionAboveCeiling { found: u64, ceiling: u64 } =>
            "a commission of {found} basis points is above the ceiling of {ceiling}",
        9 commission_step CommissionStep { rise: u64, step: u64 } =>
            "the commission would rise by {rise} basis points; at most {step} at a time",
        10 commission_below_min CommissionBelowMin { found: u64, min: u64 } =>
            "a commission of {found} basis points is below the chain's least of {min}",
        11 commission_announced CommissionAnnounced { epoch: u64 } =>
            "a commission is announced for epoch {epoch}: wait for it",
        12 name_out_of_rule NameOutOfRule { why: String } => "no validator has this name: {why}",
        13 rotated_lately RotatedLately { until_unix_ms: u64 } =>
            "the key was rotated within this unbonding period: again from {until_unix_ms}",
        14 tombstoned Tombstoned { operator: Address } => "{operator} is out for good: it was proven at fault",
        15 not_jailed NotJailed { operator: Address } => "{operator} is not jailed",
        16 jailed_until JailedUntil { until_unix_ms: u64 } => "jailed until {until_unix_ms}" => "unjail when that time of a block is past",
        17 jailed Jailed { operator: Address } => "{operator} is jailed: delegate to another",
        18 worthless Worthless { operator: Address } =>
            "the shares of {operator} are worth too little to buy more: delegate to another",
        19 dust Dust { amount: Amount } => "{amount} nlol round to nothing",
        20 no_delegation NoDelegation { operator: Address } => "the sender has no delegation to {operator}",
        21 above_delegation AboveDelegation { have: Amount, need: Amount } =>
            "the delegation is worth {have} nlol; this needs {need}",
        22 too_many_entries TooManyEntries { max: u64 } =>
            "{max} entries are on their way out already: wait for one",
        23 no_unbonding NoUnbonding { height: u64 } => "nothing is unbonding there since height {height}",
        24 above_unbonding AboveUnbonding { have: Amount, need: Amount } =>
            "{have} nlol are unbonding; this needs {need}",
        25 same_validator SameValidator {} => "source and destination are one validator",
        26 immature Immature { movable: Amount, need: Amount } =>
            "{movable} nlol can move; the rest came from another validator and still answers for it, this needs {need}",
        27 nothing_to_claim NothingToClaim {} => "there is nothing to claim",
        28 self_bond_min_falls SelfBondMinFalls { min: Amount } => "the least self-bond only rises: it is {min}",
        29 uri_out_of_rule UriOutOfRule {} => "the URI is not a https link of visible characters",
        30 commission_changed_lately CommissionChangedLately { until_unix_ms: u64 } =>
            "the commission was changed within a day: again from {until_unix_ms}",
    }
}
