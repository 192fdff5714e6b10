//! Where rules of staking begin and end: to the block, to the unit, and by whose power.

mod common;

use chortle_kernel::{Address, AssetId, Coin, Order, Origin};
use chortle_staking::{msg, slash, state, types::FaultKind};
use chortle_token::protocol;
use common::*;

/// No issuance, no tax, no burn: what a block shares is what was paid into it.
fn plain(params: &mut serde_json::Value) {
    for name in ["issuance_min_bps", "issuance_max_bps", "issuance_change_bps", "tax_bps", "fee_burn_bps"] {
        params[name] = 0.into();
    }
}

fn fees(chain: &mut Chain, nlol: u64) {
    let coin = Coin { asset: AssetId::NATIVE, amount: amount(nlol) };
    chain
        .act(Origin::Protocol, |ctx| chortle_token::transfer(ctx, &who("u5"), &protocol::FEES, coin))
        .unwrap();
}

fn punish(chain: &mut Chain, name: &str, height: u64) -> bool {
    let charge = slash::Charge { kind: FaultKind::Duty, height, fraction_ppb: 100_000_000 };
    let address = key(name).address();
    chain.act(Origin::Protocol, |ctx| slash::punish(ctx, &address, charge)).unwrap()
}

fn faults_of(chain: &Chain, name: &str) -> usize {
    let rows = state::FAULT.iter(&chain.state, Order::Ascending);
    rows.filter(|row| row.as_ref().unwrap().0.0 == who(name)).count()
}

#[test]
fn a_charge_of_this_height_acts_and_one_of_the_next_does_not() {
    let mut chain = Chain::set(&VALIDATORS, plain);
    chain.run(5);
    let height = chain.block.height;
    assert!(!punish(&mut chain, "v0", height + 1));
    assert_eq!((chain.tokens("v0"), chain.validator("v0").tombstoned), (100 * LOL, false));
    assert!(punish(&mut chain, "v0", height));
    assert_eq!((chain.tokens("v0"), chain.validator("v0").tombstoned), (90 * LOL, true));
}

#[test]
fn a_charge_counts_with_its_own_validators_power() {
    let mut chain = Chain::set(&VALIDATORS, plain);
    chain.delegate("u0", "v3", 300 * LOL);
    chain.run(5);
    for (name, power) in [("v3", 400), ("v1", 100)] {
        let height = chain.block.height;
        assert!(punish(&mut chain, name, height));
        let offence = state::OFFENCE.get(&chain.state, &who(name)).unwrap().unwrap();
        assert_eq!((offence.power, offence.total_power), (power, 700), "{name}");
    }
}

#[test]
fn a_window_that_costs_no_more_decides_no_further_fault() {
    for (percent, faults, left) in [(1, 1, 95), (10, 2, 91)] {
        let mut chain = Chain::set(&VALIDATORS, plain);
        chain.run(11);
        let evidence = chain.evidence_of("v0", chain.block.height, percent);
        chain.next(None, vec![evidence]);
        chain.run(30);
        assert_eq!((faults_of(&chain, "v0"), chain.tokens("v0")), (faults, left * LOL), "{percent} %");
    }
}

#[test]
fn rewards_of_exactly_the_least_are_restaked_and_of_one_unit_less_wait() {
    // A quarter of 4,000, less a commission of a tenth, less what the index rounds off.
    for (least, restaked) in [(899, 899), (900, 0)] {
        let mut chain = Chain::set(&VALIDATORS, |params| {
            plain(params);
            params["restake_min"] = least.to_string().into();
        });
        chain.run(3);
        chain.send(who("v0"), &msg::SetRestake { validator: who("v0"), on: true }).unwrap();
        fees(&mut chain, 4_000);
        chain.run(2);
        assert_eq!(chain.tokens("v0"), 100 * LOL + restaked, "{least}");
    }
}

#[test]
fn who_was_outranked_signs_two_more_blocks_that_nobody_watches() {
    let mut chain = Chain::set(&VALIDATORS, |params| {
        plain(params);
        params["validators_max"] = 3.into();
    });
    chain.run(5);
    let out = VALIDATORS.into_iter().find(|name| !chain.validator(name).bonded).unwrap();
    let last = VALIDATORS.into_iter().rfind(|name| *name != out).unwrap();
    for name in VALIDATORS.iter().filter(|name| **name != last) {
        chain.delegate("u0", name, LOL);
    }
    chain.end();
    assert!(!chain.validator(last).bonded && !chain.validator(last).jailed);
    let signing = |chain: &Chain| state::SIGNING.get(&chain.state, &who(last)).unwrap().unwrap();
    let left = signing(&chain);
    assert_eq!(left.start_height, 0);
    for _ in 0..4 {
        chain.begin(&[key(last)], vec![]);
        assert_eq!(signing(&chain), left, "height {}", chain.block.height);
        chain.end();
    }
}

#[test]
fn the_last_validator_is_slashed_for_its_downtime_once() {
    let mut chain = Chain::set(&["v0"], plain);
    (0..16).for_each(|_| chain.next(Some("v0"), vec![]));
    let jailed = chain.validator("v0");
    assert_eq!((jailed.jailed, jailed.bonded, chain.tokens("v0")), (true, true, 99 * LOL));
    (0..30).for_each(|_| chain.next(Some("v0"), vec![]));
    assert_eq!(chain.tokens("v0"), 99 * LOL, "who is jailed is not watched, in the set or out of it");
}

#[test]
fn what_is_held_above_the_shares_that_answer_can_move_on() {
    let mut chain = Chain::set(&VALIDATORS, plain);
    chain.delegate("u0", "v0", 50 * LOL);
    chain.delegate("u0", "v1", 50 * LOL);
    chain.run(3);
    chain.redelegate("u0", "v0", "v1", 50 * LOL);
    chain.redelegate("u0", "v1", "v2", 50 * LOL);
    let further = msg::Redelegate { source: who("v1"), destination: who("v2"), amount: amount(1) };
    assert_eq!(chain.send(who("u0"), &further), Err("immature"));
}

/// What a user has on its way out of a validator: heights from the present one, seconds until it is paid, and LOL.
fn leaving(chain: &Chain, user: &str, at: &str) -> Vec<(u64, u64, u64)> {
    let entries = state::UNBONDING.get(&chain.state, &(who(user), who(at))).unwrap().unwrap_or_default();
    let (height, now) = (chain.block.height, chain.block.time_unix_ms);
    let shown = entries.iter().map(|entry| {
        let seconds = (entry.completion_unix_ms - now) / 1_000;
        (height - entry.created_height, seconds, entry.balance.base_units() / LOL)
    });
    shown.collect()
}

#[test]
fn unbondings_of_one_height_are_one_entry_and_of_two_heights_are_two() {
    let mut chain = Chain::set(&VALIDATORS, plain);
    chain.delegate("u0", "v0", 50 * LOL);
    chain.run(3);
    chain.undelegate("u0", "v0", 10 * LOL);
    chain.undelegate("u0", "v0", 20 * LOL);
    assert_eq!(leaving(&chain, "u0", "v0"), [(0, 20, 30)]);
    chain.run(1);
    chain.undelegate("u0", "v0", 5 * LOL);
    assert_eq!(leaving(&chain, "u0", "v0"), [(1, 19, 30), (0, 20, 5)]);
}

/// Three bonded validators, and one that left the set in the block before.
fn outranked() -> (Chain, [&'static str; 3], &'static str) {
    let mut chain = Chain::set(&VALIDATORS, |params| {
        plain(params);
        params["validators_max"] = 3.into();
    });
    chain.run(5);
    let last = VALIDATORS.into_iter().rfind(|name| chain.validator(name).bonded).unwrap();
    let inside: Vec<&str> = VALIDATORS.into_iter().filter(|name| *name != last).collect();
    inside.iter().for_each(|name| chain.delegate("u0", name, 300 * LOL));
    chain.run(1);
    assert!(!chain.validator(last).bonded && inside.iter().all(|name| chain.validator(name).bonded));
    (chain, inside.try_into().unwrap(), last)
}

#[test]
fn one_height_has_an_entry_for_each_completion() {
    let (mut chain, [inside, ..], last) = outranked();
    chain.delegate("u1", last, 50 * LOL);
    chain.delegate("u1", inside, 50 * LOL);
    chain.redelegate("u1", inside, last, 50 * LOL);
    let before = chain.nlol("u1");
    // The first is free when the validator is; the second takes of what answers for the other one.
    chain.undelegate("u1", last, 20 * LOL);
    chain.undelegate("u1", last, 60 * LOL);
    assert_eq!(leaving(&chain, "u1", last), [(0, 19, 20), (0, 20, 60)]);
    chain.run(19);
    assert_eq!(chain.nlol("u1") - before, 0);
    chain.run(1);
    assert_eq!(chain.nlol("u1") - before, 20 * LOL);
    chain.run(1);
    assert_eq!(chain.nlol("u1") - before, 80 * LOL);
}

/// The validators for which what a user moved to another still answers.
fn sources(chain: &Chain, user: &str, at: &str) -> Vec<Address> {
    let moves = state::REDELEGATION.get(&chain.state, &(who(user), who(at))).unwrap().unwrap_or_default();
    moves.iter().map(|entry| entry.source).collect()
}

#[test]
fn a_move_answers_until_its_own_completion_whatever_moved_beside_it() {
    let (mut chain, [to, early, late], last) = outranked();
    for source in [early, late, last] {
        chain.delegate("u1", source, 50 * LOL);
    }
    chain.run(1);
    chain.redelegate("u1", early, to, 50 * LOL);
    // What was unbonding already is free before what moved first.
    chain.redelegate("u1", last, to, 50 * LOL);
    chain.run(1);
    chain.redelegate("u1", late, to, 50 * LOL);
    let mut seen = vec![sources(&chain, "u1", to)];
    for _ in 0..22 {
        chain.run(1);
        let now = sources(&chain, "u1", to);
        if seen.last() != Some(&now) {
            seen.push(now);
        }
    }
    let (early, late, last) = (who(early), who(late), who(last));
    assert_eq!(seen, [vec![early, last, late], vec![early, late], vec![late], vec![]]);
}

#[test]
fn a_move_that_falls_due_beside_one_that_is_held_is_the_one_that_ends() {
    for order in [["v0", "v2"], ["v2", "v0"]] {
        let mut chain = Chain::set(&VALIDATORS, plain);
        order.iter().for_each(|name| chain.delegate("u0", name, 50 * LOL));
        chain.run(5);
        let fault = chain.block.height;
        order.iter().for_each(|name| chain.redelegate("u0", name, "v1", 50 * LOL));
        chain.run(10);
        let evidence = chain.evidence("v0", fault);
        chain.next(None, vec![evidence]);
        chain.run(10);
        assert_eq!(sources(&chain, "u0", "v1"), [who("v0")], "{order:?}: its window is open");
        chain.run(20);
        assert_eq!(sources(&chain, "u0", "v1"), [], "{order:?}");
    }
}

#[test]
fn what_was_held_is_released_within_the_budget() {
    let mut chain = Chain::set(&VALIDATORS, |params| {
        plain(params);
        params["mature_per_block"] = 2.into();
    });
    let users = ["u0", "u1", "u2"];
    users.iter().for_each(|user| chain.delegate(user, "v0", 100 * LOL));
    chain.run(5);
    let fault = chain.block.height;
    users.iter().for_each(|user| chain.undelegate(user, "v0", 100 * LOL));
    chain.run(10);
    let evidence = chain.evidence("v0", fault);
    chain.next(None, vec![evidence]);
    let paid = |chain: &Chain| users.iter().filter(|user| chain.nlol(user) > 900 * LOL).count();
    let mut steps = Vec::new();
    for _ in 0..40 {
        let before = paid(&chain);
        chain.run(1);
        steps.push(paid(&chain) - before);
    }
    steps.retain(|step| *step > 0);
    assert_eq!(steps, [2, 1]);
}

#[test]
fn who_leaves_a_validator_that_is_unbonding_waits_for_its_end_and_no_longer() {
    let (mut chain, _, last) = outranked();
    chain.delegate("u1", last, 50 * LOL);
    chain.undelegate("u1", last, 10 * LOL);
    assert_eq!(leaving(&chain, "u1", last), [(0, 19, 10)]);
    chain.run(19);
    let before = chain.nlol("u1");
    chain.undelegate("u1", last, 10 * LOL);
    assert_eq!(chain.nlol("u1") - before, 10 * LOL, "it has just ended: free at once");
}

#[test]
fn an_unbonding_is_taken_back_until_the_moment_of_its_completion() {
    for (blocks, answer) in [(19, Ok(())), (20, Err("no_unbonding"))] {
        let mut chain = Chain::set(&VALIDATORS, plain);
        chain.delegate("u0", "v0", 50 * LOL);
        chain.run(3);
        let created_height = chain.block.height;
        chain.undelegate("u0", "v0", 10 * LOL);
        chain.run(blocks);
        let back = msg::CancelUnbonding { validator: who("v0"), created_height, amount: amount(LOL) };
        assert_eq!(chain.send(who("u0"), &back), answer, "after {blocks} s");
    }
}

#[test]
fn who_keeps_exactly_its_least_self_bond_stays_and_one_unit_less_jails() {
    let mut chain = Chain::set(&VALIDATORS, plain);
    chain.run(3);
    let least = chain.validator("v0").self_bond_min.base_units();
    chain.undelegate("v0", "v0", 100 * LOL - least);
    assert!(!chain.validator("v0").jailed);
    chain.undelegate("v0", "v0", 1);
    assert!(chain.validator("v0").jailed);
}

#[test]
fn a_miss_counts_while_it_is_in_the_window_and_no_longer() {
    let mut chain = Chain::set(&VALIDATORS, plain);
    chain.run(3);
    // Four of ten may be missed, and a fifth; whose misses have left the window may miss as many again.
    for round in 0..4 {
        (0..5).for_each(|_| chain.next(Some("v0"), vec![]));
        assert!(!chain.validator("v0").jailed, "round {round}");
        chain.run(10);
        let signing = state::SIGNING.get(&chain.state, &who("v0")).unwrap().unwrap();
        assert_eq!(signing.missed, 0, "round {round}");
        assert!(!state::MISSED.has(&chain.state, &(who("v0"), 0)).unwrap(), "an empty ring is not kept");
    }
    (0..6).for_each(|_| chain.next(Some("v0"), vec![]));
    assert!(chain.validator("v0").jailed, "and a sixth is too many");
}

#[test]
fn who_is_jailed_and_leaves_was_watched_until_it_was_jailed() {
    let mut chain = Chain::set(&VALIDATORS, plain);
    chain.run(6);
    chain.undelegate("v1", "v1", 100 * LOL - 1);
    let signing = |chain: &Chain| state::SIGNING.get(&chain.state, &who("v1")).unwrap().unwrap();
    let jailed = signing(&chain);
    assert!(jailed.start_height == 0 && jailed.before < 6, "{jailed:?}");
    chain.run(3);
    assert_eq!((chain.validator("v1").bonded, signing(&chain)), (false, jailed));
}

#[test]
fn stake_by_height_is_forgotten_once_no_evidence_can_ask_for_it() {
    let mut chain = Chain::set(&VALIDATORS, plain);
    chain.checked = false;
    // 20 s of unbonding are three of the slowest blocks, and thirty times as many are kept.
    for _ in 0..150 {
        chain.delegate("u0", "v0", 1);
        chain.run(1);
    }
    let rows = state::STAKE_AT.iter(&chain.state, Order::Ascending);
    let heights: Vec<u64> =
        rows.map(|row| row.unwrap().0).filter(|at| at.0 == who("v0")).map(|at| at.1).collect();
    assert!((90..=94).contains(&heights.len()), "{heights:?}");
}

#[test]
fn who_rotated_may_rotate_again_once_the_unbonding_time_is_over() {
    let mut chain = Chain::set(&VALIDATORS, plain);
    chain.run(3);
    let rotate = |chain: &mut Chain, to: &str| {
        chain.send(who("v0"), &msg::RotateKey { key: key(to), proof: proof(to, &who("v0")) })
    };
    rotate(&mut chain, "v0 second").unwrap();
    chain.run(19);
    assert_eq!(rotate(&mut chain, "v0 third"), Err("rotated_lately"));
    chain.run(1);
    assert_eq!(rotate(&mut chain, "v0 third"), Ok(()));
}
