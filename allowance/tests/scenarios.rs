//! Given, when, then: what each message does, and one rejected row for every error.

mod common;
mod rejected;

use std::collections::BTreeSet;

use chortle_kernel::{Address, AssetId, Origin};
use chortle_token::{Error, FeeOutcome};
use common::{LOL, Ledger, amount, coin, funded, kinds, who};
use serde_json::{Value, json};

fn create(symbol: &str, minter: &str, supply: &str, cap: Option<&str>) -> Value {
    json!({ "symbol": symbol, "name": "A token", "decimals": 2, "supply": supply, "cap": cap, "minter": minter })
}

/// Asset 1: mintable up to 1000, alice has 500. Asset 2: fixed, alice has 100. Asset 3: bob's, renounced.
fn market() -> Ledger {
    let mut ledger = Ledger::new(&funded());
    let steps = [
        ("alice", "create_asset", create("GOLD", "admin", "500", Some("1000"))),
        ("alice", "create_asset", create("FIX", "nobody", "100", None)),
        ("bob", "create_asset", create("FREE", "admin", "10", None)),
        ("bob", "renounce_admin", json!({ "asset": "3" })),
    ];
    for (sender, verb, body) in steps {
        ledger.send(sender, verb, body).unwrap_or_else(|reject| panic!("{verb}: {reject}"));
    }
    ledger
}

const MAX: &str = "9223372036854775807";

fn rejected_rows() -> Vec<(&'static str, &'static str, Value, &'static str)> {
    let with = |field: &str, value: Value| {
        let mut body = create("DOGE", "admin", "1", None);
        body[field] = value;
        body
    };
    let metadata = |uri: &str, sha256: Value| with("metadata", json!({ "uri": uri, "sha256": sha256 }));
    let to = |to: &str, asset: &str, amount: &str| json!({ "to": to, "coin": { "asset": asset, "amount": amount } });
    let many = |asset: &str, list: &[(&str, &str)]| {
        let recipients: Vec<_> =
            list.iter().map(|(to, amount)| json!({ "to": to, "amount": amount })).collect();
        json!({ "asset": asset, "recipients": recipients })
    };
    vec![
        ("alice", "transfer", to("@bob", "1", "501"), "token.1 insufficient_balance"),
        ("carol", "create_asset", with("name", json!("Too dear")), "token.1 insufficient_balance"),
        (
            "alice",
            "multi_transfer",
            many("1", &[("@bob", "500"), ("@carol", "1")]),
            "token.1 insufficient_balance",
        ),
        ("bob", "burn", json!({ "coin": { "asset": "1", "amount": "1" } }), "token.1 insufficient_balance"),
        ("alice", "transfer", to("@bob", "1", "0"), "token.2 zero_amount"),
        ("alice", "mint", to("@bob", "1", "0"), "token.2 zero_amount"),
        ("alice", "burn", json!({ "coin": { "asset": "1", "amount": "0" } }), "token.2 zero_amount"),
        ("alice", "multi_transfer", many("1", &[("@bob", "1"), ("@carol", "0")]), "token.2 zero_amount"),
        ("alice", "transfer", to("@alice", "1", "1"), "token.3 self_transfer"),
        ("alice", "multi_transfer", many("1", &[("@bob", "1"), ("@alice", "1")]), "token.3 self_transfer"),
        ("alice", "multi_transfer", many("1", &[]), "token.4 no_recipient"),
        ("alice", "multi_transfer", many("1", &[("@bob", MAX), ("@carol", "1")]), "token.5 total_too_large"),
        ("alice", "create_asset", with("symbol", json!("doge")), "naming.1 symbol_out_of_rule"),
        ("alice", "create_asset", with("symbol", json!("LOL")), "naming.2 symbol_reserved"),
        ("alice", "create_asset", with("name", json!("\u{202e}egod")), "naming.7 character_refused"),
        ("alice", "create_asset", with("name", json!("do\u{200b}ge")), "naming.7 character_refused"),
        ("alice", "create_asset", with("decimals", json!(19)), "token.9 decimals_out_of_range"),
        ("alice", "create_asset", metadata("javascript:alert(1)", json!(null)), "token.10 uri_out_of_rule"),
        ("alice", "create_asset", metadata("ipfs://x", json!("0x00")), "token.11 hash_length"),
        ("alice", "create_asset", create("DOGE", "admin", "2", Some("1")), "token.12 supply_above_cap"),
        ("alice", "create_asset", create("DOGE", "nobody", "0", None), "token.13 never_any_supply"),
        ("alice", "create_asset", create("DOGE", "admin", "0", Some("0")), "token.13 never_any_supply"),
        ("alice", "transfer", to("@bob", "99", "1"), "token.14 unknown_asset"),
        ("alice", "mint", to("@bob", "99", "1"), "token.14 unknown_asset"),
        ("alice", "renounce_admin", json!({ "asset": "99" }), "token.14 unknown_asset"),
        ("alice", "transfer", to("@treasury", "0", "1"), "token.15 protocol_account"),
        ("alice", "mint", to("@fees", "1", "1"), "token.15 protocol_account"),
        ("alice", "multi_transfer", many("1", &[("@governance", "1")]), "token.15 protocol_account"),
        ("bob", "mint", to("@bob", "3", "1"), "token.16 admin_renounced"),
        ("bob", "offer_admin", json!({ "asset": "3", "to": "@alice" }), "token.16 admin_renounced"),
        ("bob", "accept_admin", json!({ "asset": "3" }), "token.16 admin_renounced"),
        ("bob", "renounce_admin", json!({ "asset": "3" }), "token.16 admin_renounced"),
        ("bob", "mint", to("@bob", "1", "1"), "token.17 not_admin"),
        ("bob", "offer_admin", json!({ "asset": "1", "to": "@carol" }), "token.17 not_admin"),
        ("bob", "renounce_admin", json!({ "asset": "1" }), "token.17 not_admin"),
        ("alice", "mint", to("@bob", "2", "1"), "token.18 not_mintable"),
        ("alice", "mint", to("@bob", "0", "1"), "token.18 not_mintable"),
        ("alice", "mint", to("@bob", "1", "501"), "token.19 above_cap"),
        ("alice", "mint", to("@bob", "1", MAX), "token.19 above_cap"),
        ("alice", "offer_admin", json!({ "asset": "1", "to": "@alice" }), "token.20 already_admin"),
        ("alice", "offer_admin", json!({ "asset": "1" }), "token.21 no_offer"),
        ("bob", "accept_admin", json!({ "asset": "1" }), "token.21 no_offer"),
    ]
}

fn exclude(account: Address) -> Value {
    json!({ "asset": rejected::REFLECTION, "account": account, "excluded": true })
}

fn code(reject: &chortle_kernel::Reject) -> String {
    format!("{} {}", reject.code(), reject.name)
}

#[test]
fn every_error_has_a_rejected_row_that_leaves_no_trace() {
    let mut seen = BTreeSet::new();
    for (sender, verb, body, expected) in rejected_rows() {
        let shown = format!("{sender} {verb} {body}");
        let reject = market().send(sender, verb, body).expect_err(&shown);
        assert_eq!(code(&reject), expected, "{shown}");
        seen.insert((reject.codespace, reject.number));
    }
    for (sender, verb, body, expected) in rejected::rows() {
        let shown = format!("{sender} {verb} {body}");
        let reject = rejected::market().send(sender, verb, body).expect_err(&shown);
        assert_eq!(code(&reject), expected, "{shown}");
        seen.insert((reject.codespace, reject.number));
    }
    let mut full = rejected::market();
    for index in 1..=16 {
        full.send("alice", "exclude", exclude(Address([index; 20]))).unwrap();
    }
    let reject = full.send("alice", "exclude", exclude(Address([17; 20]))).unwrap_err();
    assert_eq!(code(&reject), "token.37 too_many_exclusions");
    seen.insert((reject.codespace, reject.number));
    let mut offered = market();
    offered.send("alice", "offer_admin", json!({ "asset": "1", "to": "@bob" })).unwrap();
    let reject = offered.send("carol", "accept_admin", json!({ "asset": "1" })).unwrap_err();
    assert_eq!(code(&reject), "token.22 not_offered");
    seen.insert((reject.codespace, reject.number));
    let holders = Origin::Community(AssetId(1_000_000_000));
    let set_tax = json!({ "asset": rejected::REFLECTION, "tax": {} });
    let reject = full.send_as(holders, "set_tax", set_tax).unwrap_err();
    assert_eq!(code(&reject), "token.52 no_community");
    seen.insert((reject.codespace, reject.number));

    // What other modules refuse, and the badge, has its rows in holdings.rs.
    let own = Error::CATALOGUE.iter().filter(|row| row.number != 90);
    let without: Vec<_> = own.filter(|row| !seen.contains(&(row.codespace, row.number))).collect();
    assert!(without.is_empty(), "no rejected row for {without:?}");
}

#[test]
fn bodies_out_of_bounds_do_not_even_decode() {
    let recipients: Vec<_> =
        (0..257).map(|_| json!({ "to": who("bob").to_string(), "amount": "1" })).collect();
    for (verb, body) in [
        ("create_asset", create("ABCDEFGHIJKLMN", "admin", "1", None)),
        ("create_asset", create("DOGE", "somebody", "1", None)),
        ("create_asset", create("DOGE", "admin", "9223372036854775808", None)),
        ("create_asset", create("DOGE", "admin", "-1", None)),
        ("multi_transfer", json!({ "asset": "1", "recipients": recipients })),
        ("transfer", json!({ "to": "lol1", "coin": { "asset": "1", "amount": "1" } })),
        ("burn", json!({ "coin": { "asset": "1", "amount": "1" }, "memo": "unknown field" })),
        ("burn", json!({ "coin": { "asset": "1", "amount": 1 } })),
    ] {
        let kind = chortle_token::MODULE.messages.iter().find(|kind| kind.name == verb).unwrap();
        assert!((kind.from_json)(body.clone()).is_err(), "{verb} {body}");
    }
    let mut long = create("DOGE", "admin", "1", None);
    long["name"] = json!("x".repeat(10_000));
    let create_asset = &chortle_token::MODULE.messages[0];
    assert!((create_asset.from_json)(long).unwrap_err().contains("10000 bytes of text; at most 32"));
}

#[test]
fn create_pays_the_treasury_and_gives_the_creator_supply_and_role() {
    let mut ledger = Ledger::new(&funded());
    let events = ledger.send("alice", "create_asset", create("GOLD", "admin", "500", Some("1000"))).unwrap();
    assert_eq!(kinds(&events), ["token.transferred", "token.asset_created", "token.minted"]);
    assert_eq!((ledger.balance("alice", 0), ledger.balance("treasury", 0)), (90 * LOL, 10 * LOL));
    assert_eq!((ledger.balance("alice", 1), ledger.supply(1)), (500, 500));
    let shown = ledger.query("show", json!({ "asset": "GOLD#1" })).unwrap();
    assert_eq!(shown["admin"], json!(who("alice").to_string()));
    assert_eq!(shown["created_height"], json!(7));
}

#[test]
fn assets_are_numbered_in_order_and_may_share_a_symbol() {
    let mut ledger = Ledger::new(&funded());
    for _ in 0..2 {
        ledger.send("alice", "create_asset", create("GOLD", "admin", "1", None)).unwrap();
    }
    assert_eq!(ledger.query("show", json!({ "asset": "1" })).unwrap()["looks_like"], json!(null));
    assert_eq!(ledger.query("show", json!({ "asset": "2" })).unwrap()["looks_like"], json!("1"));
}

#[test]
fn transfer_moves_exactly_the_amount_and_forgets_empty_balances() {
    let mut ledger = market();
    let events = ledger
        .send("alice", "transfer", json!({ "to": "@bob", "coin": { "asset": "1", "amount": "500" } }))
        .unwrap();
    assert_eq!(kinds(&events), ["token.transferred"]);
    assert_eq!((ledger.balance("alice", 1), ledger.balance("bob", 1)), (0, 500));
    let key = chortle_token::state::BALANCE.key(&(who("alice"), chortle_kernel::AssetId(1)));
    assert!(!ledger.entries().contains_key(&key));
}

#[test]
fn a_transfer_of_lol_touches_two_leaves() {
    let mut ledger = Ledger::new(&funded());
    let before = ledger.entries();
    ledger
        .send("alice", "transfer", json!({ "to": "@bob", "coin": { "asset": "LOL", "amount": "1" } }))
        .unwrap();
    let changed = ledger.entries().into_iter().filter(|(key, value)| before.get(key) != Some(value)).count();
    assert_eq!(changed, 2);
}

#[test]
fn multi_transfer_pays_everyone_even_twice() {
    let mut ledger = market();
    let recipients = json!([
        { "to": "@bob", "amount": "1" }, { "to": "@carol", "amount": "2" }, { "to": "@bob", "amount": "3" },
    ]);
    let events =
        ledger.send("alice", "multi_transfer", json!({ "asset": "1", "recipients": recipients })).unwrap();
    assert_eq!(events.len(), 3);
    let balances = ["alice", "bob", "carol"].map(|name| ledger.balance(name, 1));
    assert_eq!(balances, [494, 4, 2]);
}

#[test]
fn mint_reaches_the_cap_and_burn_makes_room_again() {
    let mut ledger = market();
    let mint = |amount: &str| json!({ "to": "@bob", "coin": { "asset": "1", "amount": amount } });
    ledger.send("alice", "mint", mint("500")).unwrap();
    assert_eq!(ledger.send("alice", "mint", mint("1")).unwrap_err().name, "above_cap");
    ledger.send("bob", "burn", json!({ "coin": { "asset": "1", "amount": "3" } })).unwrap();
    assert_eq!(ledger.supply(1), 997);
    ledger.send("alice", "mint", mint("3")).unwrap();
    assert_eq!((ledger.supply(1), ledger.balance("bob", 1)), (1_000, 500));
}

#[test]
fn burning_lol_lowers_its_supply() {
    let mut ledger = Ledger::new(&funded());
    let supply = ledger.supply(0);
    ledger.send("alice", "burn", json!({ "coin": { "asset": "LOL", "amount": "5" } })).unwrap();
    assert_eq!(ledger.supply(0), supply - 5);
}

#[test]
fn the_role_passes_in_two_steps_and_the_old_admin_is_out() {
    let mut ledger = market();
    let mint = json!({ "to": "@carol", "coin": { "asset": "1", "amount": "1" } });
    ledger.send("alice", "offer_admin", json!({ "asset": "1", "to": "@bob" })).unwrap();
    assert_eq!(ledger.send("bob", "mint", mint.clone()).unwrap_err().name, "not_admin");
    ledger.send("alice", "mint", mint.clone()).unwrap();
    ledger.send("bob", "accept_admin", json!({ "asset": "1" })).unwrap();
    assert_eq!(ledger.send("alice", "mint", mint.clone()).unwrap_err().name, "not_admin");
    ledger.send("bob", "mint", mint).unwrap();
    assert_eq!(ledger.send("bob", "accept_admin", json!({ "asset": "1" })).unwrap_err().name, "no_offer");
}

#[test]
fn a_withdrawn_or_replaced_offer_cannot_be_accepted() {
    let mut ledger = market();
    let accept = json!({ "asset": "1" });
    ledger.send("alice", "offer_admin", json!({ "asset": "1", "to": "@bob" })).unwrap();
    ledger.send("alice", "offer_admin", json!({ "asset": "1", "to": "@carol" })).unwrap();
    assert_eq!(ledger.send("bob", "accept_admin", accept.clone()).unwrap_err().name, "not_offered");
    ledger.send("alice", "offer_admin", json!({ "asset": "1" })).unwrap();
    assert_eq!(ledger.send("carol", "accept_admin", accept).unwrap_err().name, "no_offer");
}

#[test]
fn renouncing_is_for_ever_and_kills_a_pending_offer() {
    let mut ledger = market();
    ledger.send("alice", "offer_admin", json!({ "asset": "1", "to": "@bob" })).unwrap();
    ledger.send("alice", "renounce_admin", json!({ "asset": "1" })).unwrap();
    for name in ["alice", "bob"] {
        let accept = ledger.send(name, "accept_admin", json!({ "asset": "1" }));
        assert_eq!(accept.unwrap_err().name, "admin_renounced", "{name}");
    }
    assert_eq!(ledger.query("show", json!({ "asset": "1" })).unwrap()["mintable"], json!(false));
}

#[test]
fn fees_reach_the_fee_account_or_are_refused() {
    let mut ledger = Ledger::new(&funded());
    let mut pay = |payer: &str, fee| {
        let before = ledger.entries();
        let state = &mut ledger.state;
        let admission =
            chortle_token::take_fee(state, &who("carol"), None, &who(payer), amount(fee)).unwrap();
        if admission != FeeOutcome::Taken {
            assert_eq!(ledger.entries(), before);
        }
        admission
    };
    assert_eq!(pay("carol", 5 * LOL), FeeOutcome::Taken);
    assert_eq!(pay("carol", 1), FeeOutcome::Short { balance: amount(0) });
    assert_eq!(pay("carol", 0), FeeOutcome::Taken);
    assert_eq!(pay("bob", 3 * LOL), FeeOutcome::Taken);
    assert_eq!(pay("bob", 48 * LOL), FeeOutcome::Short { balance: amount(47 * LOL) });
    assert_eq!(["carol", "bob", "fees"].map(|name| ledger.balance(name, 0) / LOL), [0, 47, 8]);
    ledger.assert_invariants();
}

#[test]
fn a_nonce_is_spent_once_and_in_order() {
    let mut ledger = Ledger::new(&funded());
    let expected = |nonce| FeeOutcome::Expected { nonce };
    for (given, payer, fee, admission) in [
        (1, "dave", 0, expected(0)),
        (0, "dave", 1, FeeOutcome::Short { balance: amount(0) }),
        (0, "dave", 0, FeeOutcome::Taken),
        (0, "bob", 1, expected(1)),
        (1, "bob", 1, FeeOutcome::Taken),
        (u64::MAX, "dave", 0, expected(2)),
    ] {
        let state = &mut ledger.state;
        let found =
            chortle_token::take_fee(state, &who("dave"), Some(given), &who(payer), amount(fee)).unwrap();
        assert_eq!(found, admission, "{given}");
    }
    assert_eq!(chortle_token::account(&ledger.state, &who("dave")).unwrap().nonce, 2);
    ledger.assert_invariants();
}

#[test]
fn governance_acts_for_its_own_account_and_the_protocol_signs_nothing() {
    let mut ledger = Ledger::new(&funded());
    let transfer = chortle_token::msg::Transfer { to: who("dave"), coin: coin(0, 3) };
    let run = |ledger: &mut Ledger, origin| {
        ledger.attempt(origin, |ctx| chortle_kernel::Message::execute(&transfer, ctx))
    };
    assert_eq!(run(&mut ledger, Origin::Protocol).unwrap_err().name, "no_signer");
    assert_eq!(run(&mut ledger, Origin::Governance).unwrap_err().name, "insufficient_balance");
    let fund = |ctx: &mut chortle_kernel::Ctx<'_>| {
        chortle_token::transfer(ctx, &who("alice"), &who("governance"), coin(0, 3))
    };
    ledger.attempt(Origin::Protocol, fund).unwrap();
    run(&mut ledger, Origin::Governance).unwrap();
    assert_eq!(ledger.balance("dave", 0), 3);
}

#[test]
fn modules_mint_and_burn_lol_within_its_cap() {
    let mut ledger = Ledger::new(&funded());
    let supply = ledger.supply(0);
    let room = i64::MAX.unsigned_abs() - supply;
    let mint = |ledger: &mut Ledger, units| {
        ledger.attempt(Origin::Protocol, |ctx| chortle_token::mint(ctx, &who("treasury"), coin(0, units)))
    };
    assert_eq!(kinds(&mint(&mut ledger, room).unwrap()), ["token.minted"]);
    assert_eq!(mint(&mut ledger, 1).unwrap_err().name, "above_cap");
    let burn = |ctx: &mut chortle_kernel::Ctx<'_>| chortle_token::burn(ctx, &who("treasury"), coin(0, room));
    assert_eq!(kinds(&ledger.attempt(Origin::Protocol, burn).unwrap()), ["token.burned"]);
    assert_eq!(ledger.supply(0), supply);
    ledger.assert_invariants();
}
