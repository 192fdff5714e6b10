//! The genesis section: what it makes, and where an error points.

mod common;

use chortle_token::Genesis;
use common::{Ledger, funded, who, with_addresses};
use serde_json::{Value, json};

fn section() -> Value {
    with_addresses(json!({
        "params": { "create_fee": "7" },
        "accounts": [
            { "address": "@alice", "balance": "100" },
            { "address": "@bob", "nonce": 3 },
            { "address": "@treasury", "balance": "50" },
        ],
        "assets": [
            { "asset": "5", "symbol": "DOGE", "name": "Doge", "decimals": 2, "cap": "1000", "minter": "admin",
              "creator": "@alice", "admin": "@alice", "pending_admin": "@bob", "created_height": 4 },
            { "asset": "2", "symbol": "FIX", "name": "Fix", "decimals": 0, "cap": "9", "minter": "nobody",
              "creator": "@bob", "metadata": { "uri": "ipfs://x", "sha256": format!("0x{}", "ab".repeat(32)) } },
        ],
        "balances": [
            { "address": "@bob", "asset": "5", "amount": "30" },
            { "address": "@alice", "asset": "5", "amount": "12" },
        ],
    }))
}

#[test]
fn a_section_makes_balances_supplies_and_the_next_number() {
    let ledger = Ledger::new(&Genesis::parse(&section()).unwrap());
    ledger.assert_invariants();
    assert_eq!([0, 5, 2].map(|asset| ledger.supply(asset)), [150, 42, 0]);
    assert_eq!(chortle_token::state::NEXT_ASSET_ID.get(&ledger.state).unwrap().unwrap().0, 6);
    assert_eq!(chortle_token::account(&ledger.state, &who("bob")).unwrap().nonce, 3);
}

#[test]
fn export_then_import_is_the_identity() {
    for genesis in [Genesis::default(), funded(), Genesis::parse(&section()).unwrap()] {
        let ledger = Ledger::new(&genesis);
        let exported = (chortle_token::MODULE.genesis.export)(&ledger.state).unwrap();
        let imported = Ledger::new(&Genesis::parse(&exported).unwrap());
        assert_eq!(imported.entries(), ledger.entries());
        assert_eq!((chortle_token::MODULE.genesis.export)(&imported.state).unwrap(), exported);
    }
}

#[test]
fn the_default_section_is_valid() {
    (chortle_token::MODULE.genesis.validate)(&(chortle_token::MODULE.genesis.default)()).unwrap();
    (chortle_token::MODULE.genesis.validate)(&json!({})).unwrap();
}

#[test]
fn an_error_points_at_its_place() {
    let with = |pointer: &str, value: Value| {
        let mut section = section();
        *section.pointer_mut(pointer).unwrap() = with_addresses(value);
        section
    };
    let history = |points: &[(&str, u64)]| {
        let mut section = section();
        let row = |(asset, epoch): &(&str, u64)| json!({ "asset": asset, "epoch": epoch, "supply": "1" });
        section["supply_history"] = points.iter().map(row).collect();
        section
    };
    let mut misspelt = section();
    misspelt["balnces"] = json!([]);
    let rows = [
        (json!([]), ""),
        (misspelt, "/balnces"),
        (with("/params", json!({ "create_fee": 7 })), "/params"),
        (with("/accounts", json!({})), "/accounts"),
        (with("/accounts/1", json!({ "address": "lol1x" })), "/accounts/1"),
        (with("/accounts/1", json!({ "address": "@alice", "nonce": 1 })), "/accounts/1/address"),
        (with("/accounts/1/nonce", json!(0)), "/accounts/1"),
        (with("/accounts/2/balance", json!("9223372036854775807")), "/accounts/2/balance"),
        (with("/assets/0/asset", json!("0")), "/assets/0/asset"),
        (with("/assets/0/asset", json!("18446744073709551615")), "/assets/0/asset"),
        (with("/assets/1/asset", json!("5")), "/assets/1/asset"),
        (with("/assets/1/symbol", json!("LOL")), "/assets/1"),
        (with("/assets/0/admin", json!(null)), "/assets/0/pending_admin"),
        (with("/assets/0/pending_admin", json!("@alice")), "/assets/0/pending_admin"),
        (with("/assets/0/cap", json!("41")), "/assets/0/cap"),
        (with("/balances/0/asset", json!("0")), "/balances/0/asset"),
        (with("/balances/0/asset", json!("3")), "/balances/0/asset"),
        (with("/balances/1/amount", json!("0")), "/balances/1/amount"),
        (with("/balances/1/address", json!("@bob")), "/balances/1"),
        (with("/balances/1/amount", json!("9223372036854775807")), "/balances/1/amount"),
        (history(&[("7", 0)]), "/supply_history/0/asset"),
        (history(&[("2", 1), ("2", 1)]), "/supply_history/1/epoch"),
        (history(&[("5", 1), ("2", 2)]), "/supply_history/1/epoch"),
    ];
    for (section, pointer) in rows {
        let error = (chortle_token::MODULE.genesis.validate)(&section).expect_err(pointer);
        assert_eq!(error.pointer, pointer, "{error}");
    }
}

#[test]
fn an_export_carries_the_history_of_supplies_and_genesis_goes_on_with_it() {
    let mut ledger = Ledger::new(&Genesis::parse(&section()).unwrap());
    for (epoch, units) in [(1, "3"), (4, "5")] {
        ledger.block.epoch = epoch;
        let coin = json!({ "asset": "5", "amount": units });
        ledger.send("alice", "mint", json!({ "to": "@bob", "coin": coin })).unwrap();
    }
    let points = |genesis: &Genesis| -> Vec<(u64, u64, u64)> {
        let rows = genesis.supply_history.iter();
        rows.map(|row| (row.asset.0, row.epoch, row.supply.base_units())).collect()
    };
    let exported = Genesis::export(&ledger.state).unwrap();
    assert_eq!(points(&exported), [(0, 0, 150), (5, 0, 42), (5, 1, 45), (5, 4, 50)]);
    let imported = Ledger::at_epoch(&exported, 4);
    assert_eq!(imported.entries(), ledger.entries());

    let mut enlarged = exported.clone();
    enlarged.balances[0].amount = common::amount(enlarged.balances[0].amount.base_units() + 1);
    let imported = Genesis::export(&Ledger::at_epoch(&enlarged, 9).state).unwrap();
    assert_eq!(points(&imported), [(0, 0, 150), (5, 0, 42), (5, 1, 45), (5, 4, 50), (5, 9, 51)]);

    let mut state = chortle_kernel::State::over(std::sync::Arc::new(std::collections::BTreeMap::new()));
    let error = exported.init(3, &mut state).unwrap_err();
    assert_eq!(error.pointer, "/supply_history/3/epoch", "{error}");
}

/// The section of a chain with a ruled asset that pays its holders in itself, of which bob has 1,000, dave excluded.
fn ruled() -> Value {
    let mut ledger = Ledger::new(&funded());
    let asset = json!({
        "symbol": "DOGE", "name": "Doge", "decimals": 2, "supply": "1000000", "template": "reflection",
        "distribution": [{ "to": "@bob", "amount": "1000" }],
    });
    ledger.send("alice", "create_asset", asset).unwrap();
    let exclude = json!({ "asset": RULED, "account": "@dave", "excluded": true });
    ledger.send("alice", "exclude", exclude).unwrap();
    let mut section = (chortle_token::MODULE.genesis.export)(&ledger.state).unwrap();
    section["verified"] = json!([RULED]);
    section
}

const RULED: &str = "1000000000";

#[test]
fn an_error_of_a_ruled_asset_points_at_its_place() {
    let sound = ruled();
    let with = |pointer: &str, value: Value| {
        let mut section = sound.clone();
        *section.pointer_mut(pointer).unwrap() = with_addresses(value);
        section
    };
    let added = |field: &str, value: Value| {
        let mut section = sound.clone();
        section["assets"][0][field] = with_addresses(value);
        section
    };
    let many: Vec<String> = (0..17).map(|_| who("dave").to_string()).collect();
    let mut twice = sound.clone();
    let again = twice["holdings"][0].clone();
    twice["holdings"].as_array_mut().unwrap().push(again);
    let last = twice["holdings"].as_array().unwrap().len() - 1;
    let mut plain = sound.clone();
    plain["assets"][0]["asset"] = json!("5");
    let mut balance = sound.clone();
    balance["balances"] = with_addresses(json!([{ "address": "@bob", "asset": RULED, "amount": "1" }]));
    let rows = [
        (plain, "/assets/0/rules"),
        (added("rules", json!(null)), "/assets/0/rules"),
        (added("totals", json!(null)), "/assets/0/rules"),
        (with("/assets/0/template", json!("fixed")), "/assets/0/rules"),
        (with("/assets/0/minter", json!("admin")), "/assets/0/capabilities"),
        (with("/assets/0/totals/payout", json!("none")), "/assets/0/totals/payout"),
        (with("/assets/0/totals/payout", json!("native")), "/assets/0/rules/tax"),
        (with("/assets/0/rules/tax/before/treasury_bps", json!(1)), "/assets/0/rules/tax"),
        (with("/assets/0/rules/tax/before/reflect_bps", json!(10_000)), "/assets/0/rules/tax"),
        (with("/assets/0/totals/supply", json!("1000001")), "/assets/0/totals/supply"),
        (with("/assets/0/totals/treasury", json!("1")), "/assets/0/totals/supply"),
        (with("/assets/0/totals/liquidity", json!("1")), "/assets/0/totals/supply"),
        (with("/assets/0/totals/pot", json!("1")), "/assets/0/totals/supply"),
        (with("/assets/0/totals/treasury", json!(i64::MAX.to_string())), "/holdings/0/balance"),
        (with("/assets/0/cap", json!("999999")), "/assets/0/cap"),
        (added("exclusions", json!(many)), "/assets/0/exclusions"),
        (with("/holdings/0/asset", json!("0")), "/holdings/0/asset"),
        (with("/holdings/0/asset", json!("1000000001")), "/holdings/0/asset"),
        (twice, &format!("/holdings/{last}")),
        (balance, "/balances/0/asset"),
        (with("/verified", json!([RULED, RULED])), "/verified/1"),
        (with("/verified", json!(["7"])), "/verified/0"),
        (with("/verified", json!("7")), "/verified"),
    ];
    (chortle_token::MODULE.genesis.validate)(&sound).unwrap();
    for (section, pointer) in rows {
        let error = (chortle_token::MODULE.genesis.validate)(&section).expect_err(pointer);
        assert_eq!(error.pointer, pointer, "{error}");
    }
}

#[test]
fn what_genesis_leaves_open_is_as_the_template_says() {
    let row = |asset: u64, more: Value| {
        let mut row = json!({
            "asset": asset.to_string(), "symbol": "X", "name": "X", "decimals": 0, "cap": "9", "minter": "nobody",
            "creator": "@alice", "admin": "@alice",
        });
        more.as_object().unwrap().iter().for_each(|(field, value)| row[field] = value.clone());
        row
    };
    let assets = [
        row(1, json!({})),
        row(2, json!({ "minter": "admin" })),
        row(3, json!({ "template": "mintable_capped" })),
        row(4, json!({ "capabilities": ["metadata"] })),
    ];
    let ledger = Ledger::new(&Genesis::parse(&with_addresses(json!({ "assets": assets }))).unwrap());
    let shown = |asset: u64| {
        let shown = ledger.query("show", json!({ "asset": asset.to_string() })).unwrap();
        json!([shown["template"], shown["capabilities"], shown["mintable"]])
    };
    assert_eq!(shown(1), json!(["fixed", ["burn"], false]));
    assert_eq!(shown(2), json!(["mintable_capped", ["mint", "burn"], true]));
    assert_eq!(shown(3), json!(["mintable_capped", ["burn"], false]), "whom the minter is decides");
    assert_eq!(shown(4), json!(["fixed", ["metadata"], false]));
}

#[test]
fn holdings_come_back_whole() {
    let mut section = ruled();
    let mine =
        json!({ "frozen": true, "allowed": true, "last_sent_height": 5, "index": "0", "fraction": "9" });
    let bob = section["holdings"].as_array_mut().unwrap().iter_mut().find(|row| row["balance"] == "1000");
    let bob = bob.unwrap();
    mine.as_object().unwrap().iter().for_each(|(field, value)| bob[field] = value.clone());
    let expected = bob.clone();
    let ledger = Ledger::new(&Genesis::parse(&section).unwrap());
    let exported = (chortle_token::MODULE.genesis.export)(&ledger.state).unwrap();
    assert_eq!(exported["holdings"], section["holdings"]);
    assert!(exported["holdings"].as_array().unwrap().contains(&expected));
    assert_eq!((&exported["verified"], &exported["assets"]), (&section["verified"], &section["assets"]));
    let next = chortle_token::state::NEXT_RULED_ID.get(&ledger.state).unwrap().unwrap();
    assert_eq!(next.0, 1_000_000_001);
    assert!(
        chortle_token::is_excluded(&ledger.state, &who("dave"), chortle_kernel::AssetId(1_000_000_000))
            .unwrap()
    );
}
