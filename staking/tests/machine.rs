//! A chain with staking alone: faults, exits and random work, every invariant after every block.

mod common;

use borsh::{BorshDeserialize, BorshSerialize};
use chortle_kernel::{Address, Amount, AssetId, Map, Order, Origin, StateKey, block::Misbehavior};
use chortle_staking::{Validator, escrow, math, msg, outflow, state, types::Wide};
use common::*;

#[test]
fn redelegation_cannot_dodge_a_slash() {
    let mut chain = Chain::new();
    chain.delegate("u0", "v0", 100 * LOL);
    chain.run(5);
    let fault = chain.block.height;
    let message = msg::Redelegate { source: who("v0"), destination: who("v1"), amount: amount(100 * LOL) };
    chain.send(who("u0"), &message).unwrap();
    // And at once on its way out of the destination.
    let message = msg::Undelegate { validator: who("v1"), amount: amount(40 * LOL) };
    chain.send(who("u0"), &message).unwrap();
    chain.run(2);
    let evidence = chain.evidence("v0", fault);
    chain.next(None, vec![evidence.clone()]);
    chain.next(None, vec![evidence]);
    assert_eq!(chain.tokens("v0"), 95 * LOL, "5 % of the 100 that stayed");
    let before = chain.nlol("u0");
    chain.run(30);
    // 5 LOL of the fault are taken from what was leaving the destination.
    assert_eq!(chain.nlol("u0") - before, 35 * LOL);
    assert_eq!(chain.tokens("v1"), 160 * LOL);
}

#[test]
fn slashed_exactly_once() {
    let mut chain = Chain::new();
    chain.delegate("u0", "v0", 100 * LOL);
    chain.run(5);
    let fault = chain.block.height;
    let message = msg::Undelegate { validator: who("v0"), amount: amount(100 * LOL) };
    chain.send(who("u0"), &message).unwrap();
    chain.next(None, vec![]);
    chain.delegate("u1", "v0", 50 * LOL);
    chain.next(None, vec![]);
    let before = chain.nlol("u0");
    for _ in 0..3 {
        let evidence = chain.evidence("v0", fault);
        chain.next(None, vec![evidence.clone(), evidence]);
    }
    assert_eq!(chain.tokens("v0"), 145 * LOL);
    chain.run(30);
    assert_eq!(chain.nlol("u0") - before, 95 * LOL);
    let unjail = chain.send(who("v0"), &msg::Unjail {});
    assert_eq!(unjail, Err("tombstoned"));
}

#[test]
fn evidence_that_cannot_act_is_skipped() {
    let mut chain = Chain::new();
    chain.run(30);
    let stale = chain.evidence("v0", 1);
    let future = chain.evidence("v1", 1_000);
    let unknown = Misbehavior { validator: [9; 20], ..chain.evidence("v1", 20) };
    chain.next(None, vec![stale, future, unknown]);
    assert_eq!(chain.tokens("v0") + chain.tokens("v1"), 200 * LOL);
}

#[test]
fn a_stopped_validator_is_jailed_and_unjails() {
    let mut chain = Chain::new();
    (0..25).for_each(|_| chain.next(Some("v2"), vec![]));
    assert_eq!(chain.tokens("v2"), 99 * LOL);
    assert!(!chain.powers.contains_key(&key("v2").0));
    chain.run(4);
    chain.send(who("v2"), &msg::Unjail {}).unwrap();
    chain.run(2);
    assert!(chain.powers.contains_key(&key("v2").0));
}

#[test]
fn the_last_validator_stays_when_all_leave() {
    let mut chain = Chain::new();
    for name in VALIDATORS {
        let message = msg::Undelegate { validator: who(name), amount: amount(100 * LOL) };
        chain.send(who(name), &message).unwrap();
        chain.next(None, vec![]);
    }
    chain.run(30);
    assert!(!chain.powers.is_empty());
}

fn step(chain: &mut Chain, seed: &mut u64) {
    let pick = |seed: &mut u64, names: &[&str]| who(names[random(seed, names.len() as u64) as usize]);
    let (from, v, w) = (pick(seed, &USERS), pick(seed, &VALIDATORS), pick(seed, &VALIDATORS));
    let from = if random(seed, 8) == 0 { v } else { from };
    let scale = [5, 1_000, 50 * LOL][random(seed, 3) as usize];
    let sum = amount(1 + random(seed, scale));
    let _ = match random(seed, 12) {
        0..=3 => chain.send(from, &msg::Delegate { validator: v, amount: sum }),
        4..=5 => chain.send(from, &msg::Undelegate { validator: v, amount: sum }),
        6..=7 => chain.send(from, &msg::Redelegate { source: v, destination: w, amount: sum }),
        8 => {
            let created_height = chain.block.height.saturating_sub(random(seed, 4));
            chain.send(from, &msg::CancelUnbonding { validator: v, created_height, amount: sum })
        }
        9 => chain.send(from, &msg::ClaimRewards { validator: None, after: None }),
        10 => chain.send(from, &msg::SetRestake { validator: v, on: true }),
        _ => chain.send(v, &msg::Unjail {}),
    };
}

/// Random work with downtime and evidence: no halt, every invariant after every block, exports import.
#[test]
fn random_work_keeps_every_invariant() {
    for sequence in 0..20u64 {
        let mut seed = 0x9e37_79b9_7f4a_7c15 ^ (sequence + 1);
        let mut chain = Chain::new();
        for _ in 0..500 {
            step(&mut chain, &mut seed);
            if random(&mut seed, 5) > 0 {
                continue;
            }
            let absent = Some(VALIDATORS[(chain.block.height / 12 % 4) as usize]);
            let evidence = if random(&mut seed, 60) == 0 {
                let name = VALIDATORS[1 + random(&mut seed, 3) as usize];
                vec![chain.evidence(name, chain.block.height.saturating_sub(random(&mut seed, 8)))]
            } else {
                vec![]
            };
            chain.next(absent, evidence);
        }
        chain.next(None, vec![]);
        chain.act(Origin::Protocol, |ctx| chortle_staking::MODULE.hooks.end.unwrap()(ctx)).unwrap();
        let (token, staking) = (
            (chortle_token::MODULE.genesis.export)(&chain.state).unwrap(),
            (chortle_staking::MODULE.genesis.export)(&chain.state).unwrap(),
        );
        let again = Chain::from(&token, &staking, &chain.block);
        assert_eq!(
            (chortle_staking::MODULE.genesis.export)(&again.state).unwrap(),
            staking,
            "sequence {sequence}"
        );
        assert_eq!(again.powers, chain.powers, "sequence {sequence}");
        let supply = chortle_token::supply(&chain.state, AssetId::NATIVE).unwrap();
        assert!(!supply.is_zero());
    }
}

/// A chain with stake of every kind: u0 left v0, which is at fault for what u0 moved from it to v1 before.
fn busy() -> Chain {
    let mut chain = Chain::new();
    chain.delegate("u0", "v0", 100 * LOL);
    chain.run(5);
    let fault = chain.block.height;
    chain.redelegate("u0", "v0", "v1", 30 * LOL);
    chain.undelegate("u0", "v0", 20 * LOL);
    chain.next(None, vec![]);
    let evidence = chain.evidence("v0", fault);
    chain.next(None, vec![evidence]);
    chain.run(1);
    chain
}

fn change<K, V>(chain: &mut Chain, map: Map<K, V>, key: &K, by: impl FnOnce(&mut V))
where
    K: StateKey + 'static,
    V: BorshSerialize + BorshDeserialize + 'static,
{
    let mut value = map.get(&chain.state, key).unwrap().unwrap();
    by(&mut value);
    map.set(&mut chain.state, key, &value);
}

fn validator(chain: &mut Chain, name: &str, by: impl FnOnce(&mut Validator)) {
    change(chain, state::VALIDATOR, &who(name), by);
}

fn above(sum: Amount) -> Amount {
    sum.checked_add(amount(1)).unwrap()
}

fn below(sum: Amount) -> Amount {
    sum.checked_sub(amount(1)).unwrap()
}

/// Somebody that is no validator.
const NOBODY: Address = Address([9; 20]);
/// What u0 has on its way out of v0, and what it moved to v1.
fn leaving() -> (Address, Address) {
    (who("u0"), who("v0"))
}

fn moved() -> (Address, Address) {
    (who("u0"), who("v1"))
}

/// The only claim there is.
fn claim(chain: &mut Chain, sum: u64) {
    let rows = state::DELEGATION.iter(&chain.state, Order::Ascending).map(|row| row.unwrap().0);
    let rows: Vec<_> = rows.collect();
    rows.iter().for_each(|key| state::DELEGATION.remove(&mut chain.state, key));
    for name in VALIDATORS {
        change(chain, state::EARNINGS, &who(name), |row| row.commission = Amount::ZERO);
    }
    change(chain, state::EARNINGS, &who("v2"), |row| row.commission = amount(sum));
}

/// The rows of the queue at another time, by milliseconds.
fn delay(chain: &mut Chain, by: i64) {
    let rows: Vec<_> = state::QUEUE.iter(&chain.state, Order::Ascending).map(Result::unwrap).collect();
    for ((time, number), due) in rows {
        state::QUEUE.remove(&mut chain.state, &(time, number));
        state::QUEUE.set(&mut chain.state, &(time.checked_add_signed(by).unwrap(), number), &due);
    }
}

/// The power of the whole set, on one member.
fn total(chain: &mut Chain, power: u64) {
    let mut set = state::SET.get(&chain.state).unwrap().unwrap();
    let others: u64 = set[1..].iter().map(|member| member.power).sum();
    set[0].power = power - others;
    state::SET.set(&mut chain.state, &set);
}

fn most(chain: &mut Chain, validators_max: u64) {
    let params = chortle_staking::Params { validators_max, ..chain.params() };
    state::PARAMS.set(&mut chain.state, &params);
}

type Case = (&'static str, &'static str, fn(&mut Chain));

/// What each invariant is there to find.
const FAULTS: &[Case] = &[
    ("delegations_sum_to_shares", "a share that the validator does not count", |chain| {
        change(chain, state::DELEGATION, &moved(), |row| row.shares.0 += 1);
    }),
    ("delegations_sum_to_shares", "a delegator too many", |chain| {
        validator(chain, "v1", |row| row.delegators += 1);
    }),
    ("delegations_sum_to_shares", "a delegation to nobody", |chain| {
        let held = chain.held("u0", "v1").unwrap();
        state::DELEGATION.set(&mut chain.state, &(who("u0"), NOBODY), &held);
    }),
    ("pools_hold_the_stake", "stake in the set that no pool holds", |chain| {
        validator(chain, "v1", |row| row.tokens = above(row.tokens));
    }),
    ("pools_hold_the_stake", "stake outside the set that no pool holds", |chain| {
        validator(chain, "v0", |row| row.tokens = above(row.tokens));
    }),
    ("pools_hold_the_stake", "something that leaves and is in no pool", |chain| {
        change(chain, state::UNBONDING, &leaving(), |rows| rows[0].balance = below(rows[0].balance));
    }),
    ("claims_are_within_the_pool", "a delegator's claim beyond the pool", |chain| {
        change(chain, state::DELEGATION, &moved(), |row| row.pending = amount(1_000_000 * LOL));
    }),
    ("claims_are_within_the_pool", "a commission one unit beyond the pool", |chain| {
        let pool = chain.balance(&escrow::REWARDS);
        claim(chain, pool + 1);
    }),
    ("ranks_are_those_of_the_stake", "stake of another rank", |chain| {
        validator(chain, "v1", |row| row.tokens = amount(77 * LOL));
    }),
    ("ranks_are_those_of_the_stake", "a jailed validator with a rank", |chain| {
        validator(chain, "v1", |row| row.jailed = true);
    }),
    ("ranks_are_those_of_the_stake", "a rank of another key", |chain| {
        let ((power, operator), _) =
            state::BY_POWER.iter(&chain.state, Order::Ascending).next().unwrap().unwrap();
        state::BY_POWER.set(&mut chain.state, &(power, operator), &[9; 32]);
    }),
    ("ranks_are_those_of_the_stake", "a rank of nobody", |chain| {
        state::BY_POWER.set(&mut chain.state, &(0, NOBODY), &[9; 32]);
    }),
    ("ranks_are_those_of_the_stake", "a key that is another's", |chain| {
        state::BY_KEY.set(&mut chain.state, &key("v1").address(), &who("v2"));
    }),
    ("ranks_are_those_of_the_stake", "out for good, and not jailed", |chain| {
        validator(chain, "v0", |row| row.jailed = false);
        validator(chain, "v0", |row| row.tokens = Amount::ZERO);
    }),
    ("the_set_is_in_bounds", "an empty set", |chain| {
        VALIDATORS.iter().for_each(|name| validator(chain, name, |row| row.bonded = false));
        state::SET.remove(&mut chain.state);
    }),
    ("the_set_is_in_bounds", "a member too many", |chain| most(chain, 2)),
    ("the_set_is_in_bounds", "more power than the engine takes", |chain| {
        total(chain, math::TOTAL_POWER_MAX + 1);
    }),
    ("the_set_is_in_bounds", "a member that is not bonded", |chain| {
        validator(chain, "v1", |row| row.bonded = false);
    }),
    ("the_set_is_in_bounds", "bonded, and no member", |chain| {
        validator(chain, "v0", |row| row.bonded = true);
    }),
    ("outflow_is_what_leaves", "a sum of what does not leave", |chain| {
        outflow::add(&mut chain.state, &(who("v2"), who("v2")), 3, amount(1)).unwrap();
    }),
    ("outflow_is_what_leaves", "something on its way out that no sum has", |chain| {
        change(chain, state::UNBONDING, &leaving(), |rows| rows[0].initial = above(rows[0].initial));
    }),
    ("outflow_is_what_leaves", "something that moved and is in no sum", |chain| {
        change(chain, state::REDELEGATION, &moved(), |rows| rows[0].initial = above(rows[0].initial));
    }),
    ("outflow_is_what_leaves", "something that leaves nobody", |chain| {
        let rows = state::UNBONDING.get(&chain.state, &leaving()).unwrap().unwrap();
        state::UNBONDING.set(&mut chain.state, &(who("u0"), NOBODY), &rows);
    }),
    ("what_moved_and_owes_is_noted", "an entry too many", |chain| {
        validator(chain, "v1", |row| row.moved += 1);
    }),
    ("what_moved_and_owes_is_noted", "a debt that is not noted", |chain| {
        validator(chain, "v1", |row| row.owed = below(row.owed));
    }),
    ("what_moved_and_owes_is_noted", "a debt for nothing that moved", |chain| {
        validator(chain, "v2", |row| row.owed = amount(1));
    }),
    ("what_leaves_falls_due", "a queue without rows", |chain| {
        let rows = state::QUEUE.iter(&chain.state, Order::Ascending).map(|row| row.unwrap().0);
        let rows: Vec<_> = rows.collect();
        rows.iter().for_each(|key| state::QUEUE.remove(&mut chain.state, key));
    }),
    ("what_leaves_falls_due", "what falls due too early", |chain| delay(chain, -1)),
    ("what_leaves_falls_due", "an entry on its way out that is later than its row", |chain| {
        change(chain, state::UNBONDING, &leaving(), |rows| rows[0].completion_unix_ms += 1);
    }),
    ("what_leaves_falls_due", "an entry that moved and is later than its row", |chain| {
        change(chain, state::REDELEGATION, &moved(), |rows| rows[0].completion_unix_ms += 1);
    }),
];

/// What is at a bound, and sound.
const SOUND: &[Case] = &[
    ("claims_are_within_the_pool", "a claim of the whole pool", |chain| {
        let pool = chain.balance(&escrow::REWARDS);
        claim(chain, pool);
    }),
    ("the_set_is_in_bounds", "as many members as there may be", |chain| most(chain, 3)),
    ("the_set_is_in_bounds", "the most power that the engine takes", |chain| {
        total(chain, math::TOTAL_POWER_MAX);
    }),
    ("what_moved_and_owes_is_noted", "a debt that is noted rounded up", |chain| {
        validator(chain, "v1", |row| row.owed = above(row.owed));
    }),
    ("what_leaves_falls_due", "what falls due later", |chain| delay(chain, 1)),
    ("delegations_sum_to_shares", "rewards of somebody without shares", |chain| {
        let held = chortle_staking::Delegation { shares: Wide(0), ..chain.held("u0", "v1").unwrap() };
        state::DELEGATION.set(&mut chain.state, &(who("u5"), who("v1")), &held);
    }),
];

#[test]
fn each_invariant_finds_what_it_is_there_for() {
    let mut chain = busy();
    let mut found = |(name, _, spoil): &Case| {
        let sound = chain.state.savepoint();
        spoil(&mut chain);
        let mut rows = chortle_staking::MODULE.invariants.iter();
        let found = (rows.find(|row| row.name == *name).unwrap().check)(&chain.state);
        chain.state.rollback(sound);
        found
    };
    for case in FAULTS {
        assert!(found(case).is_err(), "{} does not find {}", case.0, case.1);
    }
    for case in SOUND {
        assert_eq!(found(case), Ok(()), "{} is wrong about {}", case.0, case.1);
    }
    for row in chortle_staking::MODULE.invariants {
        assert!(
            FAULTS.iter().any(|case| case.0 == row.name),
            "nothing shows that {} finds a fault",
            row.name
        );
    }
}
