//! What staking refuses.

use chortle_kernel::{Address, Amount};

chortle_kernel::error_codes! {
    /// What staking refuses.
    pub enum Error in "staking" {
        1 zero_amount ZeroAmount {} => "the amount is zero: name at least one base unit",
        2 no_staking NoStaking {} => "this chain has no staking: its genesis names no validator there"
            => "use a chain that has validators in its genesis",
        3 unknown_validator UnknownValidator { operator: Address } => "{operator} operates no validator"
            => "look at GET /v1/staking/validators",
        4 already_validator AlreadyValidator { operator: Address } => "{operator} operates a validator already"
            => "change it with edit_validator",
        5 key_used KeyUsed { key: String } => "consensus key {key} is or was a validator's: make a new one",
        6 bad_proof BadProof { key: String } =>
            "the proof is not a signature of {key} over this chain and operator"
            => "make it with `chortled validator key --operator` on the node that holds the key",
        7 self_bond_below_min SelfBondBelowMin { found: Amount, min: Amount } =>
            "a self-bond of {found} nlol is below the least of {min}"
            => "put more in",
        8 commission_above_ceiling CommissionAboveCeiling { found: u64, ceiling: u64 } =>
            "a commission of {found} basis points is above the ceiling of {ceiling}"
            => "choose a commission at or below the ceiling",
        9 commission_step CommissionStep { rise: u64, step: u64 } =>
            "the commission would rise by {rise} basis points; at most {step} at a time"
            => "rise in steps",
        10 commission_below_min CommissionBelowMin { found: u64, min: u64 } =>
            "a commission of {found} basis points is below the chain's least of {min}"
            => "choose a commission at or above the least",
        11 commission_announced CommissionAnnounced { epoch: u64 } =>
            "a commission is announced for epoch {epoch}: wait for it",
        12 name_out_of_rule NameOutOfRule { why: String } => "no validator has this name: {why}"
            => "choose another name",
        13 rotated_lately RotatedLately { until_unix_ms: u64 } =>
            "the key was rotated within this unbonding period: again from {until_unix_ms}",
        14 tombstoned Tombstoned { operator: Address } => "{operator} is out for good: it was proven at fault"
            => "delegate to another; its stake can be undelegated",
        15 not_jailed NotJailed { operator: Address } => "{operator} is not jailed"
            => "nothing needs to be sent",
        16 jailed_until JailedUntil { until_unix_ms: u64 } => "jailed until {until_unix_ms}" => "unjail when that time of a block is past",
        17 jailed Jailed { operator: Address } => "{operator} is jailed: delegate to another",
        18 worthless Worthless { operator: Address } =>
            "the shares of {operator} are worth too little to buy more: delegate to another",
        19 dust Dust { amount: Amount } => "{amount} nlol round to nothing"
            => "name a larger amount",
        20 no_delegation NoDelegation { operator: Address } => "the sender has no delegation to {operator}"
            => "look at GET /v1/staking/delegations/{address}",
        21 above_delegation AboveDelegation { have: Amount, need: Amount } =>
            "the delegation is worth {have} nlol; this needs {need}"
            => "name less, or delegate more first",
        22 too_many_entries TooManyEntries { max: u64 } =>
            "{max} entries are on their way out already: wait for one",
        23 no_unbonding NoUnbonding { height: u64 } => "nothing is unbonding there since height {height}"
            => "look at GET /v1/staking/unbondings/{address}",
        24 above_unbonding AboveUnbonding { have: Amount, need: Amount } =>
            "{have} nlol are unbonding; this needs {need}"
            => "name less",
        25 same_validator SameValidator {} => "source and destination are one validator"
            => "name another destination",
        26 immature Immature { movable: Amount, need: Amount } =>
            "{movable} nlol can move; the rest came from another validator and still answers for it, this needs {need}"
            => "move what can, or wait until the rest is free: GET /v1/staking/redelegations/{address}",
        27 nothing_to_claim NothingToClaim {} => "there is nothing to claim"
            => "wait until rewards have come in",
        28 self_bond_min_falls SelfBondMinFalls { min: Amount } => "the least self-bond only rises: it is {min}"
            => "name a higher one",
        29 uri_out_of_rule UriOutOfRule {} => "the URI is not a https link of visible characters"
            => "use https:// and then visible ASCII",
        30 commission_changed_lately CommissionChangedLately { until_unix_ms: u64 } =>
            "the commission was changed within a day: again from {until_unix_ms}",
    }
}
