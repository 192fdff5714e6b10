//! Where rules meet objects: locks that earn, allowances that pay taxes, gates that no route avoids.

mod common;
mod rejected;

use chortle_airdrop::tree::{airdrop_key, tree as tree_of};
use chortle_kernel::merkle::Node;
use chortle_kernel::{Address, Amount};
use common::{Ledger, amount, funded, kinds, who};
use rejected::{create, to};
use serde_json::{Value, json};

const FIRST: &str = "1000000000";
const ID: u64 = 1_000_000_000;

fn coin(units: u64) -> Value {
    json!({ "asset": FIRST, "amount": units.to_string() })
}

fn linear(start: u64, end: u64) -> Value {
    json!({ "linear": { "start_unix_ms": start, "cliff_unix_ms": start, "end_unix_ms": end } })
}

fn locked(owner: &str, units: u64, revocable: bool) -> Value {
    json!({ "owner": owner, "coin": coin(units), "schedule": linear(1_000, 2_000), "revocable": revocable })
}

/// Alice creates 1,000,000 of a template; bob gets 100,000 of them.
fn with(template: &str, more: Value) -> Ledger {
    let mut ledger = Ledger::new(&funded());
    ledger.block.time_unix_ms = 1_000;
    let mut body = create(template, more);
    body["distribution"] = json!([{ "to": "@bob", "amount": "100000" }]);
    ledger.send("alice", "create_asset", body).unwrap();
    ledger
}

#[test]
fn locked_tokens_earn_for_their_owner_and_are_paid_once() {
    let mut ledger = with("reflection", json!({ "tax": {} }));
    ledger.send("alice", "create_lock", locked("@carol", 100_000, true)).unwrap();
    // A tenth of all that earns is locked: of 1,000 shared, 100 are carol's and 100 bob's.
    ledger.send("alice", "distribute", json!({ "asset": FIRST, "amount": "1000" })).unwrap();
    assert_eq!(ledger.balance("bob", ID), 100_100);
    let shown = ledger.query("lock", json!({ "lock": 1 })).unwrap();
    assert_eq!(shown["earned"], json!("100"), "{shown}");
    ledger.send("carol", "claim_lock", json!({ "lock": 1 })).unwrap();
    assert_eq!(ledger.balance("carol", ID), 100);
    let again = ledger.send("carol", "claim_lock", json!({ "lock": 1 })).unwrap_err();
    assert_eq!(again.name, "nothing_vested");
    // Half has vested. What was earned till the revocation is carol's, the other half alice's again.
    ledger.send("alice", "distribute", json!({ "asset": FIRST, "amount": "1000" })).unwrap();
    ledger.block.time_unix_ms = 1_500;
    ledger.send("alice", "revoke_lock", json!({ "lock": 1 })).unwrap();
    let earned = ledger.balance("carol", ID);
    assert!((199..=201).contains(&earned), "{earned}");
    ledger.send("carol", "claim_lock", json!({ "lock": 1 })).unwrap();
    assert_eq!(ledger.balance("carol", ID), earned + 50_000);
    assert_eq!(ledger.supply(ID), 1_000_000);
}

#[test]
fn what_a_lock_earns_in_parts_is_paid_whole() {
    let paid = |often: bool| {
        let mut ledger = with("reflection", json!({ "tax": {}, "payout": "native" }));
        ledger.send("alice", "create_lock", locked("@carol", 1_000, false)).unwrap();
        let before = ledger.balance("carol", 0);
        for round in 0..20 {
            // A thousandth of 2,733 is carol's: two units, and most of a third.
            ledger.send("alice", "distribute", json!({ "asset": FIRST, "amount": "2733" })).unwrap();
            if often || round == 19 {
                ledger.send("carol", "claim_lock", json!({ "lock": 1 })).unwrap();
            }
            ledger.assert_invariants();
        }
        ledger.send("carol", "collect", json!({ "asset": FIRST })).unwrap();
        ledger.balance("carol", 0) - before
    };
    assert_eq!((paid(true), paid(false)), (54, 54));
}

#[test]
fn what_an_excluded_owner_would_earn_goes_to_all_others() {
    let mut ledger = with("reflection", json!({ "tax": {} }));
    ledger.send("alice", "create_lock", locked("@carol", 100_000, false)).unwrap();
    let exclude = json!({ "asset": FIRST, "account": "@carol", "excluded": true });
    ledger.send("alice", "exclude", exclude).unwrap();
    ledger.send("alice", "distribute", json!({ "asset": FIRST, "amount": "10000" })).unwrap();
    ledger.block.time_unix_ms = 1_500;
    ledger.send("carol", "claim_lock", json!({ "lock": 1 })).unwrap();
    assert_eq!(ledger.balance("carol", ID), 50_000);
    // The 1,000 that the lock earned are shared with the next ones: bob's part of both is a tenth.
    let before = ledger.balance("bob", ID);
    ledger.send("alice", "distribute", json!({ "asset": FIRST, "amount": "1000" })).unwrap();
    let earned = ledger.balance("bob", ID) - before;
    assert!((200..=220).contains(&earned), "{earned}");
    ledger.assert_invariants();
}

#[test]
fn what_can_be_sold_soon_is_not_told_as_locked() {
    const DAY: u64 = 86_400_000;
    let mut ledger = with("reflection", json!({ "tax": {} }));
    let lock = |owner: &str, units: u64, end: u64, revocable: bool| json!({ "owner": owner, "coin": coin(units), "schedule": linear(end, end), "revocable": revocable });
    let mut evenly = lock("@carol", 1_000, 0, false);
    evenly["schedule"] = linear(0, 60 * DAY);
    for body in [
        lock("@alice", 300_000, 1_001, false),
        lock("@carol", 300_000, 1_000 * DAY, true),
        lock("@carol", 50_000, 30 * DAY + 1_000, false),
        lock("@carol", 20_000, 30 * DAY + 2_000, false),
        lock("@carol", 10_000, 181 * DAY, false),
        evenly,
    ] {
        ledger.send("alice", "create_lock", body).unwrap();
    }
    ledger.block.time_unix_ms = 2_000;
    let told = ledger.query("locked", json!({ "asset": FIRST })).unwrap();
    assert_eq!((&told["held"], &told["revocable"]), (&json!("681000"), &json!("300000")), "{told}");
    assert_eq!(told["claimable"], json!("300000"), "by the end of a block or two it is on the market");
    let figures = |told: &Value| -> Vec<Value> {
        let rows = told["locked_for"].as_array().unwrap();
        rows.iter().map(|row| json!([row["days"], row["amount"], row["percent"]])).collect()
    };
    let expected = [json!([30, "30500", "3.0500"]), json!([180, "10000", "1.0000"])];
    assert_eq!(figures(&told), expected, "what vests in exactly 30 days is locked for them");
    let other = ledger.query("locked", json!({ "asset": FIRST, "days": 0, "long_days": 1_001 })).unwrap();
    assert_eq!(figures(&other), [json!([0, "81000", "8.1000"]), json!([1_001, "0", "0.0000"])]);
    assert_eq!((&other["locks"], &other["complete"]), (&json!(6), &json!(true)));
    ledger.query("locked", json!({ "asset": FIRST, "days": 36_501 })).unwrap_err();
    ledger.send("alice", "revoke_lock", json!({ "lock": 2 })).unwrap();
    assert_eq!(ledger.query("locked", json!({ "asset": FIRST })).unwrap()["held"], json!("381000"));
}

#[test]
fn a_vested_token_locks_its_team_from_the_first_block() {
    let mut ledger = Ledger::new(&funded());
    ledger.block.time_unix_ms = 1_000;
    let day = 86_400_000;
    let refused = ledger.send("alice", "create_asset", create("vested", json!({}))).unwrap_err();
    assert_eq!(refused.name, "outside_template");
    let team = |units: u64, schedule: Value, revocable: bool| {
        let part = json!({
            "owner": "@bob", "amount": units.to_string(), "schedule": schedule, "revocable": revocable,
        });
        json!({ "asset": create("vested", json!({})), "locks": [part] })
    };
    let (short, long) = (linear(1_000, 2_000), linear(1_000 + 40 * day, 1_000 + 50 * day));
    for (body, expected) in [
        (team(200_000, linear(10, 20), false), "too_little_vested"),
        (team(200_000, short, false), "too_little_vested"),
        (team(200_000, long.clone(), true), "too_little_vested"),
        (team(99_999, long.clone(), false), "too_little_vested"),
        (team(1_000_001, long.clone(), false), "distribution_above_supply"),
    ] {
        assert_eq!(ledger.send("alice", "launch", body.clone()).unwrap_err().name, expected, "{body}");
    }

    let events = ledger.send("alice", "launch", team(200_000, long, false)).unwrap();
    assert!(kinds(&events).contains(&"lock.created"));
    assert_eq!((ledger.balance("alice", 1), ledger.balance("bob", 1)), (800_000, 0));
    ledger.block.time_unix_ms = 1_000 + 50 * day;
    ledger.send("bob", "claim_lock", json!({ "lock": 1 })).unwrap();
    assert_eq!(ledger.balance("bob", 1), 200_000);
}

#[test]
fn an_allowance_is_no_way_around_the_tax() {
    let mut ledger = with("deflationary", json!({}));
    ledger.send("bob", "approve", json!({ "spender": "@carol", "coin": coin(50_000) })).unwrap();
    let spend = json!({ "owner": "@bob", "to": "@dave", "coin": coin(50_000) });
    let events = ledger.send("carol", "transfer_from", spend).unwrap();
    assert_eq!(kinds(&events), ["token.taxed_transfer", "allowance.spent"]);
    assert_eq!((ledger.balance("dave", ID), ledger.supply(ID)), (49_000, 999_000));
}

#[test]
fn a_paused_asset_moves_by_no_route_and_then_again() {
    let capabilities = json!(["burn", "pause", "force_transfer"]);
    let mut ledger = with("reflection", json!({ "capabilities": capabilities }));
    let list: Vec<(Address, Amount)> = vec![(who("carol"), amount(10)), (who("dave"), amount(20))];
    let tree = tree_of(&airdrop_key("test", &who("alice"), 7), &list).unwrap();
    let campaign = |deadline: u64, salt: u64| {
        let root = tree.root().to_string();
        let key = Node(airdrop_key("test", &who("alice"), salt)).to_string();
        json!({
            "coin": coin(30), "root": root, "leaves": 2, "salt": salt, "key": key, "deadline_unix_ms": deadline,
        })
    };
    ledger.send("alice", "create_lock", locked("@carol", 1_000, true)).unwrap();
    ledger.send("alice", "create_airdrop", campaign(9_000, 7)).unwrap();
    ledger.send("alice", "create_airdrop", campaign(1_200, 8)).unwrap();
    ledger.send("bob", "approve", json!({ "spender": "@carol", "coin": coin(500) })).unwrap();
    let proof: Vec<_> = tree.proof(0).unwrap().iter().map(ToString::to_string).collect();
    let claim = json!({ "airdrop": 1, "index": 0, "account": "@carol", "amount": "10", "proof": proof });
    let routes = [
        ("bob", "transfer", to("@dave", FIRST, "5")),
        (
            "bob",
            "multi_transfer",
            json!({ "asset": FIRST, "recipients": [{ "to": "@dave", "amount": "5" }] }),
        ),
        ("carol", "transfer_from", json!({ "owner": "@bob", "to": "@dave", "coin": coin(5) })),
        ("bob", "create_lock", locked("@dave", 5, false)),
        ("carol", "claim_lock", json!({ "lock": 1 })),
        ("alice", "revoke_lock", json!({ "lock": 1 })),
        ("alice", "create_airdrop", campaign(9_000, 9)),
        ("carol", "claim_airdrop", claim),
        ("alice", "end_airdrop", json!({ "airdrop": 2 })),
    ];
    ledger.block.time_unix_ms = 1_500;
    ledger.send("alice", "pause", json!({ "asset": FIRST, "epochs": 1 })).unwrap();
    for (sender, verb, body) in routes.clone() {
        let refused = ledger.send(sender, verb, body).expect_err(verb);
        // Its deadline has passed, and waits for those whom the pause kept from claiming.
        let expected = if verb == "end_airdrop" { "airdrop_running" } else { "paused" };
        assert_eq!(refused.name, expected, "{verb}");
    }
    ledger.block.epoch += 1;
    for (sender, verb, body) in routes {
        if verb == "end_airdrop" {
            ledger.block.epoch += 3;
        }
        ledger.send(sender, verb, body).unwrap_or_else(|reject| panic!("{verb}: {reject}"));
    }
}

#[test]
fn the_older_of_two_look_alikes_is_told_whatever_their_numbers() {
    let mut ledger = with("reflection", json!({}));
    ledger.block.height += 1;
    let mut copy = create("fixed", json!({}));
    copy["symbol"] = json!("D0GE");
    ledger.send("bob", "create_asset", copy).unwrap();
    let shown = ledger.query("show", json!({ "asset": "1" })).unwrap();
    assert_eq!((&shown["looks_like"], &shown["collision"]), (&json!(FIRST), &json!(FIRST)), "{shown}");
    let shown = ledger.query("show", json!({ "asset": FIRST })).unwrap();
    assert_eq!((&shown["looks_like"], &shown["collision"]), (&Value::Null, &Value::Null), "{shown}");
}
