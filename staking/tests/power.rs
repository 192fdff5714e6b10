//! Power is stake: nobody gains votes or rewards by splitting, and a seat has a price. Votes count stake as it stood.

mod common;

use chortle_kernel::{AssetId, Coin, Order, Origin, View};
use chortle_staking::{escrow, msg, snapshot, state, types::Standing};
use chortle_token::protocol;
use common::*;
use serde_json::json;

fn fund(chain: &mut Chain, to: &str, nlol: u64) {
    let coin = Coin { asset: AssetId::NATIVE, amount: amount(nlol) };
    chain
        .act(Origin::Protocol, |ctx| chortle_token::send(ctx, &who("u0"), &who(to), coin).map(drop))
        .unwrap();
}

fn create(chain: &mut Chain, name: &str, nlol: u64) {
    fund(chain, name, nlol);
    let message = msg::CreateValidator {
        key: key(name),
        proof: proof(name, &who(name)),
        self_bond: amount(nlol),
        self_bond_min: amount(LOL),
        commission_bps: 0,
        ceiling_bps: 0,
        step_bps: 0,
        description: chain.validator("v0").description,
    };
    chain.send(who(name), &message).unwrap();
}

/// No issuance, no tax, no burn: what a block shares is what was paid into it.
fn plain(params: &mut serde_json::Value) {
    for name in ["issuance_min_bps", "issuance_max_bps", "issuance_change_bps", "tax_bps", "fee_burn_bps"] {
        params[name] = 0.into();
    }
}

fn power_of(chain: &Chain, names: &[String]) -> u64 {
    names.iter().map(|name| chain.powers.get(&key(name).0).copied().unwrap_or(0)).sum()
}

/// What validators earn of 100 LOL of fees, per thousand.
fn earned(chain: &mut Chain, names: &[String]) -> u64 {
    let coin = Coin { asset: AssetId::NATIVE, amount: amount(100 * LOL) };
    chain
        .act(Origin::Protocol, |ctx| chortle_token::transfer(ctx, &who("u5"), &protocol::FEES, coin))
        .unwrap();
    let claim = |chain: &mut Chain| -> u64 {
        let sum = |chain: &Chain| names.iter().map(|name| chain.nlol(name)).sum::<u64>();
        let before = sum(chain);
        for name in names {
            let _ = chain.send(who(name), &msg::ClaimRewards { validator: None, after: None });
            let _ = chain.send(who(name), &msg::ClaimCommission {});
        }
        sum(chain) - before
    };
    claim(chain);
    chain.run(1);
    claim(chain) * 1_000 / (100 * LOL)
}

fn numbered(prefix: &str, count: usize) -> Vec<String> {
    (0..count).map(|number| format!("{prefix}{number}")).collect()
}

#[test]
fn sybils_gain_no_power() {
    for honest in 1..=9 {
        let names = numbered("w", honest);
        let borrowed: Vec<&str> = names.iter().map(String::as_str).collect();
        let mut chain = Chain::set(&[&borrowed[..], &["v0"]].concat(), plain);
        borrowed.iter().for_each(|name| chain.delegate(name, name, 900 * LOL));
        chain.run(5);
        let before = earned(&mut chain, &names);
        let sybils = numbered("s", 17);
        sybils.iter().for_each(|name| create(&mut chain, name, LOL));
        chain.run(5);
        let (total, theirs) = (chain.powers.values().sum::<u64>(), power_of(&chain, &sybils));
        assert_eq!((theirs, total), (17, honest as u64 * 1_000 + 117), "one unit a LOL");
        assert!(earned(&mut chain, &sybils) <= 17 * 1_000 / total, "and no more of the rewards");
        let after = earned(&mut chain, &names);
        // Who has nine tenths alone is above the cap with and without them.
        assert!(
            honest == 1 || after + 20 >= before,
            "{honest} honest earned {before} of a thousand, then {after}"
        );
    }
}

#[test]
fn splitting_changes_no_power() {
    // One validator of 900 LOL beside nine of 100, or the same stake as nine of 100.
    let share = |parts: usize| {
        let mut chain = Chain::set(&numbered("v", 10).iter().map(String::as_str).collect::<Vec<_>>(), plain);
        let mine = numbered("s", parts);
        mine.iter().for_each(|name| create(&mut chain, name, 900 * LOL / parts as u64));
        chain.run(5);
        let total: u64 = chain.powers.values().sum();
        (power_of(&chain, &mine), total, earned(&mut chain, &mine))
    };
    let (whole, split) = (share(1), share(9));
    assert_eq!((whole.0, whole.1), (split.0, split.1));
    // In one hand it earns as if at the cap; in nine it earns what its stake is worth and not a unit more.
    assert!(whole.2 < split.2 && split.2 <= 900 * 1_000 / 1_900, "{whole:?} {split:?}");
}

#[test]
fn what_is_above_the_cap_on_rewards_goes_to_the_treasury() {
    let names = numbered("w", 20);
    let mut chain = Chain::set(&names.iter().map(String::as_str).collect::<Vec<_>>(), plain);
    chain.delegate("u0", "w0", 900 * LOL);
    chain.run(4);
    // 1,000 of 2,900 LOL: so many votes, and a tenth of the rewards.
    assert_eq!((chain.powers[&key("w0").0], chain.powers.values().sum::<u64>()), (1_000, 2_900));
    let (treasury, rewards) = (chain.treasury(), chain.balance(&chortle_staking::escrow::REWARDS));
    let coin = Coin { asset: AssetId::NATIVE, amount: amount(29 * LOL) };
    chain
        .act(Origin::Protocol, |ctx| chortle_token::transfer(ctx, &who("u5"), &protocol::FEES, coin))
        .unwrap();
    chain.run(1);
    assert_eq!(
        chain.balance(&chortle_staking::escrow::REWARDS) - rewards,
        21_900_000_000,
        "19 and a tenth of 29"
    );
    assert_eq!(chain.treasury() - treasury, 7_100_000_000);
}

#[test]
fn a_seat_needs_the_least_stake() {
    let mut chain = Chain::set(&VALIDATORS, |params| params["seat_min"] = (100 * LOL).to_string().into());
    create(&mut chain, "s0", 100 * LOL - 1);
    chain.run(1);
    assert!(!chain.powers.contains_key(&key("s0").0), "one nlol too few");
    chain.delegate("u1", "s0", 1);
    chain.run(1);
    assert!(chain.powers.contains_key(&key("s0").0));
    chain.undelegate("u1", "s0", 1);
    chain.run(1);
    assert!(!chain.powers.contains_key(&key("s0").0), "and it leaves when it falls below");
}

/// For every subset of the members, its share of the power is at most its share of the stake, and one unit a member.
#[test]
fn no_subset_has_more_power_than_stake() {
    let mut seed = 77;
    for round in 0..20u64 {
        let names = numbered("w", 2 + round as usize % 9);
        let mut chain = Chain::set(&names.iter().map(String::as_str).collect::<Vec<_>>(), plain);
        for name in &names {
            let scale = [5, LOL, 800 * LOL][random(&mut seed, 3) as usize];
            let nlol = 1 + random(&mut seed, scale);
            chain.delegate(name, name, nlol);
        }
        chain.run(1);
        let rows: Vec<(u128, u128)> = names
            .iter()
            .map(|name| (u128::from(chain.powers[&key(name).0]), u128::from(chain.tokens(name))))
            .collect();
        let total = rows.iter().fold((0, 0), |sum, row| (sum.0 + row.0, sum.1 + row.1));
        for subset in 0u32..1 << rows.len() {
            let members = rows.iter().enumerate().filter(|(index, _)| subset >> index & 1 == 1);
            let part = members.fold((0, 0), |sum, (_, row)| (sum.0 + row.0, sum.1 + row.1));
            // part.0 / total.0 <= part.1 / total.1 + members / total.0
            assert!(
                part.0 * total.1 <= part.1 * total.0 + rows.len() as u128 * total.1,
                "{rows:?} {subset:b}"
            );
        }
    }
}

#[test]
fn a_section_out_of_bounds_is_refused() {
    let outs = [
        ("seat_min", "999999999".into()),
        ("block_slowest_ms", 5_999.into()),
        ("validators_max", 501.into()),
        ("window_blocks", 200_001.into()),
        ("entries_max", 65.into()),
        ("mature_per_block", 2_001.into()),
        ("restake_per_block", 1_001.into()),
        ("reward_cap_bps", 0.into()),
        ("downtime_jail_ms", 0.into()),
    ];
    for (name, value) in outs {
        let value: serde_json::Value = value;
        let section = section(&VALIDATORS, |params| params[name] = value.clone());
        let section: chortle_staking::Genesis = serde_json::from_value(section).unwrap();
        let refused = section.validate().expect_err(name);
        assert!(refused.to_string().contains(name), "{refused}");
    }
}

fn take(chain: &mut Chain) -> (u64, u64) {
    let bonded = chain.act(Origin::Protocol, snapshot::take).unwrap();
    (chain.block.height, bonded.base_units())
}

fn release(chain: &mut Chain, height: u64) {
    snapshot::release(&mut chain.state, height).unwrap();
}

/// Shares of u0 at v0 and v1 today.
fn shares(chain: &Chain) -> [u128; 2] {
    ["v0", "v1"].map(|at| chain.held("u0", at).map_or(0, |held| held.shares.0))
}

/// The same at a snapshot.
fn shares_at(chain: &Chain, height: u64) -> [u128; 2] {
    let rows = snapshot::delegations_at(&chain.state, &who("u0"), height, 2).unwrap().unwrap();
    ["v0", "v1"].map(|at| rows.iter().find(|row| row.0 == who(at)).map_or(0, |row| row.1))
}

fn standing_at(chain: &Chain, name: &str, height: u64) -> Option<Standing> {
    snapshot::member_at(&chain.state, &who(name), height).unwrap()
}

#[test]
fn a_snapshot_tells_stake_as_it_stood_whatever_happens_after() {
    let mut chain = Chain::new();
    chain.delegate("u0", "v0", 100 * LOL);
    chain.run(3);
    let (first, bonded) = take(&mut chain);
    assert_eq!(bonded, 500 * LOL);
    let at_first = (shares(&chain), standing_at(&chain, "v0", first));
    assert_eq!(at_first.1.map(|standing| standing.tokens), Some(amount(200 * LOL)));

    chain.undelegate("u0", "v0", 40 * LOL);
    chain.delegate("u0", "v1", 7 * LOL);
    chain.run(2);
    let (second, bonded) = take(&mut chain);
    assert_eq!(bonded, 467 * LOL);
    let at_second = (shares(&chain), standing_at(&chain, "v0", second));

    chain.undelegate("u0", "v0", 60 * LOL);
    chain.delegate("u0", "v1", LOL);
    chain.delegate("u0", "v1", LOL);
    chain.send(who("u0"), &msg::ClaimRewards { validator: None, after: None }).unwrap();
    assert!(chain.held("u0", "v0").is_none(), "nothing is left but what was kept");
    chain.run(2);
    let (third, _) = take(&mut chain);
    for (height, expected) in [
        (first - 1, at_first),
        (first, at_first),
        (first + 1, at_second),
        (second, at_second),
        (third, (shares(&chain), standing_at(&chain, "v0", third))),
    ] {
        assert_eq!((shares_at(&chain, height), standing_at(&chain, "v0", height)), expected, "{height}");
    }
    assert_ne!(shares(&chain), at_second.0);
    assert_eq!(standing_at(&chain, "v0", third).unwrap().tokens, amount(100 * LOL));
    let most = |max: usize| snapshot::delegations_at(&chain.state, &who("u0"), first, max).unwrap();
    assert!(most(1).is_none() && most(2).is_some(), "what was left counts among what is looked at");
    assert_eq!(standing_at(&chain, "nobody", first), None);
}

#[test]
fn who_was_in_the_set_votes_and_who_came_later_does_not() {
    let mut chain = Chain::new();
    chain.run(3);
    let (height, _) = take(&mut chain);
    create(&mut chain, "late", 50 * LOL);
    chain.undelegate("v3", "v3", 100 * LOL);
    chain.run(2);
    assert!(chain.validator("late").bonded && !chain.validator("v3").bonded);
    assert_eq!(standing_at(&chain, "late", height), None);
    assert_eq!(standing_at(&chain, "v3", height).map(|standing| standing.tokens), Some(amount(100 * LOL)));
    let (height, bonded) = take(&mut chain);
    assert_eq!(bonded, 350 * LOL);
    assert!(standing_at(&chain, "late", height).is_some() && standing_at(&chain, "v3", height).is_none());
    (0..25).for_each(|_| chain.next(Some("v2"), vec![]));
    let (height, _) = take(&mut chain);
    assert!(chain.validator("v2").jailed && chain.validator("v2").shares.0 > 0);
    assert_eq!(standing_at(&chain, "v2", height), None, "stake outside the set has no vote");
}

#[test]
fn who_has_rewards_alone_has_nothing_to_take_away() {
    let mut chain = Chain::new();
    chain.delegate("u0", "v0", 100 * LOL);
    chain.run(3);
    chain.undelegate("u0", "v0", 100 * LOL);
    assert!(chain.held("u0", "v0").is_some_and(|held| held.shares.0 == 0 && !held.pending.is_zero()));
    let again = chain.send(who("u0"), &msg::Undelegate { validator: who("v0"), amount: amount(1) });
    assert_eq!(again, Err("no_delegation"));
}

#[test]
fn what_moved_stake_owes_has_no_vote() {
    let mut chain = Chain::new();
    chain.delegate("u0", "v0", 100 * LOL);
    chain.run(5);
    let fault = chain.block.height;
    chain.redelegate("u0", "v0", "v1", 30 * LOL);
    chain.next(None, vec![]);
    let evidence = chain.evidence("v0", fault);
    chain.next(None, vec![evidence]);
    chain.run(1);
    let v1 = chain.validator("v1");
    assert!(!v1.owed.is_zero());
    let votes = v1.tokens.checked_sub(v1.owed).unwrap();
    let (height, bonded) = take(&mut chain);
    assert_eq!(bonded, chain.balance(&escrow::BONDED) - v1.owed.base_units());
    assert_eq!(standing_at(&chain, "v1", height).map(|standing| standing.tokens), Some(votes));
}

#[test]
fn a_snapshot_lives_as_long_as_somebody_asks_and_leaves_nothing() {
    let kept = |chain: &Chain| {
        (
            state::SNAPSHOT.iter(&chain.state, Order::Ascending).count(),
            state::SHARES_THEN.iter(&chain.state, Order::Ascending).count(),
        )
    };
    let mut chain = Chain::new();
    chain.delegate("u0", "v0", 100 * LOL);
    chain.run(3);
    let (first, bonded) = take(&mut chain);
    chain.delegate("u1", "v0", LOL);
    assert_eq!(take(&mut chain), (first, bonded), "one height has one total");
    chain.run(1);
    let (second, _) = take(&mut chain);
    chain.delegate("u0", "v0", LOL);
    chain.run(1);
    assert_eq!(kept(&chain), (2, 2));
    release(&mut chain, first);
    chain.run(1);
    assert_eq!(kept(&chain), (2, 2), "the other one still asks");
    release(&mut chain, 1_000);
    release(&mut chain, first);
    chain.run(1);
    assert_eq!(kept(&chain), (1, 1), "what the second needs stays");
    let (third, _) = take(&mut chain);
    chain.delegate("u0", "v0", LOL);
    release(&mut chain, third);
    assert_eq!(state::SWEEP_AFTER.get(&chain.state).unwrap(), None, "an older one may need what is kept");
    release(&mut chain, second);
    chain.run(1);
    assert_eq!(kept(&chain), (0, 0));
    assert_eq!(state::SWEEP_AFTER.get(&chain.state).unwrap(), None);
    chain.delegate("u0", "v0", LOL);
    assert_eq!(kept(&chain), (0, 0), "nobody asks");
}

#[test]
fn more_rows_than_one_block_forgets_are_forgotten_all_the_same() {
    let kept = |chain: &Chain| state::SHARES_THEN.iter(&chain.state, Order::Ascending).count();
    let names: Vec<String> = (0..70).map(|number| format!("d{number}")).collect();
    let mut chain = Chain::new();
    chain.run(1);
    let (height, _) = take(&mut chain);
    for name in &names {
        fund(&mut chain, name, LOL);
        chain.delegate(name, "v0", LOL);
    }
    assert_eq!(kept(&chain), 70);
    release(&mut chain, height);
    chain.run(1);
    assert_eq!(kept(&chain), 6, "64 a block");
    chain.run(1);
    assert_eq!(kept(&chain), 0);
}

#[test]
fn a_validator_is_shown_as_it_stands() {
    let shown = |chain: &Chain, name: &str| {
        let query = chortle_staking::MODULE.queries.iter().find(|query| query.name == "validator").unwrap();
        let (height, time_unix_ms) = (chain.block.height, chain.block.time_unix_ms);
        let view = View { state: &chain.state, height, time_unix_ms, epoch: chain.block.epoch };
        let shown = (query.run)(json!({ "validator": who(name) }), view).unwrap();
        shown["status"].as_str().unwrap().to_owned()
    };
    let mut chain = Chain::new();
    (0..25).for_each(|_| chain.next(Some("v2"), vec![]));
    let evidence = chain.evidence("v1", chain.block.height - 1);
    chain.next(None, vec![evidence]);
    chain.undelegate("v3", "v3", 99 * LOL + LOL / 2);
    chain.run(2);
    let v3 = chain.validator("v3");
    let expected = if v3.jailed { "jailed" } else { "unbonding" };
    for (name, status) in [("v0", "bonded"), ("v1", "tombstoned"), ("v2", "jailed"), ("v3", expected)] {
        assert_eq!(shown(&chain, name), status, "{name}");
    }
}
