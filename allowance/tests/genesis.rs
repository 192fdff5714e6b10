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
