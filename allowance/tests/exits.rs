//! The ways out of what a tax gathered: who keeps an asset's treasury and liquidity account, and who does not.

mod common;
mod rejected;

use chortle_kernel::{AssetId, Origin};
use chortle_token::state;
use common::{Ledger, funded};
use rejected::create;
use serde_json::{Value, json};

const ID: u64 = 1_000_000_000;
const ASSET: &str = "1000000000";
const HOLDERS: Origin = Origin::Community(AssetId(ID));
const OTHERS: Origin = Origin::Community(AssetId(ID + 1));

/// A token of alice's with something in its liquidity account, and of a community's in its treasury.
fn with(template: &str, capabilities: &[&str]) -> Ledger {
    let mut ledger = Ledger::new(&funded());
    let treasury = if template == "community" { 200 } else { 0 };
    let tax = json!({ "liquidity_bps": 100, "treasury_bps": treasury });
    let parts = json!([{ "to": "@bob", "amount": "100000" }]);
    let more = json!({ "tax": tax, "capabilities": capabilities, "distribution": parts });
    ledger.send("alice", "create_asset", create(template, more)).unwrap();
    // One of the same kind, whose holders are others.
    ledger.send("bob", "create_asset", create("community", json!({}))).unwrap();
    let send = json!({ "to": "@carol", "coin": { "asset": ASSET, "amount": "10000" } });
    ledger.send("bob", "transfer", send).unwrap();
    ledger
}

fn figures(ledger: &Ledger) -> [u64; 2] {
    let totals = state::TOTALS.get(&ledger.state, &AssetId(ID)).unwrap().unwrap();
    [totals.treasury, totals.liquidity].map(chortle_kernel::Amount::base_units)
}

fn treasury(units: u64) -> Value {
    json!({ "asset": ASSET, "to": "@dave", "coin": { "asset": ASSET, "amount": units.to_string() } })
}

fn liquidity(units: u64, to: Option<&str>) -> Value {
    let mut body = json!({ "asset": ASSET, "amount": units.to_string() });
    if let Some(to) = to {
        body["to"] = to.into();
    }
    body
}

fn announce(leg: &str, units: u64) -> Value {
    let coin = json!({ "asset": ASSET, "amount": units.to_string() });
    json!({ "asset": ASSET, "payment": { "leg": leg, "to": "@dave", "coin": coin } })
}

fn pay() -> Value {
    json!({ "asset": ASSET })
}

fn refused(ledger: &mut Ledger, origin: Origin, verb: &str, body: Value, name: &str) {
    let found = ledger.send_as(origin, verb, body).map(drop).map_err(|reject| reject.name);
    assert_eq!(found, Err(name), "{verb} by {origin:?}");
}

fn alice() -> Origin {
    Origin::Account(common::who("alice"))
}

#[test]
fn holders_keep_what_their_tax_gathered_and_neither_admin_nor_chain_does() {
    let mut ledger = with("community", &["burn", "tax"]);
    assert_eq!(figures(&ledger), [200, 100]);
    for (verb, body) in [
        ("spend_treasury", treasury(1)),
        ("spend_liquidity", liquidity(1, None)),
        ("distribute_treasury", json!({ "asset": ASSET, "amount": "1" })),
    ] {
        refused(&mut ledger, Origin::Governance, verb, body.clone(), "not_keeper");
        refused(&mut ledger, OTHERS, verb, body.clone(), "not_of_community");
        refused(&mut ledger, alice(), verb, body.clone(), "unauthorized");
        refused(&mut ledger, Origin::Protocol, verb, body, "unauthorized");
    }
    refused(&mut ledger, alice(), "announce_payment", announce("treasury", 1), "not_keeper");

    ledger.send_as(HOLDERS, "spend_treasury", treasury(50)).unwrap();
    ledger.send_as(HOLDERS, "spend_liquidity", liquidity(30, Some("@dave"))).unwrap();
    ledger.send_as(HOLDERS, "spend_liquidity", liquidity(70, None)).unwrap();
    assert_eq!((figures(&ledger), ledger.balance("dave", ID)), ([220, 0], 80));
    refused(&mut ledger, HOLDERS, "spend_liquidity", liquidity(1, None), "insufficient_balance");
    let kept = json!({ "asset": ASSET, "to": "@fees", "coin": { "asset": ASSET, "amount": "1" } });
    refused(&mut ledger, HOLDERS, "spend_treasury", kept, "protocol_account");

    ledger.send("alice", "renounce_admin", pay()).unwrap();
    refused(&mut ledger, Origin::Governance, "spend_treasury", treasury(1), "not_keeper");
    ledger.send_as(HOLDERS, "spend_treasury", treasury(220)).unwrap();
    assert_eq!(figures(&ledger), [0, 0]);
}

#[test]
fn an_admin_announces_a_payment_two_epochs_ahead() {
    let mut ledger = with("deflationary", &["burn", "tax"]);
    assert_eq!(figures(&ledger), [0, 100]);
    for origin in [Origin::Governance, HOLDERS] {
        refused(&mut ledger, origin, "spend_liquidity", liquidity(1, None), "not_keeper");
    }
    refused(&mut ledger, HOLDERS, "announce_payment", announce("liquidity", 1), "not_of_community");
    ledger.send("alice", "announce_payment", announce("liquidity", 60)).unwrap();
    refused(&mut ledger, alice(), "pay_announced", pay(), "payment_early");
    ledger.block.epoch += 1;
    refused(&mut ledger, alice(), "pay_announced", pay(), "payment_early");
    // What replaces it waits anew.
    ledger.send("alice", "announce_payment", announce("liquidity", 90)).unwrap();
    ledger.block.epoch += 1;
    refused(&mut ledger, alice(), "pay_announced", pay(), "payment_early");
    ledger.block.epoch += 1;
    ledger.send("alice", "pay_announced", pay()).unwrap();
    assert_eq!((figures(&ledger), ledger.balance("dave", ID)), ([0, 10], 90));
    refused(&mut ledger, alice(), "pay_announced", pay(), "no_payment");
    // More than there is: nothing is paid, and it stays announced.
    ledger.send("alice", "announce_payment", announce("liquidity", 11)).unwrap();
    ledger.block.epoch += 2;
    refused(&mut ledger, alice(), "pay_announced", pay(), "insufficient_balance");
    ledger.send("alice", "announce_payment", json!({ "asset": ASSET })).unwrap();
    refused(&mut ledger, alice(), "pay_announced", pay(), "no_payment");
}

#[test]
fn what_one_admin_announced_another_does_not_pay_and_nobody_once_he_is_gone() {
    let mut ledger = with("reflection", &["burn", "tax"]);
    ledger.send("alice", "announce_payment", announce("liquidity", 60)).unwrap();
    ledger.send("alice", "offer_admin", json!({ "asset": ASSET, "to": "@bob" })).unwrap();
    ledger.send("bob", "accept_admin", pay()).unwrap();
    ledger.block.epoch += 2;
    refused(&mut ledger, alice(), "pay_announced", pay(), "not_admin");
    refused(&mut ledger, Origin::Account(common::who("bob")), "pay_announced", pay(), "no_payment");
    ledger.send("bob", "announce_payment", announce("liquidity", 60)).unwrap();
    ledger.send("bob", "renounce_admin", pay()).unwrap();
    ledger.block.epoch += 2;
    refused(&mut ledger, Origin::Account(common::who("bob")), "pay_announced", pay(), "not_keeper");
    ledger.send_as(Origin::Governance, "spend_liquidity", liquidity(60, Some("@dave"))).unwrap();
    assert_eq!((figures(&ledger), ledger.balance("dave", ID)), ([0, 40], 60));
    ledger.send_as(Origin::Governance, "spend_liquidity", liquidity(40, None)).unwrap();
    ledger.send_as(Origin::Governance, "spend_treasury", treasury(40)).unwrap();
    assert_eq!(figures(&ledger), [0, 0]);
}

#[test]
fn an_export_carries_what_was_announced() {
    let mut ledger = with("deflationary", &["burn", "tax"]);
    ledger.send("alice", "announce_payment", announce("liquidity", 60)).unwrap();
    let section = (chortle_token::MODULE.genesis.export)(&ledger.state).unwrap();
    let again = Ledger::of_sections(&std::collections::BTreeMap::from([("token", section)]), 0);
    let row = |ledger: &Ledger| state::PAYMENT.get(&ledger.state, &AssetId(ID)).unwrap();
    assert!(row(&ledger).is_some());
    assert_eq!(row(&again), row(&ledger));
}

#[test]
fn holders_change_what_is_open_of_their_token_under_the_rules_of_its_admin() {
    let mut ledger =
        with("community", &["burn", "tax", "metadata", "mint", "freeze", "pause", "force_transfer"]);
    let tax = |bps: u64| json!({ "asset": ASSET, "tax": { "treasury_bps": bps } });
    refused(&mut ledger, HOLDERS, "set_tax", tax(1_001), "tax_above_ceiling");
    refused(&mut ledger, OTHERS, "set_tax", tax(500), "not_of_community");
    ledger.send_as(HOLDERS, "set_tax", tax(500)).unwrap();
    let shown = ledger.query("show", json!({ "asset": ASSET })).unwrap();
    assert_eq!(shown["rules"]["tax_bps"], json!(300), "a rise waits like the admin's");
    assert_eq!(shown["rules"]["tax_announced"]["epoch"], json!(2));

    // What is a power over accounts is not theirs, nor is naming who has it.
    let coin = json!({ "asset": ASSET, "amount": "1" });
    let account = |field: &str| json!({ "asset": ASSET, "account": "@bob", field: true });
    for (verb, body) in [
        ("mint", json!({ "to": "@bob", "coin": coin })),
        ("freeze", account("frozen")),
        ("allow", account("allowed")),
        ("exclude", account("excluded")),
        ("pause", json!({ "asset": ASSET, "epochs": 1 })),
        ("force_transfer", json!({ "from": "@bob", "to": "@dave", "coin": coin })),
        ("offer_admin", json!({ "asset": ASSET, "to": "@bob" })),
        ("accept_admin", pay()),
        ("transfer", json!({ "to": "@bob", "coin": coin })),
        ("create_asset", create("fixed", json!({}))),
        ("verify_asset", json!({ "asset": ASSET, "verified": true })),
        ("pay_announced", pay()),
    ] {
        refused(&mut ledger, HOLDERS, verb, body, "not_of_community");
    }

    // The admin goes, with what he announced; holders stay, with what they do.
    ledger.send_as(HOLDERS, "renounce_admin", pay()).unwrap();
    refused(&mut ledger, HOLDERS, "renounce_admin", pay(), "admin_renounced");
    ledger.send_as(HOLDERS, "set_tax", tax(400)).unwrap();
    ledger
        .send_as(HOLDERS, "set_metadata", json!({ "asset": ASSET, "metadata": { "uri": "ipfs://ours" } }))
        .unwrap();
    ledger.send_as(HOLDERS, "seal", json!({ "asset": ASSET, "capabilities": ["metadata"] })).unwrap();
    let shown = ledger.query("show", json!({ "asset": ASSET })).unwrap();
    assert_eq!(
        shown["rules"]["tax_announced"]["epoch"],
        json!(2),
        "sealing something else takes nothing back"
    );
    let safety = ledger.query("safety", json!({ "asset": ASSET })).unwrap();
    assert_eq!(safety["tax_max_bps"]["value"], json!(1_000), "buyers see that it can rise");
    assert_eq!(safety["metadata_frozen"]["value"], json!(true));
    refused(&mut ledger, HOLDERS, "set_metadata", json!({ "asset": ASSET }), "capability_missing");
    ledger.send_as(HOLDERS, "seal", pay()).unwrap();
    refused(&mut ledger, HOLDERS, "set_tax", tax(1), "capability_missing");
    let shown = ledger.query("show", json!({ "asset": ASSET })).unwrap();
    assert_eq!(
        (&shown["rules"]["tax_announced"], &shown["rules"]["tax_max_bps"]),
        (&json!(null), &json!(300))
    );
}

#[test]
fn holders_of_a_token_that_they_do_not_govern_change_nothing_of_it() {
    let mut ledger = with("deflationary", &["burn", "tax"]);
    let tax = json!({ "asset": ASSET, "tax": {} });
    refused(&mut ledger, HOLDERS, "set_tax", tax, "no_community");
    refused(&mut ledger, HOLDERS, "seal", pay(), "no_community");
    refused(&mut ledger, HOLDERS, "renounce_admin", pay(), "no_community");
    refused(&mut ledger, HOLDERS, "lower_cap", json!({ "asset": ASSET, "cap": "1" }), "no_community");
    ledger.send("alice", "renounce_admin", pay()).unwrap();
    refused(&mut ledger, HOLDERS, "seal", pay(), "no_community");
    let safety = ledger.query("safety", json!({ "asset": ASSET })).unwrap();
    assert_eq!(safety["tax_max_bps"]["value"], json!(100));
}
