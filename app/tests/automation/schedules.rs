//! What a schedule does: once, as its owner, at its time, for what it paid ahead, and every way around that.

use chortle_kernel::{
    AssetId,
    gate::{Pause, Scope},
    tx::RawMessage,
};
use chortle_schedule::{
    Params, Queue, Schedule,
    state::{OPEN, READY, SCHEDULE},
};
use serde_json::{Value, json};

use crate::{
    chain::{Chain, GOLD, LOL, coin, pay, raw},
    common::address,
};

pub const HOUR_MS: u64 = 3_600_000;

/// A schedule of these messages at a time.
pub fn at(time_unix_ms: u64, messages: Vec<RawMessage>) -> Value {
    json!({ "messages": messages, "at_unix_ms": time_unix_ms, "price_max": 3 })
}

/// The same, so often.
pub fn again(time_unix_ms: u64, every_ms: u64, times: u64, messages: Vec<RawMessage>) -> Value {
    let mut body = at(time_unix_ms, messages);
    body["every_ms"] = every_ms.into();
    body["times"] = times.into();
    body
}

pub fn create(body: Value) -> RawMessage {
    raw("schedule", "create", body)
}

pub fn cancel(schedule: u64) -> RawMessage {
    raw("schedule", "cancel", json!({ "schedule": schedule }))
}

pub fn find(chain: &Chain, id: u64) -> Option<Schedule> {
    SCHEDULE.get(&chain.state, &id).unwrap()
}

fn escrow(chain: &Chain) -> u64 {
    chain.units(&chortle_schedule::types::SCHEDULES, 0)
}

fn deposit() -> u64 {
    Params::default().deposit.base_units()
}

#[test]
fn it_runs_once_as_its_owner_at_its_time_and_the_rest_comes_back() {
    let mut chain = Chain::new();
    let (start, paid) = (chain.nlol("bob"), |chain: &Chain| chain.fees.get("bob").copied().unwrap_or(0));
    let due = chain.time_unix_ms + 10_000;
    chain.ok("bob", vec![create(at(due, vec![pay("carol", 0, 70), pay("carol", 0, 7)]))]);
    let schedule = find(&chain, 1).unwrap();
    assert_eq!(escrow(&chain), deposit() + schedule.gas * 3);
    assert_eq!(chain.nlol("bob"), start - paid(&chain) - escrow(&chain));
    let carol = chain.nlol("carol");
    chain.time_unix_ms = due - 1;
    chain.pass(0);
    assert_eq!(chain.nlol("carol"), carol, "a millisecond before");
    chain.pass(1);
    assert_eq!(chain.nlol("carol"), carol + 77);
    // The chain's price is 1: of what it paid ahead it needed a third.
    assert_eq!(chain.nlol("bob"), start - paid(&chain) - schedule.gas - 77);
    assert_eq!((escrow(&chain), find(&chain, 1), OPEN.get(&chain.state).unwrap()), (0, None, None));
    let ran = &chain.told("schedule.ran")[0];
    assert_eq!((&ran["ticks"], &ran["failure"]), (&json!(1), &Value::Null));
    assert_eq!(chain.told("schedule.ended")[0]["cancelled"], false);
    for _ in 0..3 {
        chain.pass(1_000_000);
        assert_eq!(chain.nlol("carol"), carol + 77, "never again");
    }
}

#[test]
fn runs_that_were_missed_are_one_and_heights_count_like_times() {
    let mut chain = Chain::new();
    let (first, carol) = (chain.time_unix_ms + 10_000, chain.nlol("carol"));
    chain.ok("bob", vec![create(again(first, 5_000, 8, vec![pay("carol", 0, 1)]))]);
    let by_blocks = json!({
        "messages": [pay("carol", 0, 100)], "at_height": chain.height + 3, "every_blocks": 2, "times": 3, "price_max": 1,
    });
    chain.ok("bob", vec![create(by_blocks)]);
    chain.time_unix_ms = first - 2_000;
    let mut seen = Vec::new();
    for ms in [1_000, 1_000, 4_999, 1, 21_000, 1, 1_000_000, 1_000_000] {
        chain.pass(ms);
        let ticks: Vec<_> = chain
            .told("schedule.ran")
            .iter()
            .map(|ran| (ran["schedule"].clone(), ran["ticks"].clone()))
            .collect();
        seen.push(ticks);
    }
    let run = |schedule: u64, ticks: u64| (json!(schedule), json!(ticks));
    assert_eq!(
        seen,
        [
            vec![],
            vec![run(1, 1), run(2, 1)],
            vec![],
            vec![run(1, 1), run(2, 1)],
            vec![run(1, 4)],
            vec![run(2, 1)],
            vec![run(1, 2)],
            vec![],
        ]
    );
    assert_eq!(chain.nlol("carol"), carol + 4 + 300);
    assert_eq!((find(&chain, 1), find(&chain, 2), escrow(&chain)), (None, None, 0));
}

#[test]
fn cancelling_returns_all_of_it_and_to_its_owner_alone() {
    let mut chain = Chain::new();
    let due = chain.time_unix_ms + 50_000;
    let start = chain.nlol("bob");
    chain.ok("bob", vec![create(again(due, 5_000, 3, vec![pay("carol", 0, 1)]))]);
    assert_eq!(chain.send("carol", vec![cancel(1)]).unwrap_err(), "schedule.13");
    assert_eq!(chain.send("bob", vec![cancel(2)]).unwrap_err(), "schedule.12");
    chain.ok("bob", vec![cancel(1)]);
    assert_eq!(chain.nlol("bob"), start - chain.fees["bob"]);
    assert_eq!(chain.send("bob", vec![cancel(1)]).unwrap_err(), "schedule.12");
    let carol = chain.nlol("carol");
    chain.pass(1_000_000);
    assert_eq!((chain.nlol("carol"), escrow(&chain)), (carol, 0));
}

#[test]
fn what_is_refused_in_its_run_harms_nobody_else_and_is_not_tried_again() {
    let mut chain = Chain::new();
    let due = chain.time_unix_ms + 20_000;
    let carol = chain.nlol("carol");
    // The second message is refused, so the first leaves nothing.
    chain.ok("bob", vec![create(at(due, vec![pay("carol", 0, 5), pay("carol", GOLD, 5)]))]);
    chain.ok("bob", vec![create(again(due, 5_000, 2, vec![pay("carol", GOLD, 5)]))]);
    chain.ok("alice", vec![create(at(due, vec![pay("carol", GOLD, 9)]))]);
    let (bob, gas) = (chain.nlol("bob"), find(&chain, 1).unwrap().gas);
    chain.time_unix_ms = due;
    chain.pass(0);
    let ran = chain.told("schedule.ran");
    let failures: Vec<_> = ran.iter().map(|ran| ran["failure"].clone()).collect();
    assert_eq!(failures.iter().filter(|failure| **failure == "token.1").count(), 2, "{ran:?}");
    assert_eq!(failures.iter().filter(|failure| failure.is_null()).count(), 1);
    assert_eq!((chain.nlol("carol"), chain.units(&address("carol"), GOLD)), (carol, 9));
    assert_eq!(chain.nlol("bob"), bob + deposit() + 2 * gas, "it paid its gas at the chain's price");
    assert_eq!(find(&chain, 2).unwrap().failure.as_deref(), Some("token.1"));
    chain.ok("alice", vec![pay("bob", GOLD, 5)]);
    chain.pass(5_000);
    assert_eq!(chain.units(&address("carol"), GOLD), 14, "the next run is judged by itself");
}

#[test]
fn its_rights_are_those_of_its_owner_at_that_moment() {
    let mut chain = Chain::new();
    let due = chain.time_unix_ms + 50_000;
    let mint = raw("token", "mint", json!({ "to": address("bob"), "coin": coin(GOLD, 5) }));
    chain.ok("alice", vec![create(at(due, vec![mint]))]);
    let offer = raw("token", "offer_admin", json!({ "asset": "1", "to": address("carol") }));
    chain.ok("alice", vec![offer]);
    chain.ok("carol", vec![raw("token", "accept_admin", json!({ "asset": "1" }))]);
    chain.pass(100_000);
    assert_eq!(chain.told("schedule.ran")[0]["failure"], "token.17");
    // What no account may ever send is not scheduled at all.
    let spend = raw("governance", "spend", json!({ "to": address("bob"), "coin": coin(0, 1) }));
    let later = chain.time_unix_ms + 50_000;
    assert_eq!(chain.send("alice", vec![create(at(later, vec![spend]))]).unwrap_err(), "gate.1");
}

#[test]
fn times_and_sizes_that_cannot_be_are_refused() {
    let mut chain = Chain::new();
    let now = chain.time_unix_ms + 1_000;
    let one = || vec![pay("carol", 0, 1)];
    let base = |changes: Value| {
        let mut body = json!({ "messages": one(), "price_max": 1 });
        body.as_object_mut().unwrap().extend(changes.as_object().unwrap().clone());
        create(body)
    };
    let far = now + Params::default().ahead_ms;
    let height = chain.height + 1;
    let large = raw(
        "token",
        "multi_transfer",
        json!({
            "asset": "0",
            "recipients": (0..250).map(|n| json!({ "to": format!("0x{n:040x}"), "amount": "1" })).collect::<Vec<_>>(),
        }),
    );
    let many: Vec<_> = (0..60).map(|n| json!({ "to": format!("0x{n:040x}"), "amount": "1" })).collect();
    let dear = raw("token", "multi_transfer", json!({ "asset": "0", "recipients": many }));
    for (what, message, code) in [
        ("neither", base(json!({})), "schedule.1"),
        ("both", base(json!({ "at_unix_ms": now + 9, "at_height": 99 })), "schedule.1"),
        ("mixed", base(json!({ "at_unix_ms": now + 9, "every_blocks": 9, "times": 2 })), "schedule.1"),
        ("mixed", base(json!({ "at_height": 99, "every_ms": 9_000, "times": 2 })), "schedule.1"),
        ("no end", base(json!({ "at_unix_ms": now + 9, "every_ms": 9_000 })), "schedule.1"),
        ("no interval", base(json!({ "at_unix_ms": now + 9, "times": 2 })), "schedule.1"),
        ("never", base(json!({ "at_unix_ms": now + 9, "times": 0 })), "schedule.1"),
        ("too often", base(json!({ "at_height": 99, "every_blocks": 1, "times": 100_001 })), "schedule.1"),
        ("too fast", base(json!({ "at_unix_ms": now + 9, "every_ms": 999, "times": 2 })), "schedule.1"),
        ("nothing", base(json!({ "messages": [], "at_unix_ms": now + 9 })), "schedule.2"),
        ("too long", base(json!({ "messages": [large, large], "at_unix_ms": now + 9 })), "schedule.3"),
        ("now", base(json!({ "at_unix_ms": now })), "schedule.5"),
        ("this block", base(json!({ "at_height": height })), "schedule.5"),
        ("too far", base(json!({ "at_unix_ms": far + 1 })), "schedule.6"),
        (
            "too far in the end",
            base(json!({ "at_unix_ms": far - 1_000, "every_ms": 1_001, "times": 2 })),
            "schedule.6",
        ),
        ("too much gas", base(json!({ "messages": vec![dear; 3], "at_unix_ms": now + 9 })), "schedule.7"),
        ("too cheap", base(json!({ "at_unix_ms": now + 9, "price_max": 0 })), "schedule.8"),
        (
            "too dear",
            base(json!({ "at_unix_ms": now + 9, "price_max": 9_007_199_254_740_991_u64 })),
            "schedule.9",
        ),
        ("beyond the balance", base(json!({ "at_unix_ms": now + 9, "price_max": 100_000_000 })), "token.1"),
    ] {
        let mut chain = chain.clone();
        assert_eq!(chain.send("bob", vec![message]).unwrap_err(), code, "{what}");
        assert_eq!(escrow(&chain), 0, "{what}");
    }
    chain.ok("bob", vec![base(json!({ "at_unix_ms": far }))]);
}

#[test]
fn an_account_has_so_many_and_the_chain_too() {
    let mut chain = Chain::set(|sections| {
        sections["schedule"]["params"]["owner_max"] = 2.into();
        sections["schedule"]["params"]["open_max"] = 3.into();
    });
    let one = |chain: &Chain| create(at(chain.time_unix_ms + 90_000, vec![pay("carol", 0, 1)]));
    for _ in 0..2 {
        chain.ok("bob", vec![one(&chain)]);
    }
    let message = one(&chain);
    assert_eq!(chain.send("bob", vec![message]).unwrap_err(), "schedule.10");
    chain.ok("alice", vec![one(&chain)]);
    let message = one(&chain);
    assert_eq!(chain.send("dave", vec![message]).unwrap_err(), "schedule.11");
    chain.ok("bob", vec![cancel(2)]);
    chain.ok("dave", vec![one(&chain)]);
}

#[test]
fn nothing_runs_above_the_price_that_its_owner_named() {
    let mut chain = Chain::new();
    let due = chain.time_unix_ms + 50_000;
    chain.ok("bob", vec![create(at(due, vec![pay("carol", 0, 1)]))]);
    let (bob, schedule) = (chain.nlol("bob"), find(&chain, 1).unwrap());
    chain.set_params("app/params", &json!({ "gas_price_min": 4 }));
    let carol = chain.nlol("carol");
    chain.pass(100_000);
    let ran = &chain.told("schedule.ran")[0];
    assert_eq!((&ran["failure"], chain.nlol("carol")), (&json!("schedule.8"), carol));
    let fee: u64 = ran["fee"].as_str().unwrap().parse().unwrap();
    assert!(fee < schedule.gas * 3, "what the schedule itself takes, at the owner's price: {fee}");
    assert_eq!(chain.nlol("bob"), bob + deposit() + schedule.gas * 3 - fee);
}

#[test]
fn what_a_pause_stops_waits_by_the_hour_and_pays_nothing_meanwhile() {
    let mut chain = Chain::set(|sections| sections["schedule"]["params"]["window_ms"] = (3 * HOUR_MS).into());
    let gold = |until_unix_ms| Pause { scope: Scope::Asset { asset: AssetId(GOLD) }, until_unix_ms };
    let due = chain.time_unix_ms + 50_000;
    chain.ok("alice", vec![create(again(due, HOUR_MS, 6, vec![pay("carol", GOLD, 1)]))]);
    chain.ok("bob", vec![create(at(due, vec![pay("carol", 0, 1)]))]);
    let before = find(&chain, 1).unwrap();
    chain.as_governance(|ctx| chortle_kernel::dispatch::begin_pause(ctx, gold(0)).unwrap());
    chain.time_unix_ms = due;
    chain.pass(0);
    assert_eq!(chain.told("schedule.ran").len(), 1, "bob's, and nothing is in his way");
    let waiting = find(&chain, 1).unwrap();
    assert_eq!(waiting.place, Queue::Time(due + HOUR_MS));
    assert_eq!((waiting.escrowed, waiting.times_left), (before.escrowed, 6));
    chain.pass(HOUR_MS);
    assert_eq!(find(&chain, 1).unwrap().place, Queue::Time(due + 2 * HOUR_MS));
    let mut stays = chain.clone();
    chain.as_governance(|ctx| assert!(chortle_kernel::dispatch::end_pause(ctx, &gold(0).scope).unwrap()));
    chain.pass(HOUR_MS);
    assert_eq!(chain.told("schedule.ran")[0]["ticks"], 3, "with those that it missed");
    assert_eq!(chain.units(&address("carol"), GOLD), 1);
    for chain in [&mut stays, &mut chain] {
        chain.pass(2 * HOUR_MS);
    }
    let ran = &stays.told("schedule.ran")[0];
    assert_eq!((&ran["failure"], &ran["ticks"]), (&json!("gate.2"), &json!(4)), "the window is over");
    assert_eq!(stays.units(&address("carol"), GOLD), 0);
}

#[test]
fn a_pause_of_the_module_stops_its_runs_and_not_what_owners_get_back() {
    let mut chain = Chain::new();
    let module = Scope::Module { module: chortle_kernel::Text::parse("schedule").unwrap() };
    let due = chain.time_unix_ms + 50_000;
    for _ in 0..2 {
        chain.ok("bob", vec![create(at(due, vec![pay("carol", 0, 1)]))]);
    }
    let pause = Pause { scope: module.clone(), until_unix_ms: 0 };
    chain.as_governance(|ctx| chortle_kernel::dispatch::begin_pause(ctx, pause).unwrap());
    chain.pass(100_000);
    assert!(chain.told("schedule.ran").is_empty());
    let later = chain.time_unix_ms + 50_000;
    assert_eq!(chain.send("bob", vec![create(at(later, vec![pay("carol", 0, 1)]))]).unwrap_err(), "gate.2");
    chain.ok("bob", vec![cancel(1)]);
    chain.as_governance(|ctx| assert!(chortle_kernel::dispatch::end_pause(ctx, &module).unwrap()));
    chain.pass(1_000);
    assert_eq!(chain.told("schedule.ran").len(), 1);
}

/// A chain on which schedule 1 of bob is due with the next block.
fn about_to_run(messages: Vec<RawMessage>) -> Chain {
    let mut chain = Chain::new();
    let due = chain.time_unix_ms + 20_000;
    chain.ok("bob", vec![create(again(due, 50_000, 2, messages))]);
    chain.time_unix_ms = due - 1_000;
    chain
}

/// What meets a run: messages that run, what happens then, and what is paid.
type Way = (&'static str, Vec<RawMessage>, fn(Chain) -> Chain, u64);

fn run(mut chain: Chain) -> Chain {
    chain.pass(1_000);
    chain
}

fn ways_to_run_twice() -> Vec<Way> {
    let one = || vec![pay("carol", 0, 1)];
    vec![
        ("time alone", one(), run, 1),
        (
            "a restart before it",
            one(),
            |chain| {
                let mut chain = chain.again();
                chain.pass(1_000);
                chain
            },
            1,
        ),
        (
            "a restart after it",
            one(),
            |mut chain| {
                chain.pass(1_000);
                let mut chain = chain.again();
                chain.pass(1_000);
                chain
            },
            1,
        ),
        (
            "time that stands",
            one(),
            |mut chain| {
                chain.pass(1_000);
                (0..5).for_each(|_| chain.pass(0));
                chain
            },
            1,
        ),
        (
            "its cancelling in the block in which it runs",
            one(),
            |mut chain| {
                let tx = chain.tx("bob", vec![cancel(1)]);
                let outcome = chain.block_after(1_000, &[tx]).pop().unwrap().unwrap();
                assert!(outcome.succeeded(), "of what is left");
                chain
            },
            1,
        ),
        ("its own cancelling", vec![pay("carol", 0, 1), cancel(1), pay("carol", 0, 1)], run, 2),
        ("its own cancelling, twice", vec![pay("carol", 0, 1), cancel(1), cancel(1)], run, 0),
    ]
}

#[test]
fn a_run_happens_at_most_once_whatever_meets_it() {
    let paid = |chain: &Chain, before: u64| chain.nlol("carol") - before;
    for (way, messages, act, expected) in ways_to_run_twice() {
        let chain = about_to_run(messages);
        let before = chain.nlol("carol");
        let mut after = act(chain);
        assert_eq!(paid(&after, before), expected, "{way}");
        assert_eq!(READY.iter(&after.state, chortle_kernel::Order::Ascending).count(), 0, "{way}");
        (0..3).for_each(|_| after.pass(0));
        assert_eq!(paid(&after, before), expected, "{way}, later");
    }
}

#[test]
fn a_schedule_that_schedules_pays_anew_and_runs_in_a_later_block() {
    let mut chain = Chain::new();
    let (due, carol) = (chain.time_unix_ms + 20_000, chain.nlol("carol"));
    // The inner one is due at once when it is made: it would be in the past, and is refused.
    let at_once = create(at(due, vec![pay("carol", 0, 1)]));
    let next = create(at(due + 1, vec![pay("carol", 0, 10)]));
    chain.ok("bob", vec![create(at(due, vec![at_once]))]);
    chain.ok("bob", vec![create(at(due, vec![next]))]);
    chain.time_unix_ms = due;
    chain.pass(0);
    let ran = chain.told("schedule.ran");
    assert_eq!((&ran[0]["failure"], &ran[1]["failure"]), (&json!("schedule.5"), &Value::Null));
    assert_eq!((chain.nlol("carol"), escrow(&chain) > LOL), (carol, true));
    chain.pass(0);
    assert_eq!(chain.nlol("carol"), carol);
    chain.pass(1);
    assert_eq!((chain.nlol("carol"), escrow(&chain)), (carol + 10, 0));

    // As deep as messages nest, and no deeper.
    let nested = |levels: u64, from: u64| {
        (0..levels).fold(pay("carol", 0, 1), |inner, level| {
            create(at(from + (levels - level) * 10_000, vec![inner]))
        })
    };
    let from = chain.time_unix_ms;
    assert_eq!(chain.send("bob", vec![nested(5, from)]).unwrap_err(), "gate.4");
    chain.ok("bob", vec![nested(4, from)]);
    for _ in 0..5 {
        chain.pass(10_000);
        assert!(chain.told("schedule.ran").iter().all(|ran| ran["failure"].is_null()));
    }
    assert_eq!((chain.nlol("carol"), escrow(&chain)), (carol + 11, 0));
}
