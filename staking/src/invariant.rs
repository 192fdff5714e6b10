//! What holds after every block, by a scan of the whole of staking.

use std::collections::BTreeMap;

use chortle_kernel::{Address, Halt, Invariant, Order, ReadState};
use chortle_token::native_balance;

use crate::{
    debt, delegation, escrow, math, outflow,
    state::{
        BY_KEY, BY_POWER, DELEGATION, EARNINGS, HELD, PARAMS, QUEUE, REDELEGATION, SET, UNBONDING, VALIDATOR,
    },
    types::{Due, DueKind},
    validator,
};

/// Every invariant.
pub const INVARIANTS: &[Invariant] = &[
    Invariant { name: "delegations_sum_to_shares", check: delegations_sum_to_shares },
    Invariant { name: "pools_hold_the_stake", check: pools_hold_the_stake },
    Invariant { name: "claims_are_within_the_pool", check: claims_are_within_the_pool },
    Invariant { name: "ranks_are_those_of_the_stake", check: ranks_are_those_of_the_stake },
    Invariant { name: "the_set_is_in_bounds", check: the_set_is_in_bounds },
    Invariant { name: "outflow_is_what_leaves", check: outflow_is_what_leaves },
    Invariant { name: "what_moved_and_owes_is_noted", check: what_moved_and_owes_is_noted },
    Invariant { name: "what_leaves_falls_due", check: what_leaves_falls_due },
];

fn told(halt: Halt) -> String {
    halt.0
}

fn delegations_sum_to_shares(state: &dyn ReadState) -> Result<(), String> {
    let mut sums: BTreeMap<Address, (u128, u64)> = BTreeMap::new();
    for row in DELEGATION.iter(state, Order::Ascending) {
        let ((_, operator), held) = row.map_err(told)?;
        let sum = sums.entry(operator).or_default();
        sum.0 = sum.0.saturating_add(held.shares.0);
        sum.1 = sum.1.saturating_add(u64::from(held.shares.0 > 0));
    }
    for row in VALIDATOR.iter(state, Order::Ascending) {
        let (operator, validator) = row.map_err(told)?;
        let (shares, count) = sums.remove(&operator).unwrap_or_default();
        if (shares, count) != (validator.shares.0, validator.delegators) {
            return Err(format!("{operator} has {} shares, its delegations {shares}", validator.shares.0));
        }
    }
    if sums.is_empty() { Ok(()) } else { Err("a delegation has no validator".to_owned()) }
}

fn pools_hold_the_stake(state: &dyn ReadState) -> Result<(), String> {
    let (bonded, other) = escrow::stake(state).map_err(told)?;
    for (account, sum) in [(escrow::BONDED, bonded), (escrow::UNBONDING, other)] {
        let held = native_balance(state, &account).map_err(told)?;
        if math::wide(held) != sum {
            return Err(format!("{account} holds {held}; the stake sums to {sum}"));
        }
    }
    Ok(())
}

fn claims_are_within_the_pool(state: &dyn ReadState) -> Result<(), String> {
    let mut claims = 0u128;
    for row in DELEGATION.iter(state, Order::Ascending) {
        let ((_, operator), mut held) = row.map_err(told)?;
        delegation::settle(state, &operator, &mut held).map_err(told)?;
        claims = claims.saturating_add(math::wide(held.pending));
    }
    for row in EARNINGS.iter(state, Order::Ascending) {
        claims = claims.saturating_add(math::wide(row.map_err(told)?.1.commission));
    }
    let pool = native_balance(state, &escrow::REWARDS).map_err(told)?;
    if claims <= math::wide(pool) { Ok(()) } else { Err(format!("claims of {claims}; the pool has {pool}")) }
}

fn ranks_are_those_of_the_stake(state: &dyn ReadState) -> Result<(), String> {
    let Some(params) = PARAMS.get(state).map_err(told)? else { return Ok(()) };
    let mut ranked = 0usize;
    for row in VALIDATOR.iter(state, Order::Ascending) {
        let (operator, validator) = row.map_err(told)?;
        let power = validator::power(&validator, &params);
        let rank = BY_POWER.get(state, &(u64::MAX.saturating_sub(power), operator)).map_err(told)?;
        if rank != Some(validator.key.0).filter(|_| power > 0) {
            return Err(format!("the rank of {operator} is not that of its stake"));
        }
        ranked = ranked.saturating_add(usize::from(power > 0));
        if BY_KEY.get(state, &validator.key.address()).map_err(told)? != Some(operator) {
            return Err(format!("the key of {operator} is not its own"));
        }
        if validator.tombstoned && !validator.jailed {
            return Err(format!("{operator} is out for good, yet not jailed"));
        }
    }
    if BY_POWER.iter(state, Order::Ascending).count() == ranked {
        Ok(())
    } else {
        Err("a rank too many".to_owned())
    }
}

fn the_set_is_in_bounds(state: &dyn ReadState) -> Result<(), String> {
    let Some(params) = PARAMS.get(state).map_err(told)? else { return Ok(()) };
    let set = SET.get(state).map_err(told)?.unwrap_or_default();
    let total = set.iter().fold(0u64, |sum, member| sum.saturating_add(member.power));
    let count = u64::try_from(set.len()).unwrap_or(u64::MAX);
    if set.is_empty() || count > params.validators_max || total > math::TOTAL_POWER_MAX {
        return Err(format!("{count} members of power {total}"));
    }
    for row in VALIDATOR.iter(state, Order::Ascending) {
        let (operator, validator) = row.map_err(told)?;
        if validator.bonded != set.iter().any(|member| member.operator == operator) {
            return Err(format!("{operator} is bonded and outside the set, or the reverse"));
        }
    }
    Ok(())
}

fn outflow_is_what_leaves(state: &dyn ReadState) -> Result<(), String> {
    let mut sums: BTreeMap<(Address, Address), u128> = BTreeMap::new();
    let mut add = |pair: (Address, Address), initial: chortle_kernel::Amount| {
        let sum = sums.entry(pair).or_default();
        *sum = sum.saturating_add(math::wide(initial));
    };
    for row in UNBONDING.iter(state, Order::Ascending) {
        let ((_, operator), entries) = row.map_err(told)?;
        entries.iter().for_each(|entry| add((operator, operator), entry.initial));
    }
    for row in REDELEGATION.iter(state, Order::Ascending) {
        let ((_, to), entries) = row.map_err(told)?;
        entries.iter().for_each(|entry| add((entry.source, to), entry.initial));
    }
    for row in VALIDATOR.iter(state, Order::Ascending) {
        let (operator, _) = row.map_err(told)?;
        for to in outflow::destinations(state, &operator).map_err(told)? {
            let sum = outflow::since(state, &(operator, to), 0).map_err(told)?;
            let expected = sums.remove(&(operator, to)).unwrap_or_default();
            if math::wide(sum) != expected {
                return Err(format!("{expected} leaves {operator} for {to}; the sums say {sum}"));
            }
        }
    }
    if sums.is_empty() { Ok(()) } else { Err("something leaves that is in no sum".to_owned()) }
}

fn what_moved_and_owes_is_noted(state: &dyn ReadState) -> Result<(), String> {
    let mut sums: BTreeMap<Address, (u64, u128)> = BTreeMap::new();
    for row in REDELEGATION.iter(state, Order::Ascending) {
        let ((_, to), entries) = row.map_err(told)?;
        for entry in entries {
            let (created, slashed) = (entry.created_height, entry.slashed_height);
            let owed = debt::owed(state, &entry.source, created, slashed, entry.initial).map_err(told)?;
            let sum = sums.entry(to).or_default();
            *sum = (sum.0.saturating_add(1), sum.1.saturating_add(math::wide(owed)));
        }
    }
    for row in VALIDATOR.iter(state, Order::Ascending) {
        let (operator, validator) = row.map_err(told)?;
        let (count, owed) = sums.remove(&operator).unwrap_or_default();
        let noted = math::wide(validator.owed);
        if validator.moved != count || noted < owed || (count == 0 && noted > 0) {
            let found = format!("{} entries owe {noted}", validator.moved);
            return Err(format!("at {operator} {found}; there are {count}, which owe {owed}"));
        }
    }
    Ok(())
}

/// Each entry has a row of its own in the queue, or one that is held.
fn what_leaves_falls_due(state: &dyn ReadState) -> Result<(), String> {
    let mut rows: BTreeMap<(u64, Address, Address, u64), u64> = BTreeMap::new();
    let mut count = |time: u64, due: Due| {
        let kind = due.kind as u64;
        let key = (kind, due.delegator, due.validator, due.created_height);
        let most = rows.entry(key).or_default();
        *most = time.max(*most);
    };
    for row in QUEUE.iter(state, Order::Ascending) {
        let ((time, _), due) = row.map_err(told)?;
        count(time, due);
    }
    for row in HELD.iter(state, Order::Ascending) {
        count(u64::MAX, row.map_err(told)?.1);
    }
    let falls = |kind: DueKind, pair: (Address, Address), height: u64, completion: u64| match rows.get(&(
        kind as u64,
        pair.0,
        pair.1,
        height,
    )) {
        Some(time) if *time >= completion => Ok(()),
        _ => Err(format!("what {} has at {} since {height} never falls due", pair.0, pair.1)),
    };
    for row in UNBONDING.iter(state, Order::Ascending) {
        let (pair, entries) = row.map_err(told)?;
        for entry in entries {
            falls(DueKind::Unbonding, pair, entry.created_height, entry.completion_unix_ms)?;
        }
    }
    for row in REDELEGATION.iter(state, Order::Ascending) {
        let (pair, entries) = row.map_err(told)?;
        for entry in entries {
            falls(DueKind::Redelegation, pair, entry.created_height, entry.completion_unix_ms)?;
        }
    }
    Ok(())
}
