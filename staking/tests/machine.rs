//! A chain with staking alone: faults, exits and random work, every invariant after every block.

mod common;

use chortle_kernel::{AssetId, Origin, block::Misbehavior};
use chortle_staking::msg;
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
