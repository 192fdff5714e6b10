//! One refused row for every error, at least: the code is exact and nothing changes.

mod common;

use std::collections::{BTreeMap, BTreeSet};

use chortle_kernel::{Message, Reject, block::Misbehavior};
use chortle_staking::{ConsensusKey, msg, state, types::Wide};
use common::*;
use serde_json::{Value, json};

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Scene {
    /// v1 has rotated and announced, v2 is jailed, v3 is tombstoned; u1 and u3 have seven entries at v1, u2 has moved
    /// 5 LOL to v1, u4 was leaving v3.
    Busy,
    /// No validator in genesis.
    Empty,
    /// v2 lost its whole stake for downtime and is jailed; it never signed, so it earned nothing.
    Worthless,
    /// One share of v0 is worth 100 LOL.
    Dear,
}

fn busy() -> Chain {
    let mut chain = Chain::set(&VALIDATORS, |params| {
        params["downtime_jail_ms"] = 1_000_000.into();
        params["commission_min_bps"] = 500.into();
    });
    chain.delegate("u0", "v0", 10 * LOL);
    (0..16).for_each(|_| chain.next(Some("v2"), vec![]));
    for (user, at) in [("u1", "v1"), ("u2", "v0"), ("u3", "v0"), ("u4", "v3")] {
        chain.delegate(user, at, 10 * LOL);
    }
    chain.undelegate("u4", "v3", LOL);
    let rotate = msg::RotateKey { key: key("v1 later"), proof: proof("v1 later", &who("v1")) };
    chain.send(who("v1"), &rotate).unwrap();
    chain.redelegate("u2", "v0", "v1", 5 * LOL);
    for _ in 0..7 {
        chain.undelegate("u1", "v1", LOL);
        chain.redelegate("u3", "v0", "v1", LOL);
        chain.run(1);
    }
    let evidence = chain.evidence("v3", chain.block.height - 2);
    chain.next(None, vec![evidence]);
    chain.send(who("v1"), &msg::AnnounceCommission { rate_bps: 1_100 }).unwrap();
    assert!(chain.validator("v2").jailed && chain.validator("v3").tombstoned);
    chain
}

fn scene(scene: Scene) -> Chain {
    match scene {
        Scene::Busy => busy(),
        Scene::Empty => Chain::from(
            &(chortle_token::MODULE.genesis.default)(),
            &(chortle_staking::MODULE.genesis.default)(),
            &Chain::start(),
        ),
        Scene::Worthless => {
            let mut chain = Chain::set(&VALIDATORS, |params| params["downtime_ppb"] = 1_000_000_000.into());
            (0..16).for_each(|_| chain.next(Some("v2"), vec![]));
            assert_eq!((chain.tokens("v2"), chain.validator("v2").jailed), (0, true));
            chain
        }
        Scene::Dear => {
            let mut chain = Chain::new();
            let mut validator = chain.validator("v0");
            let mut held = chain.held("v0", "v0").unwrap();
            (validator.shares, held.shares) = (Wide(1), Wide(1));
            state::VALIDATOR.set(&mut chain.state, &who("v0"), &validator);
            state::DELEGATION.set(&mut chain.state, &(who("v0"), who("v0")), &held);
            chain.check();
            chain
        }
    }
}

/// A message as a value, so that a row can change one field of a good one.
fn send<M: Message + serde::de::DeserializeOwned>(
    chain: &mut Chain,
    from: &str,
    body: Value,
) -> Result<(), Reject> {
    let message: M = serde_json::from_value(body).unwrap();
    chain.send_or(who(from), &message)
}

fn created(operator: &str, with: &str, changes: Value) -> Value {
    let mut body = json!({
        "key": key(with), "proof": proof(with, &who(operator)), "self_bond": (2 * LOL).to_string(),
        "self_bond_min": LOL.to_string(), "commission_bps": 1_000, "ceiling_bps": 2_000, "step_bps": 100,
        "description": { "name": "New", "uri": "" },
    });
    for (field, value) in changes.as_object().unwrap() {
        body[field] = value.clone();
    }
    body
}

fn create(chain: &mut Chain, changes: Value) -> Result<(), Reject> {
    send::<msg::CreateValidator>(chain, "u5", created("u5", "new", changes))
}

fn stake(at: &str, nlol: u64) -> Value {
    json!({ "validator": who(at), "amount": nlol.to_string() })
}

fn delegate(chain: &mut Chain, from: &str, at: &str, nlol: u64) -> Result<(), Reject> {
    send::<msg::Delegate>(chain, from, stake(at, nlol))
}

fn undelegate(chain: &mut Chain, from: &str, at: &str, nlol: u64) -> Result<(), Reject> {
    send::<msg::Undelegate>(chain, from, stake(at, nlol))
}

fn redelegate(chain: &mut Chain, from: &str, source: &str, to: &str, nlol: u64) -> Result<(), Reject> {
    let body = json!({ "source": who(source), "destination": who(to), "amount": nlol.to_string() });
    send::<msg::Redelegate>(chain, from, body)
}

fn cancel(chain: &mut Chain, from: &str, at: &str, height: u64, nlol: u64) -> Result<(), Reject> {
    let body = json!({ "validator": who(at), "created_height": height, "amount": nlol.to_string() });
    send::<msg::CancelUnbonding>(chain, from, body)
}

fn announce(chain: &mut Chain, from: &str, rate_bps: u64) -> Result<(), Reject> {
    send::<msg::AnnounceCommission>(chain, from, json!({ "rate_bps": rate_bps }))
}

fn rotate(chain: &mut Chain, from: &str, to: &str, by: &str) -> Result<(), Reject> {
    send::<msg::RotateKey>(chain, from, json!({ "key": key(to), "proof": proof(to, &who(by)) }))
}

fn edit(chain: &mut Chain, from: &str, name: &str, uri: &str, min: u64) -> Result<(), Reject> {
    let body = json!({ "description": { "name": name, "uri": uri }, "self_bond_min": min.to_string() });
    send::<msg::EditValidator>(chain, from, body)
}

fn unjail(chain: &mut Chain, from: &str) -> Result<(), Reject> {
    send::<msg::Unjail>(chain, from, json!({}))
}

/// The height at which u4 began to leave v3, and u1's last entry at v1.
fn last_entry(chain: &Chain, user: &str, at: &str) -> u64 {
    let entries = state::UNBONDING.get(&chain.state, &(who(user), who(at))).unwrap().unwrap();
    entries.last().unwrap().created_height
}

type Act = fn(&mut Chain) -> Result<(), Reject>;
type Row = (Scene, &'static str, Act);

fn of_validators() -> Vec<Row> {
    use Scene::{Busy, Empty};
    vec![
        (Empty, "2 no_staking", |c| create(c, json!({}))),
        (Empty, "2 no_staking", |c| send::<msg::SetWithdrawAddress>(c, "u0", json!({ "to": who("u1") }))),
        (Busy, "3 unknown_validator", |c| edit(c, "u0", "Name", "", LOL)),
        (Busy, "3 unknown_validator", |c| announce(c, "u0", 1_000)),
        (Busy, "3 unknown_validator", |c| rotate(c, "u0", "new", "u0")),
        (Busy, "3 unknown_validator", |c| unjail(c, "u0")),
        (Busy, "3 unknown_validator", |c| send::<msg::ClaimCommission>(c, "u0", json!({}))),
        (Busy, "4 already_validator", |c| {
            send::<msg::CreateValidator>(c, "v0", created("v0", "new", json!({})))
        }),
        // Whoever was tombstoned cannot begin again under its own name.
        (Busy, "4 already_validator", |c| {
            send::<msg::CreateValidator>(c, "v3", created("v3", "new", json!({})))
        }),
        (Busy, "5 key_used", |c| send::<msg::CreateValidator>(c, "u5", created("u5", "v0", json!({})))),
        // A key that was rotated away, and one that was tombstoned.
        (Busy, "5 key_used", |c| send::<msg::CreateValidator>(c, "u5", created("u5", "v1", json!({})))),
        (Busy, "5 key_used", |c| send::<msg::CreateValidator>(c, "u5", created("u5", "v3", json!({})))),
        (Busy, "5 key_used", |c| rotate(c, "v0", "v3", "v0")),
        (Busy, "5 key_used", |c| rotate(c, "v0", "v0", "v0")),
        (Busy, "6 bad_proof", |c| create(c, json!({ "proof": "0x" }))),
        (Busy, "6 bad_proof", |c| create(c, json!({ "proof": proof("new", &who("u4")) }))),
        (Busy, "6 bad_proof", |c| rotate(c, "v0", "new", "u5")),
        (Busy, "7 self_bond_below_min", |c| create(c, json!({ "self_bond": "1" }))),
        (Busy, "7 self_bond_below_min", |c| create(c, json!({ "self_bond_min": (3 * LOL).to_string() }))),
        (Busy, "7 self_bond_below_min", |c| create(c, json!({ "self_bond_min": (LOL - 1).to_string() }))),
        (Busy, "7 self_bond_below_min", |c| edit(c, "v0", "Name", "", 101 * LOL)),
        (Busy, "8 commission_above_ceiling", |c| create(c, json!({ "commission_bps": 2_001 }))),
        (Busy, "8 commission_above_ceiling", |c| create(c, json!({ "ceiling_bps": 10_001 }))),
        (Busy, "8 commission_above_ceiling", |c| announce(c, "v0", 5_001)),
        (Busy, "9 commission_step", |c| announce(c, "v0", 1_101)),
        (Busy, "10 commission_below_min", |c| create(c, json!({ "commission_bps": 499 }))),
        (Busy, "10 commission_below_min", |c| announce(c, "v0", 499)),
        (Busy, "11 commission_announced", |c| announce(c, "v1", 1_001)),
        (Busy, "9 commission_step", |c| create(c, json!({ "step_bps": 10_001 }))),
        (Busy, "30 commission_changed_lately", |c| announce(c, "v1", 900)),
        (Busy, "12 name_out_of_rule", |c| {
            create(c, json!({ "description": { "name": "a\u{200b}b", "uri": "" } }))
        }),
        (Busy, "12 name_out_of_rule", |c| edit(c, "v0", "", "", LOL)),
        (Busy, "13 rotated_lately", |c| rotate(c, "v1", "new", "v1")),
        (Busy, "14 tombstoned", |c| rotate(c, "v3", "new", "v3")),
        (Busy, "14 tombstoned", |c| unjail(c, "v3")),
        (Busy, "15 not_jailed", |c| unjail(c, "v0")),
        (Busy, "16 jailed_until", |c| unjail(c, "v2")),
        (Busy, "28 self_bond_min_falls", |c| edit(c, "v0", "Name", "", LOL - 1)),
        (Busy, "29 uri_out_of_rule", |c| edit(c, "v0", "Name", "javascript:alert(1)", LOL)),
        (Busy, "29 uri_out_of_rule", |c| {
            create(c, json!({ "description": { "name": "New", "uri": "http://plain" } }))
        }),
    ]
}

fn of_delegators() -> Vec<Row> {
    use Scene::{Busy, Dear, Empty, Worthless};
    vec![
        (Busy, "1 zero_amount", |c| delegate(c, "u0", "v0", 0)),
        (Busy, "1 zero_amount", |c| undelegate(c, "u0", "v0", 0)),
        (Busy, "1 zero_amount", |c| redelegate(c, "u0", "v0", "v1", 0)),
        (Busy, "1 zero_amount", |c| cancel(c, "u1", "v1", 1, 0)),
        (Empty, "3 unknown_validator", |c| delegate(c, "u0", "v0", 1)),
        (Busy, "3 unknown_validator", |c| delegate(c, "u0", "u1", 1)),
        (Busy, "3 unknown_validator", |c| undelegate(c, "u0", "u1", 1)),
        (Busy, "3 unknown_validator", |c| redelegate(c, "u0", "v0", "u1", 1)),
        (Busy, "3 unknown_validator", |c| cancel(c, "u0", "u1", 1, 1)),
        (Busy, "14 tombstoned", |c| delegate(c, "u0", "v3", 1)),
        (Busy, "14 tombstoned", |c| delegate(c, "v3", "v3", 1)),
        (Busy, "14 tombstoned", |c| redelegate(c, "u0", "v0", "v3", 1)),
        (Busy, "14 tombstoned", |c| redelegate(c, "u4", "v3", "v0", 1)),
        (Busy, "14 tombstoned", |c| {
            let height = last_entry(c, "u4", "v3");
            cancel(c, "u4", "v3", height, 1)
        }),
        (Busy, "17 jailed", |c| delegate(c, "u0", "v2", 1)),
        (Busy, "17 jailed", |c| redelegate(c, "u0", "v0", "v2", 1)),
        (Worthless, "17 jailed", |c| cancel(c, "u0", "v2", 1, 1)),
        (Worthless, "18 worthless", |c| delegate(c, "v2", "v2", LOL)),
        (Worthless, "21 above_delegation", |c| undelegate(c, "v2", "v2", 1)),
        (Dear, "19 dust", |c| delegate(c, "u0", "v0", 100 * LOL - 1)),
        (Busy, "20 no_delegation", |c| undelegate(c, "u5", "v0", 1)),
        (Busy, "20 no_delegation", |c| redelegate(c, "u5", "v0", "v1", 1)),
        (Busy, "20 no_delegation", |c| {
            send::<msg::SetRestake>(c, "u5", json!({ "validator": who("v0"), "on": true }))
        }),
        (Busy, "21 above_delegation", |c| undelegate(c, "u0", "v0", 10 * LOL + 1)),
        (Busy, "21 above_delegation", |c| redelegate(c, "u0", "v0", "v1", 10 * LOL + 1)),
        (Busy, "22 too_many_entries", |c| undelegate(c, "u1", "v1", 1)),
        (Busy, "22 too_many_entries", |c| redelegate(c, "u3", "v0", "v1", 1)),
        (Busy, "23 no_unbonding", |c| cancel(c, "u0", "v0", 1, 1)),
        (Busy, "24 above_unbonding", |c| {
            let height = last_entry(c, "u1", "v1");
            cancel(c, "u1", "v1", height, LOL + 1)
        }),
        (Busy, "25 same_validator", |c| redelegate(c, "u0", "v0", "v0", 1)),
        (Busy, "26 immature", |c| redelegate(c, "u2", "v1", "v0", 1)),
        (Busy, "27 nothing_to_claim", |c| send::<msg::ClaimRewards>(c, "u5", json!({}))),
        (Busy, "27 nothing_to_claim", |c| {
            send::<msg::ClaimRewards>(c, "u0", json!({ "validator": who("u5") }))
        }),
        (Worthless, "27 nothing_to_claim", |c| send::<msg::ClaimCommission>(c, "v2", json!({}))),
    ]
}

#[test]
fn every_error_has_a_refused_row_that_leaves_no_trace() {
    let mut scenes: BTreeMap<Scene, Chain> = BTreeMap::new();
    let mut seen = BTreeSet::new();
    for (index, (at, expected, act)) in of_validators().into_iter().chain(of_delegators()).enumerate() {
        let chain = scenes.entry(at).or_insert_with(|| scene(at));
        let before = chain.state.writes().clone();
        let events = chain.events.len();
        let reject = act(chain).expect_err(&format!("row {index}: {expected}"));
        assert_eq!(
            (reject.codespace, format!("{} {}", reject.number, reject.name).as_str()),
            ("staking", expected),
            "row {index}"
        );
        assert!(*chain.state.writes() == before, "row {index}: {expected} left a trace");
        assert_eq!(chain.events.len(), events, "row {index}: {expected} told something");
        seen.insert(reject.number);
    }
    for row in chortle_staking::MODULE.errors {
        assert!(seen.contains(&row.number), "no refused row for {} {}", row.number, row.name);
    }
    assert_eq!(seen.len(), chortle_staking::MODULE.errors.len());
}

#[test]
fn more_than_the_balance_is_refused_by_the_ledger() {
    let mut chain = Chain::new();
    let before = chain.state.writes().clone();
    let reject = delegate(&mut chain, "u0", "v0", 1_001 * LOL).unwrap_err();
    assert_eq!((reject.codespace, reject.name), ("token", "insufficient_balance"));
    assert!(*chain.state.writes() == before);
}

#[test]
fn unjail_below_the_self_bond_is_refused_until_it_is_whole() {
    let mut chain = Chain::new();
    chain.undelegate("v2", "v2", 100 * LOL - LOL / 2);
    assert!(chain.validator("v2").jailed, "a self-bond below its least is jailed");
    chain.run(3);
    assert!(!chain.powers.contains_key(&key("v2").0));
    assert_eq!(unjail(&mut chain, "v2").unwrap_err().name, "self_bond_below_min");
    chain.delegate("v2", "v2", LOL / 2);
    unjail(&mut chain, "v2").unwrap();
    chain.run(1);
    assert!(!chain.validator("v2").jailed);
}

/// A state without what every block changes by itself.
fn stakes(chain: &Chain) -> Vec<(String, u64, bool)> {
    VALIDATORS
        .iter()
        .map(|name| ((*name).to_owned(), chain.tokens(name), chain.validator(name).tombstoned))
        .collect()
}

#[test]
fn evidence_stale_of_the_future_twice_or_of_nobody_does_nothing() {
    let mut chain = Chain::new();
    chain.run(30);
    let before = stakes(&chain);
    let height = chain.block.height;
    let stale = chain.evidence("v0", height - 21 - 1);
    let unknown = Misbehavior { validator: ConsensusKey([9; 32]).address(), ..chain.evidence("v0", height) };
    let future = chain.evidence("v1", height + 2);
    chain.next(None, vec![stale, unknown, future]);
    assert_eq!(stakes(&chain), before);
    // 200 pieces against one offender in one block cost it once.
    let evidence = chain.evidence("v0", height);
    chain.next(None, vec![evidence.clone(); 200]);
    chain.next(None, vec![evidence]);
    assert_eq!(chain.tokens("v0"), 95 * LOL);
    assert_eq!(state::FAULT.iter(&chain.state, chortle_kernel::Order::Ascending).count(), 1);
}

#[test]
fn evidence_is_stale_only_past_both_bounds() {
    // Twenty seconds of unbonding are three blocks of the slowest rate, and blocks come each second: time decides.
    for (age, acts) in [(20, true), (21, false)] {
        let mut chain = Chain::new();
        chain.run(30);
        let evidence = chain.evidence("v0", chain.block.height + 1 - age);
        chain.next(None, vec![evidence]);
        assert_eq!(chain.validator("v0").tombstoned, acts, "{age} blocks old");
    }
    // Old by time, young by blocks.
    let mut chain = Chain::new();
    chain.run(30);
    let evidence = Misbehavior { time_unix_ms: START, ..chain.evidence("v0", chain.block.height) };
    chain.next(None, vec![evidence]);
    assert!(chain.validator("v0").tombstoned);
}

#[test]
fn evidence_of_a_validator_long_gone_does_nothing() {
    let mut chain = Chain::new();
    chain.undelegate("v3", "v3", 100 * LOL);
    chain.run(25);
    assert_eq!(chain.tokens("v3"), 0);
    let evidence = chain.evidence("v3", chain.block.height - 3);
    chain.next(None, vec![evidence]);
    assert!(!chain.validator("v3").tombstoned, "nothing of it is bound any more");
}
