//! Stake that moved, left, or jailed itself answers at once, and nobody answers for another.

mod common;

use chortle_kernel::{AssetId, Coin, Order, Origin, View, block::Misbehavior};
use chortle_staking::{msg, slash, state, types::FaultKind};
use chortle_token::protocol;
use common::*;

/// No issuance, no tax, no burn: what a block shares is what was paid into it.
fn plain(params: &mut serde_json::Value) {
    for name in ["issuance_min_bps", "issuance_max_bps", "issuance_change_bps", "tax_bps", "fee_burn_bps"] {
        params[name] = 0.into();
    }
}

fn long(params: &mut serde_json::Value) {
    plain(params);
    params["unbonding_ms"] = 100_000.into();
}

fn fees(chain: &mut Chain, nlol: u64) {
    let coin = Coin { asset: AssetId::NATIVE, amount: amount(nlol) };
    chain
        .act(Origin::Protocol, |ctx| chortle_token::transfer(ctx, &who("u5"), &protocol::FEES, coin))
        .unwrap();
}

fn claim(chain: &mut Chain, user: &str) -> u64 {
    let before = chain.nlol(user);
    let _ = chain.send(who(user), &msg::ClaimRewards { validator: None, after: None });
    chain.nlol(user) - before
}

#[test]
fn power_falls_in_the_block_of_the_slash_wherever_the_stake_went() {
    let mut chain = Chain::set(&VALIDATORS, |params| {
        long(params);
        params["evidence_ppb"] = 500_000_000.into();
    });
    chain.delegate("u0", "v0", 900 * LOL);
    chain.run(5);
    let fault = chain.block.height;
    chain.redelegate("u0", "v0", "v1", 900 * LOL);
    chain.run(4);
    assert_eq!(chain.powers[&key("v1").0], 1_000);
    let evidence = chain.evidence("v0", fault);
    chain.next(None, vec![evidence]);
    chain.end();
    assert_eq!(chain.powers[&key("v1").0], 550, "nobody touched the pair");
    assert_eq!(chain.tokens("v1"), 1_000 * LOL, "it is taken when the pair is touched");
    chain.begin(&[], vec![]);
    chain.delegate("u0", "v1", 1);
    assert_eq!((chain.tokens("v1"), chain.validator("v1").owed.base_units()), (550 * LOL + 1, 0));
    chain.run(1);
    assert_eq!(chain.powers[&key("v1").0], 550);
}

#[test]
fn what_is_owed_earns_nothing_from_the_slash_on() {
    let mut chain = Chain::set(&VALIDATORS, |params| {
        long(params);
        params["evidence_ppb"] = 1_000_000_000.into();
    });
    chain.delegate("u0", "v0", 100 * LOL);
    chain.run(5);
    let fault = chain.block.height;
    chain.redelegate("u0", "v0", "v1", 100 * LOL);
    chain.run(5);
    fees(&mut chain, 100 * LOL);
    chain.run(1);
    let evidence = chain.evidence("v0", fault);
    chain.next(None, vec![evidence]);
    let earned = {
        let mut before = Chain::set(&VALIDATORS, long);
        before.delegate("u0", "v0", 100 * LOL);
        before.run(5);
        before.redelegate("u0", "v0", "v1", 100 * LOL);
        before.run(5);
        fees(&mut before, 100 * LOL);
        before.run(1);
        claim(&mut before, "u0")
    };
    // All of it is lost: more fees bring it nothing, what it earned before stays its own.
    fees(&mut chain, 100 * LOL);
    chain.run(3);
    let treasury = chain.treasury();
    assert_eq!(claim(&mut chain, "u0"), earned);
    assert!(chain.treasury() > treasury, "what its shares were given since is the treasury's");
    assert_eq!(chain.held("u0", "v1"), None);
}

#[test]
fn nobody_moves_out_of_a_tombstoned_validator() {
    let mut chain = Chain::set(&VALIDATORS, long);
    chain.delegate("u0", "v0", 900 * LOL);
    chain.run(5);
    let evidence = chain.evidence_of("v0", chain.block.height, 40);
    chain.next(None, vec![evidence]);
    let moved = msg::Redelegate { source: who("v0"), destination: who("v1"), amount: amount(LOL) };
    assert_eq!(chain.send(who("u0"), &moved), Err("tombstoned"));
    chain.run(40);
    assert_eq!(chain.send(who("u0"), &moved), Err("tombstoned"), "nor after its window");
    assert_eq!(chain.tokens("v0"), 0);
}

#[test]
fn out_for_good_is_no_date_and_rows_name_the_key_and_its_address() {
    let mut chain = Chain::set(&VALIDATORS, long);
    chain.run(5);
    let shown = |chain: &Chain| {
        let kind = chortle_staking::query::QUERIES.iter().find(|kind| kind.name == "validator").unwrap();
        let (height, time_unix_ms, epoch) = (chain.block.height, chain.block.time_unix_ms, chain.block.epoch);
        let view = View { state: &chain.state, height, time_unix_ms, epoch };
        (kind.run)(serde_json::json!({ "validator": who("v0") }), view).unwrap()
    };
    assert_eq!(shown(&chain)["jailed_until_unix_ms"], serde_json::Value::Null, "nothing holds it");
    let evidence = chain.evidence_of("v0", chain.block.height, 40);
    chain.next(None, vec![evidence]);
    assert_eq!(shown(&chain)["jailed_until_unix_ms"], serde_json::Value::Null, "no date will free it");
    let kind = chortle_staking::event::EVENTS.iter().find(|kind| kind.kind == "staking.jailed").unwrap();
    let told = chain.events.iter().find(|event| event.kind == kind.kind).expect("it is told");
    let told = (kind.to_json)(&told.body).unwrap();
    assert_eq!((&told["until_unix_ms"], &told["tombstoned"]), (&serde_json::Value::Null, &true.into()));
    let address = format!("0x{}", hex::encode(key("v0").address()));
    assert_eq!(
        (&shown(&chain)["consensus_address"], &shown(&chain)["key"]),
        (&address.into(), &serde_json::json!(key("v0")))
    );
}

#[test]
fn leaving_after_the_tombstone_costs_what_staying_costs() {
    for (percent, kept) in [(20, 640), (40, 0)] {
        let mut chain = Chain::set(&VALIDATORS, long);
        chain.delegate("u0", "v0", 400 * LOL);
        chain.delegate("u1", "v0", 500 * LOL);
        chain.run(5);
        let evidence = chain.evidence_of("v0", chain.block.height, percent);
        chain.next(None, vec![evidence]);
        let before = chain.nlol("u0");
        // All that the first slash left of it.
        chain.undelegate("u0", "v0", 380 * LOL);
        chain.run(130);
        let found = chain.nlol("u0") - before;
        assert!(found.abs_diff(400 * LOL / 1_000 * kept) <= 2, "{percent} %: {found}");
        assert!(
            chain.tokens("v0").abs_diff(600 * LOL / 1_000 * kept) <= 2,
            "{percent} %: {}",
            chain.tokens("v0")
        );
    }
}

#[test]
fn evidence_does_not_outlive_the_unbonding() {
    // Blocks of one and a half seconds, as the default of the engine gives them.
    let mut chain = Chain::set(&VALIDATORS, plain);
    chain.delegate("u0", "v0", 900 * LOL);
    let slow = |chain: &mut Chain, blocks: u64| {
        for _ in 0..blocks {
            chain.block.time_unix_ms += 500;
            chain.run(1);
        }
    };
    slow(&mut chain, 5);
    let (height, time_unix_ms) = (chain.block.height, chain.block.time_unix_ms);
    chain.undelegate("u0", "v0", 900 * LOL);
    slow(&mut chain, 15);
    assert_eq!(chain.nlol("u0"), 1_000 * LOL, "paid in full");
    let evidence = Misbehavior { time_unix_ms, ..chain.evidence("v0", height) };
    chain.next(None, vec![evidence]);
    assert_eq!(chain.tokens("v0"), 100 * LOL, "it came too late for all alike");
}

#[test]
fn nobody_pays_more_than_the_slashed_fraction_of_what_he_had() {
    // A chain that stood still: time is up for him who left, and the evidence is young by blocks.
    let mut chain = Chain::set(&VALIDATORS, plain);
    chain.delegate("u0", "v0", 900 * LOL);
    chain.run(5);
    let fault = chain.block.height;
    chain.undelegate("u0", "v0", 900 * LOL);
    chain.block.time_unix_ms += 60_000;
    chain.run(2);
    assert_eq!(chain.nlol("u0"), 1_000 * LOL);
    let evidence = chain.evidence("v0", fault);
    chain.next(None, vec![evidence]);
    assert_eq!(chain.tokens("v0"), 95 * LOL);
}

#[test]
fn downtime_is_not_dodged_by_leaving_the_set() {
    // It never signs, and is out of the set for a while before each window is full.
    for taken_back in [false, true] {
        let mut chain = Chain::set(&VALIDATORS, long);
        chain.run(3);
        for block in 0..100u64 {
            if block % 9 == 8 && !chain.validator("v2").jailed {
                let created_height = chain.block.height;
                let out = chain.tokens("v2") - LOL + 1;
                chain.undelegate("v2", "v2", out);
                assert!(chain.validator("v2").jailed);
                chain.next(Some("v2"), vec![]);
                chain.send(who("v2"), &msg::Delegate { validator: who("v2"), amount: amount(LOL) }).unwrap();
                assert_eq!(chain.send(who("v2"), &msg::Unjail {}), Err("jailed_until"), "a jail lasts");
                (0..3).for_each(|_| chain.next(Some("v2"), vec![]));
                chain.send(who("v2"), &msg::Unjail {}).unwrap();
                if taken_back {
                    let amount = amount(out);
                    let message = msg::CancelUnbonding { validator: who("v2"), created_height, amount };
                    chain.send(who("v2"), &message).unwrap();
                }
            }
            chain.next(Some("v2"), vec![]);
        }
        let faults = state::FAULT.iter(&chain.state, Order::Ascending).count();
        assert!(faults > 0, "punished for it");
    }
}

#[test]
fn what_is_taken_back_leaves_no_row_in_the_queue() {
    let mut chain = Chain::new();
    chain.delegate("u0", "v0", 100 * LOL);
    for _ in 0..50 {
        let created_height = chain.block.height;
        chain.undelegate("u0", "v0", 2);
        for _ in 0..2 {
            let message = msg::CancelUnbonding { validator: who("v0"), created_height, amount: amount(1) };
            chain.send(who("u0"), &message).unwrap();
        }
    }
    assert_eq!(state::QUEUE.iter(&chain.state, Order::Ascending).count(), 0);
}

#[test]
fn windows_close_a_few_at_a_time_and_all_of_them() {
    let names: Vec<String> = (0..40).map(|number| format!("w{number}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let mut chain = Chain::set(&names, plain);
    chain.run(11);
    let height = chain.block.height;
    let evidence = names[..39].iter().map(|name| chain.evidence_of(name, height, 1)).collect();
    chain.next(None, evidence);
    let open = |chain: &Chain| {
        let rows = state::OFFENCE.iter(&chain.state, Order::Ascending);
        rows.filter(|row| !row.as_ref().unwrap().1.closed).count()
    };
    let mut last = open(&chain);
    assert_eq!(last, 39);
    while last > 0 {
        chain.run(1);
        assert!(last - open(&chain) <= 16);
        last = open(&chain);
        assert!(chain.block.height < 60);
    }
    // 39 % of the set: all is lost, whether it closed first or last.
    assert!(names[..39].iter().all(|name| chain.tokens(name) == 0));
}

#[test]
fn a_module_punishes_by_consensus_address() {
    let mut chain = Chain::set(&VALIDATORS, plain);
    chain.run(5);
    let charge = slash::Charge { kind: FaultKind::Duty, height: 4, fraction_ppb: 100_000_000 };
    let punish = |chain: &mut Chain, name: &str, charge| {
        let address = key(name).address();
        chain.act(Origin::Protocol, |ctx| slash::punish(ctx, &address, charge)).unwrap()
    };
    assert!(punish(&mut chain, "v0", charge));
    assert_eq!((chain.tokens("v0"), chain.validator("v0").tombstoned), (90 * LOL, true));
    assert!(!punish(&mut chain, "v0", charge), "once");
    assert!(!punish(&mut chain, "nobody", charge));
    let down = slash::Charge { kind: FaultKind::Downtime, height: 4, fraction_ppb: 10_000_000 };
    assert!(punish(&mut chain, "v1", down));
    let v1 = chain.validator("v1");
    assert_eq!((chain.tokens("v1"), v1.jailed, v1.tombstoned), (99 * LOL, true, false));
    assert!(!punish(&mut chain, "v1", down), "who is jailed is not watched");
    chain.check();
}

fn supply(chain: &Chain) -> u64 {
    chortle_token::supply(&chain.state, AssetId::NATIVE).unwrap().base_units()
}

#[test]
fn a_chain_that_stood_still_issues_for_an_hour() {
    let issued = |stood_ms: u64| {
        let mut chain = Chain::set(&VALIDATORS, |params| {
            plain(params);
            params["issuance_min_bps"] = 1_000.into();
            params["issuance_max_bps"] = 1_000.into();
        });
        chain.run(5);
        let before = supply(&chain);
        chain.block.time_unix_ms += stood_ms - 1_000;
        chain.run(1);
        supply(&chain) - before
    };
    let hour = issued(3_600_000);
    assert!(hour > 0 && issued(3_599_000) < hour);
    assert_eq!(issued(86_400_000), hour);
}

#[test]
fn issuance_rises_below_the_target_and_falls_above_it() {
    for (target_bps, rises) in [(10_000, true), (1, false)] {
        let mut chain = Chain::set(&VALIDATORS, |params| {
            params["issuance_min_bps"] = 0.into();
            params["issuance_max_bps"] = 100_000.into();
            params["issuance_change_bps"] = 10_000.into();
            params["bonded_target_bps"] = target_bps.into();
        });
        let mut issuance = state::ISSUANCE.get(&chain.state).unwrap().unwrap();
        issuance.rate = 50_000_000_000;
        state::ISSUANCE.set(&mut chain.state, &issuance);
        chain.run(5);
        let rate = state::ISSUANCE.get(&chain.state).unwrap().unwrap().rate;
        assert_eq!((rate > 50_000_000_000, rate < 50_000_000_000), (rises, !rises), "{target_bps}");
    }
}

#[test]
fn what_a_division_leaves_is_carried_to_the_next_block() {
    // 10^17 shares of a validator, and one nlol a block to share: no block alone moves an index of 2^-64 evenly.
    let mut chain = Chain::set(&["v0"], plain);
    chain.delegate("u0", "v0", 7);
    chain.run(3);
    let shares = chain.validator("v0").shares.0;
    let (mut sum, start) =
        (0u128, state::EARNINGS.get(&chain.state, &who("v0")).unwrap().unwrap_or_default());
    for _ in 0..100 {
        fees(&mut chain, 13);
        chain.run(1);
        // A tenth is commission, rounded down.
        sum += 12 << 64;
    }
    let end = state::EARNINGS.get(&chain.state, &who("v0")).unwrap().unwrap();
    let total = sum + start.index.0 * shares + start.carry.0;
    assert_eq!((end.index.0, end.carry.0), (total / shares, total % shares));
}

#[test]
fn a_proof_for_another_chain_is_refused() {
    let mut chain = Chain::new();
    let message = msg::RotateKey { key: key("v0 later"), proof: proof("v0 later", &who("v0")) };
    chain.block.chain_id = "d".into();
    assert_eq!(chain.send(who("v0"), &message), Err("bad_proof"));
    chain.block.chain_id = CHAIN_ID.into();
    assert_eq!(chain.send(who("v0"), &message), Ok(()));
}

#[test]
fn rewards_and_commission_go_to_the_withdraw_address() {
    let mut chain = Chain::set(&VALIDATORS, plain);
    chain.send(who("v0"), &msg::SetWithdrawAddress { to: who("u1") }).unwrap();
    chain.run(3);
    fees(&mut chain, 100 * LOL);
    chain.run(1);
    let (own, other) = (chain.nlol("v0"), chain.nlol("u1"));
    chain.send(who("v0"), &msg::ClaimRewards { validator: None, after: None }).unwrap();
    let rewards = chain.nlol("u1") - other;
    chain.send(who("v0"), &msg::ClaimCommission {}).unwrap();
    assert!(rewards > 0 && chain.nlol("u1") - other > rewards);
    assert_eq!(chain.nlol("v0"), own);
    chain.send(who("v0"), &msg::SetWithdrawAddress { to: who("v0") }).unwrap();
    assert_eq!(state::WITHDRAW.iter(&chain.state, Order::Ascending).count(), 0);
}

#[test]
fn no_round_trip_pays_after_nearly_all_was_slashed() {
    let mut chain = Chain::set(&VALIDATORS, |params| {
        plain(params);
        params["downtime_ppb"] = 999_999_000.into();
        params["entries_max"] = 64.into();
        params["unbonding_ms"] = 1_000.into();
    });
    (0..16).for_each(|_| chain.next(Some("v2"), vec![]));
    assert_eq!(chain.tokens("v2"), 100_000);
    chain.delegate("v2", "v2", 2 * LOL);
    chain.send(who("v2"), &msg::Unjail {}).unwrap();
    let (before, mut seed) = (chain.nlol("u0"), 5);
    for round in 0..2_000u64 {
        let sum = amount(1 + random(&mut seed, 50));
        let validator = who("v2");
        let _ = match round % 2 {
            0 => chain.send(who("u0"), &msg::Delegate { validator, amount: sum }),
            _ => chain.send(who("u0"), &msg::Undelegate { validator, amount: sum }),
        };
        if round % 5 == 0 {
            chain.run(1);
        }
    }
    if let Some(held) = chain.held("u0", "v2") {
        let v2 = chain.validator("v2");
        let worth = held.shares.0 * u128::from(v2.tokens.base_units()) / v2.shares.0;
        let _ = chain.send(
            who("u0"),
            &msg::Undelegate { validator: who("v2"), amount: amount(u64::try_from(worth).unwrap()) },
        );
    }
    chain.run(5);
    assert!(chain.nlol("u0") <= before, "{} of {before}", chain.nlol("u0"));
}

#[test]
fn thousands_that_fall_due_together_are_paid_in_their_order_and_a_budget() {
    let mut chain = Chain::set(&VALIDATORS, plain);
    chain.checked = false;
    let names: Vec<String> = (0..2_500).map(|number| format!("d{number}")).collect();
    for name in &names {
        let coin = Coin { asset: AssetId::NATIVE, amount: amount(10) };
        chain
            .act(Origin::Protocol, |ctx| chortle_token::send(ctx, &who("u0"), &who(name), coin).map(drop))
            .unwrap();
        chain.delegate(name, "v0", 10);
        chain.undelegate(name, "v0", 10);
    }
    chain.run(20);
    let paid = |chain: &Chain| names.iter().take_while(|name| chain.nlol(name) == 10).count();
    let mut last = paid(&chain);
    for _ in 0..13 {
        chain.run(1);
        let now = paid(&chain);
        assert!(now - last <= 200, "a budget of 200: {last}, then {now}");
        last = now;
    }
    assert_eq!(last, names.len());
    chain.check();
}

#[test]
fn votes_of_strangers_and_of_any_power_do_not_halt() {
    let mut chain = Chain::new();
    chain.run(3);
    chain.end();
    chain.block.height += 1;
    let vote = |validator, power| chortle_kernel::block::Vote { validator, power, signed: true };
    chain.block.votes = vec![vote([9; 20], u64::MAX), vote([8; 20], 7), vote(key("v0").address(), u64::MAX)];
    chain.act(Origin::Protocol, |ctx| chortle_staking::MODULE.hooks.begin.unwrap()(ctx)).unwrap();
    chain.check();
}

#[test]
fn what_a_fault_costs_elsewhere_is_forgotten_when_nothing_answers_for_it_any_more() {
    let indexes = |chain: &Chain| state::INDEX_AT.iter(&chain.state, Order::Ascending).count();
    let mut chain = Chain::set(&VALIDATORS, plain);
    chain.delegate("u0", "v0", 100 * LOL);
    chain.delegate("u1", "v0", 100 * LOL);
    chain.run(5);
    let fault = chain.block.height;
    chain.redelegate("u0", "v0", "v1", 50 * LOL);
    chain.run(3);
    chain.redelegate("u1", "v0", "v1", 50 * LOL);
    let evidence = chain.evidence("v0", fault);
    chain.next(None, vec![evidence]);
    assert_eq!(indexes(&chain), 1);
    chain.run(90);
    assert_eq!(state::REDELEGATION.iter(&chain.state, Order::Ascending).count(), 0);
    assert_eq!(indexes(&chain), 0);
}
