//! Locks, allowances, airdrops and names: given, when, then, and one rejected row for every error.

mod common;

use std::collections::{BTreeMap, BTreeSet};

use chortle_airdrop::tree::{airdrop_key, tree as tree_of};
use chortle_kernel::merkle::{LEAVES_MAX, Node, Tree};
use chortle_kernel::{Address, Amount, Origin, QueryError};

use common::{Ledger, MODULES, amount, funded, kinds, who};
use serde_json::{Value, json};

const NOW: u64 = 1_000;

fn create(symbol: &str, name: &str) -> Value {
    json!({ "symbol": symbol, "name": name, "decimals": 0, "supply": "1000", "minter": "nobody" })
}

fn gold(units: u64) -> Value {
    json!({ "asset": "1", "amount": units.to_string() })
}

fn linear(start: u64, cliff: u64, end: u64) -> Value {
    json!({ "linear": { "start_unix_ms": start, "cliff_unix_ms": cliff, "end_unix_ms": end } })
}

fn steps(parts: &[(u64, u64)]) -> Value {
    let step = |(at, units): &(u64, u64)| json!({ "at_unix_ms": at, "amount": units.to_string() });
    json!({ "steps": parts.iter().map(step).collect::<Vec<_>>() })
}

fn lock(owner: &str, units: u64, schedule: Value, revocable: bool) -> Value {
    json!({ "owner": owner, "coin": gold(units), "schedule": schedule, "revocable": revocable })
}

fn approve(spender: &str, units: u64, expires: Option<u64>, expected: Option<u64>) -> Value {
    let expected = expected.map(|units| units.to_string());
    json!({ "spender": spender, "coin": gold(units), "expires_unix_ms": expires, "expected": expected })
}

fn spend(owner: &str, to: &str, units: u64) -> Value {
    json!({ "owner": owner, "to": to, "coin": gold(units) })
}

/// Bob gets 10, carol 20, dave 100.
fn list() -> Vec<(Address, Amount)> {
    [("bob", 10), ("carol", 20), ("dave", 100)].map(|(name, units)| (who(name), amount(units))).to_vec()
}

fn tree(salt: u64) -> Tree {
    tree_of(&airdrop_key("test", &who("alice"), salt), &list()).unwrap()
}

fn campaign(units: u64, salt: u64, deadline: u64) -> Value {
    let root = tree(salt).root().to_string();
    let key = Node(airdrop_key("test", &who("alice"), salt)).to_string();
    json!({
        "coin": gold(units), "root": root, "leaves": 3, "salt": salt, "key": key, "deadline_unix_ms": deadline,
    })
}

fn claim(airdrop: u64, salt: u64, index: u32, account: &str, units: u64) -> Value {
    let proof: Vec<_> = tree(salt).proof(index.min(2)).unwrap().iter().map(ToString::to_string).collect();
    json!({ "airdrop": airdrop, "index": index, "account": account, "amount": units.to_string(), "proof": proof })
}

/// Alice has 1000 GOLD#1. Lock 1: bob's 100, even from 1000 to 2000 with a cliff at 1500, revocable. Lock 2: bob's 100
/// in steps of 40 at 1100 and 60 at 1200. Bob may spend 50 until 5000, carol 10 until 1500. Airdrop 1: 60 until 3000,
/// bob is paid. Airdrop 2: 200 until 1100.
fn stage() -> Ledger {
    let mut ledger = Ledger::new(&funded());
    ledger.block.time_unix_ms = NOW;
    for (verb, body) in [
        ("create_asset", create("GOLD", "Gold")),
        ("create_lock", lock("@bob", 100, linear(1_000, 1_500, 2_000), true)),
        ("create_lock", lock("@bob", 100, steps(&[(1_100, 40), (1_200, 60)]), false)),
        ("approve", approve("@bob", 50, Some(5_000), None)),
        ("approve", approve("@carol", 10, Some(1_500), None)),
        ("create_airdrop", campaign(60, 0, 3_000)),
        ("claim_airdrop", claim(1, 0, 0, "@bob", 10)),
        ("create_airdrop", campaign(200, 1, 1_100)),
    ] {
        ledger.send("alice", verb, body).unwrap_or_else(|reject| panic!("{verb}: {reject}"));
    }
    ledger
}

type Row = (u64, &'static str, &'static str, Value, &'static str);

fn rejected_locks() -> Vec<Row> {
    let over = lock("@bob", 5, linear(1, 2, NOW), false);
    let disorder = lock("@bob", 5, linear(3_000, 2_000, 4_000), false);
    let short = lock("@bob", 5, steps(&[(2_000, 4)]), false);
    let protocol = lock("@treasury", 5, linear(1, 1, 9_000), false);
    vec![
        (NOW, "alice", "create_lock", lock("@bob", 0, linear(1, 1, 9_000), false), "token.2 zero_amount"),
        (NOW, "alice", "create_lock", protocol, "token.15 protocol_account"),
        (
            NOW,
            "dave",
            "create_lock",
            lock("@bob", 5, linear(1, 1, 9_000), false),
            "token.1 insufficient_balance",
        ),
        (NOW, "alice", "create_lock", disorder, "lock.1 schedule_out_of_order"),
        (NOW, "alice", "create_lock", short, "lock.2 schedule_total"),
        (NOW, "alice", "create_lock", over, "lock.3 schedule_over"),
        (NOW, "bob", "claim_lock", json!({ "lock": 9 }), "lock.4 unknown_lock"),
        (1_700, "alice", "claim_lock", json!({ "lock": 1 }), "lock.5 not_lock_owner"),
        (NOW, "bob", "revoke_lock", json!({ "lock": 1 }), "lock.6 not_lock_funder"),
        (NOW, "alice", "revoke_lock", json!({ "lock": 2 }), "lock.7 not_revocable"),
        (1_499, "bob", "claim_lock", json!({ "lock": 1 }), "lock.8 nothing_vested"),
        (2_000, "alice", "revoke_lock", json!({ "lock": 1 }), "lock.9 all_vested"),
        (NOW, "alice", "launch", json!({ "asset": create("X", "X"), "locks": [] }), "lock.10 no_locks"),
    ]
}

fn rejected_allowances() -> Vec<Row> {
    let unknown = json!({ "spender": "@bob", "coin": { "asset": "9", "amount": "1" } });
    vec![
        (NOW, "alice", "approve", unknown, "token.14 unknown_asset"),
        (NOW, "alice", "approve", approve("@fees", 1, None, None), "token.15 protocol_account"),
        (NOW, "alice", "approve", approve("@alice", 1, None, None), "allowance.1 self_approval"),
        (NOW, "alice", "approve", approve("@bob", 70, None, Some(60)), "allowance.2 allowance_changed"),
        (1_500, "alice", "approve", approve("@carol", 5, None, Some(10)), "allowance.2 allowance_changed"),
        (NOW, "alice", "approve", approve("@dave", 0, None, None), "allowance.3 no_allowance"),
        (NOW, "dave", "transfer_from", spend("@alice", "@dave", 1), "allowance.3 no_allowance"),
        (NOW, "bob", "transfer_from", spend("@alice", "@alice", 1), "token.3 self_transfer"),
        (NOW, "bob", "transfer_from", spend("@alice", "@locks", 1), "token.15 protocol_account"),
        (1_500, "carol", "transfer_from", spend("@alice", "@carol", 1), "allowance.4 allowance_expired"),
        (NOW, "bob", "transfer_from", spend("@alice", "@bob", 51), "allowance.5 above_allowance"),
        (NOW, "alice", "approve", approve("@bob", 5, Some(NOW), None), "allowance.6 expiry_past"),
    ]
}

fn rejected_airdrops() -> Vec<Row> {
    let mut none = campaign(5, 7, 9_000);
    none["leaves"] = json!(0);
    let mut many = none.clone();
    many["leaves"] = json!(LEAVES_MAX + 1);
    let mut resalted = campaign(5, 7, 9_000);
    resalted["salt"] = json!(8);
    let mut cut = claim(1, 0, 1, "@carol", 20);
    cut["proof"] = json!([]);
    vec![
        (NOW, "alice", "create_airdrop", none, "airdrop.1 leaves_out_of_range"),
        (NOW, "alice", "create_airdrop", many, "airdrop.1 leaves_out_of_range"),
        (NOW, "alice", "create_airdrop", campaign(5, 7, NOW), "airdrop.2 deadline_past"),
        (NOW, "alice", "create_airdrop", campaign(5, 0, 9_000), "airdrop.3 salt_used"),
        (NOW, "bob", "create_airdrop", campaign(5, 7, 9_000), "airdrop.12 wrong_key"),
        (NOW, "alice", "create_airdrop", resalted, "airdrop.12 wrong_key"),
        (NOW, "dave", "claim_airdrop", claim(9, 0, 1, "@carol", 20), "airdrop.4 unknown_airdrop"),
        (3_000, "carol", "claim_airdrop", claim(1, 0, 1, "@carol", 20), "airdrop.5 airdrop_over"),
        (2_999, "alice", "end_airdrop", json!({ "airdrop": 1 }), "airdrop.6 airdrop_running"),
        (NOW, "carol", "claim_airdrop", claim(1, 0, 3, "@carol", 20), "airdrop.8 leaf_out_of_range"),
        (NOW, "carol", "claim_airdrop", claim(1, 0, 1, "@carol", 21), "airdrop.9 bad_proof"),
        (NOW, "dave", "claim_airdrop", claim(1, 0, 1, "@dave", 20), "airdrop.9 bad_proof"),
        (NOW, "carol", "claim_airdrop", claim(2, 0, 1, "@carol", 20), "airdrop.9 bad_proof"),
        (NOW, "carol", "claim_airdrop", cut, "airdrop.9 bad_proof"),
        (NOW, "carol", "claim_airdrop", claim(1, 0, 1, "@carol", 0), "token.2 zero_amount"),
        (NOW, "carol", "claim_airdrop", claim(1, 0, 1, "@airdrops", 20), "token.15 protocol_account"),
        (NOW, "bob", "claim_airdrop", claim(1, 0, 0, "@bob", 10), "airdrop.10 already_claimed"),
        (NOW, "dave", "claim_airdrop", claim(1, 0, 2, "@dave", 100), "airdrop.11 above_total"),
    ]
}

fn rejected_names() -> Vec<Row> {
    let symbol = |symbol: &str| json!({ "symbol": symbol });
    let reserved = "naming.4 looks_reserved";
    vec![
        (NOW, "alice", "reserve_symbol", symbol("PEPE"), "gate.1 unauthorized"),
        (NOW, "alice", "release_symbol", symbol("BTC"), "gate.1 unauthorized"),
        (NOW, "alice", "reserve_symbol", symbol("PE\u{200b}PE"), "naming.7 character_refused"),
        (NOW, "alice", "verify_asset", json!({ "asset": "1", "verified": true }), "gate.1 unauthorized"),
        (NOW, "alice", "create_asset", create("BTC", "A token"), reserved),
        (NOW, "alice", "create_asset", create("8TC", "A token"), reserved),
        (NOW, "alice", "create_asset", create("LO1", "A token"), reserved),
        (NOW, "alice", "create_asset", create("X", "B\u{456}tc\u{43e}in"), reserved),
        (NOW, "alice", "create_asset", create("X", "\u{395}\u{422}\u{41d}"), reserved),
        (NOW, "alice", "create_asset", create("BITCOIN", "A token"), reserved),
        (NOW, "alice", "create_asset", create("X", "-.-"), "naming.3 name_out_of_rule"),
        (NOW, "alice", "create_asset", create("X", "Tether\u{13430}"), "naming.7 character_refused"),
        (NOW, "alice", "create_asset", create("X", "\u{301}"), "naming.7 character_refused"),
        (NOW, "alice", "create_asset", create("X", "U S D C"), reserved),
        (NOW, "alice", "create_asset", create("X", "USDC."), reserved),
        (NOW, "alice", "create_asset", create("X", "$LOL"), reserved),
        (NOW, "alice", "create_asset", create("X", "USDCoin"), reserved),
        (NOW, "alice", "create_asset", create("X", "Tether\u{489}"), reserved),
        (NOW, "alice", "create_asset", create("X", "Tether\u{2713}"), reserved),
        (NOW, "alice", "create_asset", create("X", "\u{1f163}\u{24d4}ther"), reserved),
    ]
}

fn code(reject: &chortle_kernel::Reject) -> String {
    format!("{} {}", reject.code(), reject.name)
}

#[test]
fn every_error_has_a_rejected_row_that_leaves_no_trace() {
    let mut seen = BTreeSet::new();
    let rows = [rejected_locks(), rejected_allowances(), rejected_airdrops(), rejected_names()].concat();
    for (time, sender, verb, body, expected) in rows {
        let shown = format!("{time} {sender} {verb} {body}");
        let mut ledger = stage();
        ledger.block.time_unix_ms = time;
        let reject = ledger.send(sender, verb, body).expect_err(&shown);
        assert_eq!(code(&reject), expected, "{shown}");
        seen.insert((reject.codespace, reject.number));
    }
    let mut ledger = stage();
    let by_governance = [
        ("reserve_symbol", json!({ "symbol": "8ITCOIN" }), "naming.5 already_reserved"),
        ("release_symbol", json!({ "symbol": "PEPE" }), "naming.6 not_reserved"),
        ("verify_asset", json!({ "asset": "1", "verified": false }), "token.90 badge_unchanged"),
    ];
    for (verb, body, expected) in by_governance {
        let reject = ledger.send_as(Origin::Governance, verb, body).expect_err(verb);
        assert_eq!(code(&reject), expected);
        seen.insert((reject.codespace, reject.number));
    }
    ledger.block.time_unix_ms = 1_100;
    ledger.send("dave", "end_airdrop", json!({ "airdrop": 2 })).unwrap();
    let reject = ledger.send("dave", "end_airdrop", json!({ "airdrop": 2 })).unwrap_err();
    assert_eq!(code(&reject), "airdrop.7 airdrop_ended");
    seen.insert((reject.codespace, reject.number));

    // What a symbol may be has its rows in scenarios.rs, what a launch must lock in together.rs.
    let elsewhere = [("naming", 1), ("naming", 2), ("lock", 11)];
    let own = MODULES.iter().filter(|module| module.name != "token").flat_map(|module| module.errors);
    let own = own.filter(|row| !elsewhere.contains(&(row.codespace, row.number)));
    let without: Vec<_> = own.filter(|row| !seen.contains(&(row.codespace, row.number))).collect();
    assert!(without.is_empty(), "no rejected row for {without:?}");
}

#[test]
fn a_lock_pays_what_has_vested_and_is_gone_when_empty() {
    let mut ledger = stage();
    assert_eq!((ledger.balance("locks", 1), ledger.balance("bob", 1)), (200, 10));
    for (time, lock, balance) in
        [(1_100, 2, 50), (1_500, 1, 100), (1_501, 2, 160), (1_750, 1, 185), (2_000, 1, 210)]
    {
        ledger.block.time_unix_ms = time;
        let events = ledger.send("bob", "claim_lock", json!({ "lock": lock })).unwrap();
        assert_eq!(kinds(&events), ["token.transferred", "lock.claimed"]);
        assert_eq!(ledger.balance("bob", 1), balance, "{time}");
    }
    assert_eq!(ledger.balance("locks", 1), 0);
    assert!(matches!(ledger.query("lock", json!({ "lock": 1 })), Err(QueryError::NotFound(_))));
    for list in ["owned_locks", "funded_locks"] {
        for name in ["@alice", "@bob"] {
            assert_eq!(ledger.query(list, json!({ "address": name })).unwrap()["items"], json!([]));
        }
    }
}

#[test]
fn revoking_returns_what_has_not_vested_and_keeps_what_has() {
    let mut ledger = stage();
    let before = ledger.balance("alice", 1);
    ledger.block.time_unix_ms = 1_600;
    ledger.send("alice", "revoke_lock", json!({ "lock": 1 })).unwrap();
    assert_eq!(ledger.balance("alice", 1), before + 40);
    assert_eq!(ledger.send("alice", "revoke_lock", json!({ "lock": 1 })).unwrap_err().name, "all_vested");
    let shown = ledger.query("lock", json!({ "lock": 1 })).unwrap();
    assert_eq!((&shown["held"], &shown["claimable"]), (&json!("60"), &json!("60")));
    ledger.send("bob", "claim_lock", json!({ "lock": 1 })).unwrap();
    assert_eq!(ledger.balance("bob", 1), 70);
}

#[test]
fn a_lock_revoked_before_its_cliff_is_gone() {
    let mut ledger = stage();
    ledger.send("alice", "revoke_lock", json!({ "lock": 1 })).unwrap();
    assert_eq!(ledger.send("bob", "claim_lock", json!({ "lock": 1 })).unwrap_err().name, "unknown_lock");
    ledger.send("alice", "create_lock", lock("@bob", 1, linear(1, 1, 9_000), false)).unwrap();
    assert!(ledger.query("lock", json!({ "lock": 3 })).is_ok(), "a number is never used again");
}

#[test]
fn an_allowance_is_spent_to_its_end_and_the_race_is_refused() {
    let mut ledger = stage();
    let events = ledger.send("bob", "transfer_from", spend("@alice", "@carol", 20)).unwrap();
    assert_eq!(kinds(&events), ["token.transferred", "allowance.spent"]);
    let race = ledger.send("alice", "approve", approve("@bob", 30, None, Some(50)));
    assert_eq!(race.unwrap_err().name, "allowance_changed");
    ledger.send("alice", "approve", approve("@bob", 7, None, Some(30))).unwrap();
    ledger.send("bob", "transfer_from", spend("@alice", "@bob", 7)).unwrap();
    let gone = ledger.send("bob", "transfer_from", spend("@alice", "@bob", 1));
    assert_eq!(gone.unwrap_err().name, "no_allowance");
    ledger.send("alice", "approve", approve("@carol", 0, None, None)).unwrap();
    assert_eq!(ledger.query("allowances", json!({ "address": "@alice" })).unwrap()["items"], json!([]));
}

#[test]
fn an_allowance_is_no_balance() {
    let mut ledger = stage();
    ledger.send("dave", "approve", approve("@bob", 5, None, None)).unwrap();
    let spent = ledger.send("bob", "transfer_from", spend("@dave", "@bob", 1));
    assert_eq!(spent.unwrap_err().name, "insufficient_balance");
    let shown = ledger.query("spendable_allowances", json!({ "address": "@bob", "limit": 1 })).unwrap();
    assert_eq!(shown["items"].as_array().unwrap().len(), 1);
    assert!(shown["next"].is_string());
}

#[test]
fn an_airdrop_pays_each_once_and_returns_the_remainder() {
    let mut ledger = stage();
    let check = |ledger: &Ledger, units: u64| {
        let proof: String =
            tree(0).proof(1).unwrap().iter().map(|node| node.to_string()[2..].to_owned()).collect();
        let proof = format!("0x{proof}");
        let args = json!({ "airdrop": 1, "index": 1, "account": "@carol", "amount": units.to_string(), "proof": proof });
        let shown = ledger.query("airdrop_check", args).unwrap();
        (shown["proven"] == json!(true), shown["claimed"] == json!(true), shown["claimable"] == json!(true))
    };
    assert_eq!((check(&ledger, 20), check(&ledger, 19)), ((true, false, true), (false, false, false)));
    ledger.send("dave", "claim_airdrop", claim(1, 0, 1, "@carol", 20)).unwrap();
    assert_eq!((ledger.balance("carol", 1), check(&ledger, 20)), (20, (true, true, false)));
    let (alice, escrow) = (ledger.balance("alice", 1), ledger.balance("airdrops", 1));
    ledger.block.time_unix_ms = 3_000;
    for (airdrop, held) in [(1, 30), (2, 200)] {
        let shown = ledger.query("airdrop", json!({ "airdrop": airdrop })).unwrap();
        assert_eq!(shown["held"], json!(held.to_string()));
        ledger.send("dave", "end_airdrop", json!({ "airdrop": airdrop })).unwrap();
    }
    assert_eq!((ledger.balance("alice", 1), ledger.balance("airdrops", 1)), (alice + escrow, 0));
    let paid = ledger.query("airdrop_claim", json!({ "airdrop": 1, "index": 1 })).unwrap();
    assert_eq!(paid["claimed"], json!(true), "who was paid can be asked for ever");
}

#[test]
fn only_governance_creates_what_looks_reserved_and_badges_are_shown() {
    let mut ledger = stage();
    let fund = |ctx: &mut chortle_kernel::Ctx<'_>| {
        chortle_token::transfer(ctx, &who("alice"), &who("governance"), common::coin(0, 20 * common::LOL))
    };
    ledger.attempt(Origin::Protocol, fund).unwrap();
    ledger.send_as(Origin::Governance, "create_asset", create("BTC", "Bitcoin")).unwrap();
    ledger.send_as(Origin::Governance, "verify_asset", json!({ "asset": "2", "verified": true })).unwrap();
    ledger.send_as(Origin::Governance, "release_symbol", json!({ "symbol": "8TC" })).unwrap();
    ledger.send_as(Origin::Governance, "reserve_symbol", json!({ "symbol": "PEPE" })).unwrap();
    ledger.send("alice", "create_asset", create("B7C", "B T C")).unwrap();
    ledger.send("alice", "create_asset", create("BTC", "Other")).unwrap();
    ledger.send("alice", "create_asset", create("DOGGO", "DoggoCoin")).unwrap();
    ledger.send("alice", "create_asset", create("DOG", "Doggo-Coin \u{2764}\u{fe0f}")).unwrap();
    ledger.send("alice", "create_asset", create("COIN", "Doggo-C\u{301}oin")).unwrap();
    let refused = ledger.send("alice", "create_asset", create("P3P3", "P\u{435}pe"));
    assert_eq!(refused.unwrap_err().name, "looks_reserved");
    let show = |asset: &str| ledger.query("show", json!({ "asset": asset })).unwrap();
    assert_eq!((&show("2")["verified"], &show("2")["collision"]), (&json!(true), &json!(null)));
    assert_eq!((&show("4")["verified"], &show("4")["collision"]), (&json!(false), &json!("2")));
    assert_eq!((&show("6")["collision"], &show("7")["collision"]), (&json!(null), &json!("5")));
    let named = ledger.query("name_look_alikes", json!({ "name": "B\u{456}tcoin" })).unwrap();
    assert_eq!(named["items"][0]["asset"], json!("2"));
}

#[test]
fn what_is_in_flight_survives_export_and_import() {
    let mut ledger = stage();
    ledger.block.time_unix_ms = 1_600;
    ledger.send("bob", "claim_lock", json!({ "lock": 2 })).unwrap();
    ledger.send("alice", "revoke_lock", json!({ "lock": 1 })).unwrap();
    ledger.send_as(Origin::Governance, "verify_asset", json!({ "asset": "1", "verified": true })).unwrap();
    let sections: BTreeMap<&str, Value> =
        MODULES.iter().map(|module| (module.name, (module.genesis.export)(&ledger.state).unwrap())).collect();
    let imported = Ledger::of_sections(&sections, 0);
    assert_eq!(imported.entries(), ledger.entries());
    imported.assert_invariants();
    for module in MODULES {
        assert_eq!(
            (module.genesis.export)(&imported.state).unwrap(),
            sections[module.name],
            "{}",
            module.name
        );
    }

    for (name, pointer, value, at) in [
        ("lock", "/list/0/lock", json!(3), "/list/0/lock"),
        ("lock", "/list/0/index", json!("x"), "/list/0/index"),
        ("lock", "/list/0/claimed", json!("60"), "/list/0/claimed"),
        ("allowance", "/list/0/amount", json!("0"), "/list/0/amount"),
        ("airdrop", "/list/0/claimed", json!("61"), "/list/0/claimed"),
        ("airdrop", "/list/0/bits", json!({ "1": format!("0x{}", "01".repeat(32)) }), "/list/0/bits"),
        ("airdrop", "/next", json!(2), "/list/1/airdrop"),
        ("naming", "/reserved/0", json!("USDT"), "/reserved"),
        ("token", "/verified/0", json!("9"), "/verified/0"),
    ] {
        let mut section = sections[name].clone();
        *section.pointer_mut(pointer).unwrap() = value;
        let module = MODULES.iter().find(|module| module.name == name).unwrap();
        let error = (module.genesis.validate)(&section).expect_err(pointer);
        assert!(error.pointer.starts_with(at), "{name} {pointer}: {error}");
    }
}
