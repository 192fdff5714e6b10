//! What staking promises, one test a promise.

mod common;

use std::collections::BTreeMap;

use chortle_kernel::{
    Order, Origin,
    block::{Misbehavior, MisbehaviorKind},
};
use chortle_staking::{msg, state};
use chortle_token::protocol;
use common::*;

fn claim(chain: &mut Chain, user: &str) -> u64 {
    let before = chain.nlol(user);
    let _ = chain.send(who(user), &msg::ClaimRewards { validator: None, after: None });
    chain.nlol(user) - before
}

fn fees(chain: &mut Chain, nlol: u64) {
    let coin = chortle_kernel::Coin { asset: chortle_kernel::AssetId::NATIVE, amount: amount(nlol) };
    chain
        .act(Origin::Protocol, |ctx| chortle_token::transfer(ctx, &who("u5"), &protocol::FEES, coin))
        .unwrap();
}

/// No issuance, no tax, no burn: what a block shares is what was paid into it.
fn plain(params: &mut serde_json::Value) {
    for name in ["issuance_min_bps", "issuance_max_bps", "issuance_change_bps", "tax_bps", "fee_burn_bps"] {
        params[name] = 0.into();
    }
}

const DAY_MS: u64 = 86_400_000;

#[test]
fn claims_never_exceed_the_pool() {
    let mut chain = Chain::new();
    let mut seed = 7;
    for round in 0..200u64 {
        let (user, at) = (USERS[(round % 5) as usize], VALIDATORS[random(&mut seed, 4) as usize]);
        let sum = 1 + random(&mut seed, 3 * LOL);
        if round % 3 < 2 {
            chain.delegate(user, at, sum);
        } else {
            let message = msg::Undelegate { validator: who(at), amount: amount(sum) };
            let _ = chain.send(who(user), &message);
        }
        let paid = 1 + random(&mut seed, 1_000);
        fees(&mut chain, paid);
        chain.run(1);
    }
    for name in USERS.iter().chain(&VALIDATORS) {
        claim(&mut chain, name);
        let _ = chain.send(who(name), &msg::ClaimCommission {});
    }
    chain.check();
    // All is claimed, and what is left is dust: less than one base unit for each settlement.
    assert!(
        chain.balance(&chortle_staking::escrow::REWARDS) < 2_000,
        "{}",
        chain.balance(&chortle_staking::escrow::REWARDS)
    );
}

#[test]
fn dust_rounds_against_the_caller() {
    let mut chain = Chain::set(&VALIDATORS, |params| {
        plain(params);
        params["downtime_ppb"] = 333_333_333.into();
        params["entries_max"] = 64.into();
    });
    chain.delegate("u1", "v2", 77_777_777_777);
    (0..16).for_each(|_| chain.next(Some("v2"), vec![]));
    chain.send(who("v2"), &msg::Unjail {}).unwrap();
    let supply =
        |chain: &Chain| chortle_token::supply(&chain.state, chortle_kernel::AssetId::NATIVE).unwrap();
    let (before, minted) = (chain.nlol("u0"), supply(&chain));
    for round in 1..100u64 {
        chain.delegate("u0", "v2", round);
        let worth = msg::Undelegate { validator: who("v2"), amount: amount(round) };
        if chain.send(who("u0"), &worth).is_err() && round > 1 {
            // One base unit was lost to the pool: the rest is there.
            chain.undelegate("u0", "v2", round - 1);
        }
        chain.run(1);
    }
    chain.run(30);
    assert!(chain.nlol("u0") <= before, "no round trip pays");
    assert!(before - chain.nlol("u0") <= 100, "and none costs more than one base unit");
    assert_eq!(supply(&chain), minted, "and nothing is lost");
}

#[test]
fn who_takes_all_leaves_no_shares_behind() {
    let mut chain = Chain::set(&VALIDATORS, |params| params["downtime_ppb"] = 333_333_333.into());
    chain.delegate("u1", "v2", 77_777_777_777);
    (0..16).for_each(|_| chain.next(Some("v2"), vec![]));
    let worth = chain.tokens("v2") as u128 * chain.held("u1", "v2").unwrap().shares.0
        / chain.validator("v2").shares.0;
    chain.undelegate("u1", "v2", u64::try_from(worth).unwrap());
    claim(&mut chain, "u1");
    assert_eq!(chain.held("u1", "v2"), None);
    assert_eq!(chain.validator("v2").delegators, 1);
}

#[test]
fn a_rotated_keys_evidence_still_slashes_its_operator() {
    let mut chain = Chain::new();
    chain.run(3);
    let signed = chain.block.height;
    let message = msg::RotateKey { key: key("v0 later"), proof: proof("v0 later", &who("v0")) };
    chain.send(who("v0"), &message).unwrap();
    chain.end();
    let rotated = chain.block.height;
    assert_eq!(chain.updates.len(), 2, "the old key leaves and the new one joins in one update");
    chain.begin(&[], vec![]);
    chain.run(2);
    for (height, name) in [(rotated + 1, "v0"), (rotated + 2, "v0 later")] {
        let set = chain.set_of(height);
        assert_eq!((set.contains_key(&key(name).0), set.len()), (true, 4), "who signs {height}");
    }
    let evidence = chain.evidence("v0", signed);
    chain.next(None, vec![evidence]);
    assert_eq!((chain.tokens("v0"), chain.validator("v0").tombstoned), (95 * LOL, true));
    chain.run(3);
    assert!(!chain.powers.contains_key(&key("v0 later").0));
}

#[test]
fn a_tombstoned_operator_cannot_come_back_with_any_key() {
    let mut chain = Chain::new();
    let rotate = |chain: &mut Chain, to: &str| {
        chain.send(who("v0"), &msg::RotateKey { key: key(to), proof: proof(to, &who("v0")) })
    };
    rotate(&mut chain, "v0 later").unwrap();
    chain.run(3);
    let evidence = chain.evidence("v0 later", chain.block.height);
    chain.next(None, vec![evidence]);
    chain.run(30);
    assert_eq!(rotate(&mut chain, "v0 last"), Err("tombstoned"));
    assert_eq!(chain.send(who("v0"), &msg::Unjail {}), Err("tombstoned"));
    for (operator, with, refused) in
        [("v0", "v0 last", "already_validator"), ("u1", "v0", "key_used"), ("u1", "v0 later", "key_used")]
    {
        let message = msg::CreateValidator {
            key: key(with),
            proof: proof(with, &who(operator)),
            self_bond: amount(LOL),
            self_bond_min: amount(LOL),
            commission_bps: 0,
            ceiling_bps: 0,
            step_bps: 0,
            description: chain.validator("v0").description,
        };
        assert_eq!(chain.send(who(operator), &message), Err(refused), "{operator} with {with}");
    }
}

#[test]
fn a_commission_rise_holds_only_from_its_epoch_and_a_cut_at_once() {
    let mut chain = Chain::set(&VALIDATORS, plain);
    let earned = |chain: &mut Chain| {
        let waiting = |chain: &Chain| {
            state::EARNINGS.get(&chain.state, &who("v0")).unwrap().unwrap_or_default().commission.base_units()
        };
        let before = waiting(chain);
        fees(chain, 4_000_000);
        chain.run(1);
        waiting(chain) - before
    };
    chain.run(5);
    assert_eq!(earned(&mut chain), 100_000, "10 % of a quarter");
    chain.send(who("v0"), &msg::AnnounceCommission { rate_bps: 1_100 }).unwrap();
    let epoch = chain.block.epoch + 2;
    while chain.block.epoch + 1 < epoch || chain.block.height % 10 < 9 {
        assert_eq!(earned(&mut chain), 100_000, "epoch {}", chain.block.epoch);
    }
    assert_eq!(earned(&mut chain), 110_000);
    assert_eq!(chain.block.epoch, epoch);
    // A cut ends a rise that waits.
    let announce = |chain: &mut Chain, rate_bps| chain.send(who("v0"), &msg::AnnounceCommission { rate_bps });
    assert_eq!(announce(&mut chain, 500), Err("commission_changed_lately"), "a cut waits for its day too");
    chain.block.time_unix_ms += DAY_MS;
    announce(&mut chain, 1_200).unwrap();
    assert_eq!(announce(&mut chain, 500), Err("commission_changed_lately"));
    chain.block.time_unix_ms += DAY_MS;
    announce(&mut chain, 500).unwrap();
    assert_eq!(earned(&mut chain), 50_000);
    chain.run(30);
    assert_eq!(earned(&mut chain), 50_000);
}

#[test]
fn correlated_faults_top_up_by_the_square() {
    // Of the set each, and what each loses in all, in parts per thousand.
    for (percents, lost) in
        [(vec![5], 50), (vec![10], 90), (vec![5, 5], 90), (vec![10, 10], 360), (vec![20, 20], 1_000)]
    {
        let mut chain = Chain::new();
        chain.run(11);
        let height = chain.block.height;
        let both =
            percents.iter().zip(VALIDATORS).map(|(percent, name)| chain.evidence_of(name, height, *percent));
        let both = both.collect();
        chain.next(None, both);
        assert_eq!(chain.tokens("v0"), 95 * LOL, "at once");
        chain.run(7);
        assert_eq!((chain.block.height, chain.tokens("v0")), (19, 95 * LOL));
        chain.run(11);
        assert_eq!(chain.block.epoch, 3);
        for (_, name) in percents.iter().zip(VALIDATORS) {
            assert_eq!(chain.tokens(name), 100 * LOL - lost * LOL / 10, "{percents:?}");
        }
        chain.run(30);
        assert_eq!(state::OFFENCE.iter(&chain.state, Order::Ascending).count(), 0);
    }
}

#[test]
fn faults_far_apart_are_not_correlated() {
    let mut chain = Chain::new();
    chain.run(11);
    let evidence = chain.evidence_of("v0", 11, 10);
    chain.next(None, vec![evidence]);
    chain.run(20);
    let evidence = chain.evidence_of("v1", 30, 10);
    chain.next(None, vec![evidence]);
    chain.run(30);
    assert_eq!((chain.tokens("v0"), chain.tokens("v1")), (91 * LOL, 91 * LOL));
}

#[test]
fn nothing_is_paid_while_a_correlation_window_is_open() {
    let mut chain = Chain::set(&VALIDATORS, |params| params["unbonding_ms"] = 5_000.into());
    chain.delegate("u0", "v0", 100 * LOL);
    chain.delegate("u1", "v0", 100 * LOL);
    chain.run(8);
    let height = chain.block.height;
    chain.undelegate("u0", "v0", 100 * LOL);
    // Moved, and on its way out of where it moved to.
    chain.redelegate("u1", "v0", "v1", 100 * LOL);
    chain.undelegate("u1", "v1", 100 * LOL);
    chain.run(1);
    let before = (chain.nlol("u0"), chain.nlol("u1"));
    let evidence = chain.evidence_of("v0", height, 20);
    chain.next(None, vec![evidence]);
    let epoch = chain.block.epoch;
    while chain.block.epoch < epoch + 2 {
        assert_eq!((chain.nlol("u0"), chain.nlol("u1")), before, "height {}", chain.block.height);
        chain.run(1);
    }
    assert!(chain.block.height > height + 10, "well past the five seconds");
    chain.run(1);
    // 9 · 20 %² = 36 %.
    assert_eq!((chain.nlol("u0") - before.0, chain.nlol("u1") - before.1), (64 * LOL, 64 * LOL));
    assert_eq!(chain.tokens("v0"), 64 * LOL);
    assert_eq!(state::HELD.iter(&chain.state, Order::Ascending).count(), 0);
}

#[test]
fn stake_that_moved_out_of_the_set_is_not_free_sooner() {
    // v3 is outside the set: what is delegated to it is free at once, yet not what came from v0.
    let mut chain = Chain::set(&VALIDATORS, |params| params["validators_max"] = 3.into());
    let outside = *VALIDATORS.iter().find(|name| !chain.validator(name).bonded).unwrap();
    let inside = *VALIDATORS.iter().find(|name| chain.validator(name).bonded).unwrap();
    chain.delegate("u0", inside, 10 * LOL);
    chain.run(4);
    let fault = chain.block.height;
    chain.delegate("u0", outside, 3 * LOL);
    chain.undelegate("u0", outside, 3 * LOL);
    assert_eq!(chain.nlol("u0"), 990 * LOL, "its own stake is free at once");
    chain.delegate("u0", outside, 3 * LOL);
    chain.redelegate("u0", inside, outside, 10 * LOL);
    // 3 LOL may go; the next would be of those that answer.
    chain.undelegate("u0", outside, 3 * LOL);
    assert_eq!(chain.nlol("u0"), 990 * LOL);
    chain.undelegate("u0", outside, 4 * LOL);
    chain.undelegate("u0", outside, 6 * LOL);
    assert_eq!(chain.nlol("u0"), 990 * LOL, "bound as long as it answers for its source");
    assert!(!chain.validator(outside).bonded);
    chain.run(1);
    let evidence = chain.evidence(inside, fault);
    chain.next(None, vec![evidence]);
    chain.run(40);
    assert_eq!(chain.nlol("u0"), 1_000 * LOL - LOL / 2, "5 % of 10 LOL");
}

#[test]
fn what_waits_past_its_time_still_answers() {
    let mut chain = Chain::set(&VALIDATORS, |params| params["mature_per_block"] = 1.into());
    for user in ["u0", "u1", "u2"] {
        chain.delegate(user, "v0", 100 * LOL);
    }
    chain.run(5);
    let fault = chain.block.height;
    for user in ["u0", "u1", "u2"] {
        chain.undelegate(user, "v0", 100 * LOL);
    }
    // Slow blocks: their time is up while evidence of the fault is young by blocks.
    for _ in 0..2 {
        chain.block.time_unix_ms += 9_000;
        chain.run(1);
    }
    chain.end();
    assert_eq!((chain.nlol("u0"), chain.nlol("u1")), (1_000 * LOL, 900 * LOL), "one a block");
    // Young by blocks though old by time, so it acts.
    let evidence = Misbehavior { time_unix_ms: START, height: fault + 1, ..chain.evidence("v0", fault) };
    chain.begin(&[], vec![evidence]);
    chain.run(30);
    assert_eq!((chain.nlol("u1"), chain.nlol("u2")), (995 * LOL, 995 * LOL));
    assert_eq!(chain.tokens("v0"), 95 * LOL, "nobody pays for him who was paid: 5 % of what stayed");
}

#[test]
fn taking_back_one_entry_leaves_an_empty_one_alone() {
    let mut chain = Chain::set(&VALIDATORS, |params| params["evidence_ppb"] = 1_000_000_000.into());
    chain.delegate("u0", "v0", 10 * LOL);
    chain.run(5);
    let fault = chain.block.height;
    chain.redelegate("u0", "v0", "v1", 10 * LOL);
    chain.run(1);
    chain.undelegate("u0", "v1", 10 * LOL);
    chain.delegate("u0", "v1", 5 * LOL);
    chain.run(1);
    chain.undelegate("u0", "v1", 5 * LOL);
    let second = chain.block.height;
    let evidence = chain.evidence("v0", fault);
    chain.next(None, vec![evidence]);
    // The first entry is slashed to nothing for v0; the second comes back; the sums of v1 stay right.
    let message =
        msg::CancelUnbonding { validator: who("v1"), created_height: second, amount: amount(5 * LOL) };
    chain.send(who("u0"), &message).unwrap();
    chain.check();
    chain.run(30);
    assert_eq!(chain.tokens("v1"), 105 * LOL);
}

#[test]
fn a_debt_that_takes_all_shares_keeps_the_count_of_delegators() {
    let mut chain = Chain::set(&VALIDATORS, |params| params["evidence_ppb"] = 1_000_000_000.into());
    chain.delegate("u0", "v0", 10 * LOL);
    chain.run(5);
    let fault = chain.block.height;
    chain.redelegate("u0", "v0", "v1", 10 * LOL);
    chain.run(1);
    let evidence = chain.evidence("v0", fault);
    chain.next(None, vec![evidence]);
    chain.delegate("u0", "v1", LOL);
    assert_eq!((chain.validator("v1").delegators, chain.tokens("v1")), (2, 101 * LOL));
    chain.check();
}

#[test]
fn the_downtime_of_a_block_costs_the_stake_behind_it() {
    let mut chain = Chain::set(&VALIDATORS, plain);
    chain.delegate("u0", "v2", 100 * LOL);
    let mut stakes = BTreeMap::new();
    while !chain.validator("v2").jailed {
        stakes.insert(chain.block.height, chain.tokens("v2"));
        // Stake leaves in each block; those that leave behind the block that decides owe it themselves.
        chain.undelegate("u0", "v2", LOL);
        chain
            .send(
                who("u0"),
                &msg::CancelUnbonding {
                    validator: who("v2"),
                    created_height: chain.block.height,
                    amount: amount(LOL / 2),
                },
            )
            .unwrap();
        chain.end();
        let height = chain.block.height;
        stakes.insert(height, chain.tokens("v2"));
        // Entries are at most seven: those of before are paid by an unbonding of seven blocks.
        let mut params = chain.params();
        params.entries_max = 100;
        state::PARAMS.set(&mut chain.state, &params);
        chain.begin(&[key("v2")], vec![]);
    }
    let decided = chain.block.height;
    let behind = stakes[&(decided - 3)];
    let row = state::FAULT.iter(&chain.state, Order::Ascending).next().unwrap().unwrap().1;
    assert_eq!(row.stake.base_units(), behind);
    let leaving = 2 * (LOL / 2);
    assert_eq!(
        row.taken.base_units(),
        behind / 100 - leaving / 100,
        "entries of the last two blocks owe theirs"
    );
    let before = chain.nlol("u0");
    chain.run(40);
    // One began at each height from 0 on.
    assert_eq!(chain.nlol("u0") - before, decided * (LOL / 2) - leaving / 100);
}

#[test]
fn the_absent_part_goes_to_the_treasury() {
    let mut chain = Chain::set(&VALIDATORS, plain);
    chain.run(5);
    let (treasury, rewards) = (chain.treasury(), chain.balance(&chortle_staking::escrow::REWARDS));
    fees(&mut chain, 4_000_000);
    chain.next(Some("v1"), vec![]);
    assert_eq!(chain.treasury() - treasury, 1_000_000);
    assert_eq!(chain.balance(&chortle_staking::escrow::REWARDS) - rewards, 3_000_000);
}

#[test]
fn jailed_validators_accrue_nothing_and_miss_nothing() {
    let mut chain = Chain::set(&VALIDATORS, plain);
    chain.run(5);
    chain.undelegate("v1", "v1", 100 * LOL - 1);
    assert!(chain.validator("v1").jailed);
    let earned = |chain: &Chain| state::EARNINGS.get(&chain.state, &who("v1")).unwrap().unwrap_or_default();
    let (before, treasury) = (earned(&chain), chain.treasury());
    // It still signs two heights: its part is the treasury's.
    fees(&mut chain, 4_000_000);
    chain.run(1);
    assert_eq!(chain.treasury() - treasury, 1_000_000);
    (0..30).for_each(|_| chain.next(Some("v1"), vec![]));
    assert_eq!(earned(&chain), before);
    let signing = state::SIGNING.get(&chain.state, &who("v1")).unwrap().unwrap();
    assert_eq!((signing.start_height, signing.missed), (0, 0), "nobody watches");
    assert_eq!(chain.tokens("v1"), 1, "no slash for what it could not sign");
}

#[test]
fn maturing_is_bounded_by_its_budget_and_carried_over() {
    let mut chain = Chain::set(&VALIDATORS, |params| params["mature_per_block"] = 2.into());
    for user in USERS {
        chain.delegate(user, "v0", 10 * LOL);
        chain.undelegate(user, "v0", LOL);
    }
    chain.run(20);
    let paid = |chain: &Chain| USERS.iter().filter(|user| chain.nlol(user) == 991 * LOL).count();
    for expected in [2, 4, 6, 6] {
        chain.end();
        assert_eq!(paid(&chain), expected);
        chain.begin(&[], vec![]);
    }
    // What was paid is paid in the order in which it began.
    assert_eq!(state::QUEUE.iter(&chain.state, Order::Ascending).count(), 0);
}

#[test]
fn restaking_is_bounded_and_in_turn() {
    let mut chain = Chain::set(&VALIDATORS, |params| {
        params["restake_per_block"] = 2.into();
        params["restake_min"] = "1".into();
    });
    for user in USERS {
        chain.delegate(user, "v0", 10 * LOL);
        chain.send(who(user), &msg::SetRestake { validator: who("v0"), on: true }).unwrap();
    }
    for _ in 0..9 {
        let before: Vec<_> = USERS.iter().map(|user| chain.held(user, "v0").unwrap().shares).collect();
        fees(&mut chain, LOL / 100);
        chain.run(1);
        let after: Vec<_> = USERS.iter().map(|user| chain.held(user, "v0").unwrap().shares).collect();
        assert!(before.iter().zip(&after).filter(|(before, after)| before != after).count() <= 2);
    }
    for user in USERS {
        assert!(
            chain.held(user, "v0").unwrap().shares.0 > 10 * u128::from(LOL) * 1_000_000,
            "{user} had its turn"
        );
    }
}

#[test]
fn updates_are_sorted_and_legal_for_the_engine() {
    // `Chain::apply` holds every update to the engine's rules; here joins, exits, moves and rotations mix.
    let names: Vec<String> = (0..12).map(|number| format!("w{number}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let mut chain = Chain::set(&names, |params| params["validators_max"] = 5.into());
    let (mut seed, mut sent, mut number) = (99, 0, 0);
    for _ in 0..300 {
        for _ in 0..4 {
            let (from, to) = (names[random(&mut seed, 12) as usize], names[random(&mut seed, 12) as usize]);
            let nlol = amount(1 + random(&mut seed, 40 * LOL));
            let _ = match random(&mut seed, 6) {
                0 => {
                    number += 1;
                    let name = format!("key {number}");
                    let proof = proof(&name, &who(from));
                    chain.send(who(from), &msg::RotateKey { key: key(&name), proof })
                }
                1 => chain.send(who(from), &msg::Unjail {}),
                2 => chain.send(who(from), &msg::Undelegate { validator: who(from), amount: nlol }),
                _ => chain.send(who(from), &msg::Delegate { validator: who(to), amount: nlol }),
            };
        }
        chain.end();
        sent += chain.updates.len();
        assert!(chain.powers.len() <= 5 && !chain.powers.is_empty());
        chain.begin(&[], vec![]);
    }
    assert!(sent > 200, "{sent} updates");
}

#[test]
fn the_set_is_never_empty_and_comes_back() {
    let mut chain = Chain::set(&["v0"], |_| {});
    chain.undelegate("v0", "v0", 100 * LOL);
    chain.run(25);
    assert_eq!(chain.powers.len(), 1, "the last one signs on");
    chain.delegate("v0", "v0", 100 * LOL);
    chain.send(who("v0"), &msg::Unjail {}).unwrap();
    chain.run(1);
    // And it is watched again.
    (0..20).for_each(|_| chain.next(Some("v0"), vec![]));
    assert!(chain.validator("v0").jailed);
    assert_eq!(chain.powers.len(), 1);
}

#[test]
fn a_light_client_attack_costs_what_a_double_vote_costs() {
    let mut chain = Chain::new();
    chain.run(5);
    let attack = Misbehavior { kind: MisbehaviorKind::LightClientAttack, ..chain.evidence("v0", 4) };
    let unknown = Misbehavior { kind: MisbehaviorKind::Unknown, ..chain.evidence("v1", 4) };
    chain.next(None, vec![attack, unknown]);
    assert_eq!((chain.tokens("v0"), chain.tokens("v1")), (95 * LOL, 100 * LOL));
}

#[test]
fn slashed_stake_is_burnt_but_for_the_treasurys_share() {
    let mut chain = Chain::set(&VALIDATORS, |params| {
        plain(params);
        params["slash_treasury_bps"] = 2_500.into();
    });
    chain.run(5);
    let supply = |chain: &Chain| {
        chortle_token::supply(&chain.state, chortle_kernel::AssetId::NATIVE).unwrap().base_units()
    };
    let before = (supply(&chain), chain.treasury());
    let evidence = chain.evidence("v0", 5);
    chain.next(None, vec![evidence]);
    assert_eq!(before.0 - supply(&chain), 3_750_000_000);
    assert_eq!(chain.treasury() - before.1, 1_250_000_000);
}

#[test]
fn evidence_of_the_first_blocks_finds_the_stake_of_genesis() {
    for height in [1, 2, 3] {
        let mut chain = Chain::new();
        chain.run(4);
        let evidence = chain.evidence("v0", height);
        chain.next(None, vec![evidence]);
        assert_eq!(chain.tokens("v0"), 95 * LOL, "height {height}");
    }
}

#[test]
fn an_import_in_the_middle_of_unbondings_goes_on_alike() {
    let mut straight = Chain::new();
    for user in USERS {
        straight.delegate(user, "v0", 20 * LOL);
        straight.send(who(user), &msg::SetRestake { validator: who("v0"), on: true }).unwrap();
    }
    straight.run(8);
    straight.undelegate("u0", "v0", 5 * LOL);
    straight.redelegate("u1", "v0", "v1", 7 * LOL);
    let evidence = straight.evidence_of("v2", straight.block.height, 10);
    straight.next(None, vec![evidence]);
    straight.undelegate("u2", "v0", LOL);
    straight.end();
    let token = (chortle_token::MODULE.genesis.export)(&straight.state).unwrap();
    let staking = (chortle_staking::MODULE.genesis.export)(&straight.state).unwrap();
    let mut again = Chain::from(&token, &staking, &straight.block);
    assert_eq!(again.powers, straight.powers);
    again.decided = straight.decided.clone();
    for round in 0..40u64 {
        for chain in [&mut straight, &mut again] {
            let evidence =
                if round == 3 { vec![chain.evidence("v0", chain.block.height - 4)] } else { vec![] };
            let absent = if round > 5 { vec![key("v3")] } else { vec![] };
            chain.begin(&absent, evidence);
            if round == 6 {
                chain.undelegate("u3", "v0", LOL);
            }
            chain.end();
        }
        assert!(
            straight.state.writes().iter().filter(|(_, value)| value.is_some()).eq(again
                .state
                .writes()
                .iter()
                .filter(|(_, value)| value.is_some())),
            "round {round}"
        );
        assert_eq!(straight.updates, again.updates);
    }
    assert_eq!(straight.nlol("u0"), again.nlol("u0"));
}

#[test]
fn a_debt_that_breaks_the_self_bond_jails() {
    let mut chain = Chain::set(&VALIDATORS, |params| params["evidence_ppb"] = 500_000_000.into());
    chain.delegate("v1", "v0", 10 * LOL);
    chain.run(5);
    let fault = chain.block.height;
    chain.redelegate("v1", "v0", "v1", 10 * LOL);
    let description = chain.validator("v1").description;
    let message = msg::EditValidator { description, self_bond_min: amount(108 * LOL) };
    chain.send(who("v1"), &message).unwrap();
    chain.run(1);
    let evidence = chain.evidence("v0", fault);
    chain.next(None, vec![evidence]);
    assert!(!chain.validator("v1").jailed);
    chain.delegate("v1", "v1", 1);
    assert_eq!((chain.tokens("v1"), chain.validator("v1").jailed), (105 * LOL + 1, true));
    chain.run(3);
    assert_eq!(chain.send(who("v1"), &msg::Unjail {}), Err("self_bond_below_min"));
}

#[test]
fn unjailing_pays_debts_before_the_self_bond_counts() {
    let mut chain = Chain::set(&VALIDATORS, |params| params["evidence_ppb"] = 500_000_000.into());
    chain.delegate("v1", "v0", 10 * LOL);
    (0..8).for_each(|_| chain.next(Some("v1"), vec![]));
    let fault = chain.block.height;
    chain.redelegate("v1", "v0", "v1", 10 * LOL);
    let description = chain.validator("v1").description;
    let message = msg::EditValidator { description, self_bond_min: amount(105 * LOL) };
    chain.send(who("v1"), &message).unwrap();
    while !chain.validator("v1").jailed {
        chain.next(Some("v1"), vec![]);
    }
    let evidence = chain.evidence("v0", fault);
    chain.next(None, vec![evidence]);
    chain.run(4);
    // The shares are worth 110 LOL less 1 % for downtime, and owe 5.
    assert_eq!(chain.tokens("v1"), 108_900_000_000);
    assert_eq!(chain.send(who("v1"), &msg::Unjail {}), Err("self_bond_below_min"));
    chain.delegate("v1", "v1", 2 * LOL);
    // Shares are taken rounded down, and so is what they are worth: one base unit stays.
    assert_eq!(chain.tokens("v1"), 105_900_000_001);
    assert_eq!(chain.send(who("v1"), &msg::Unjail {}), Ok(()));
}
