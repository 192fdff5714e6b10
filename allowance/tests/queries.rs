//! What people read back.

mod common;
mod rejected;

use chortle_kernel::QueryError;
use common::{LOL, Ledger, funded, who};
use serde_json::{Value, json};

fn create(symbol: &str) -> Value {
    json!({ "symbol": symbol, "name": "A token", "decimals": 2, "supply": "150", "minter": "admin" })
}

/// Nine assets, all of them alice's.
fn nine() -> Ledger {
    let mut ledger = Ledger::new(&funded());
    ledger.release_all();
    for symbol in ["DOGE", "D0GE", "CAT", "LO1", "CAT", "A", "B", "C", "D"] {
        ledger.send("alice", "create_asset", create(symbol)).unwrap();
    }
    ledger
}

/// Every item of a paged list.
fn all(ledger: &Ledger, name: &str, mut args: Value) -> Vec<Value> {
    let mut items = Vec::new();
    loop {
        let page = ledger.query(name, args.clone()).unwrap();
        items.extend(page["items"].as_array().unwrap().iter().cloned());
        match &page["next"] {
            Value::Null => return items,
            next => args["cursor"] = next.clone(),
        }
    }
}

#[test]
fn an_asset_is_shown_with_amounts_for_people() {
    let shown = nine().query("show", json!({ "asset": "1" })).unwrap();
    for (field, value) in [
        ("asset", json!("1")),
        ("full_name", json!("DOGE#1")),
        ("supply", json!("150")),
        ("supply_display", json!("1.5 DOGE#1")),
        ("cap", json!("9223372036854775807")),
        ("mintable", json!(true)),
        ("looks_like", json!(null)),
    ] {
        assert_eq!(shown[field], value, "{field}");
    }
    let native = nine().query("show", json!({ "asset": "LOL" })).unwrap();
    assert_eq!(native["supply_display"], json!("155 LOL"));
    assert_eq!(native["mintable"], json!(false));
}

#[test]
fn pages_of_any_size_give_the_same_list() {
    let ledger = nine();
    let whole = all(&ledger, "list", json!({}));
    assert_eq!(whole.len(), 10);
    for limit in [1, 3, 9, 10, 11, 100] {
        assert_eq!(all(&ledger, "list", json!({ "limit": limit })), whole, "{limit}");
    }
    let balances = all(&ledger, "balances", json!({ "address": "@alice", "limit": 3 }));
    let assets: Vec<_> = balances.iter().map(|balance| balance["asset"].as_str().unwrap()).collect();
    assert_eq!(assets, ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"]);
    assert_eq!(balances[0]["display"], json!("10 LOL"));
    assert!(all(&ledger, "balances", json!({ "address": "@dave" })).is_empty());
}

#[test]
fn a_page_beyond_the_cap_or_a_made_up_cursor_is_an_argument_error() {
    let ledger = nine();
    for args in [
        json!({ "limit": 101 }),
        json!({ "limit": 0 }),
        json!({ "cursor": "00" }),
        json!({ "cursor": "8.0000000000000001" }),
        json!({ "cursor": "zz" }),
    ] {
        let error = ledger.query("list", args.clone()).unwrap_err();
        assert!(matches!(error, QueryError::Argument(_)), "{args}: {error}");
    }
}

#[test]
fn an_account_is_found_by_both_forms_of_its_address() {
    let ledger = nine();
    let alice = who("alice");
    let by_bech32 = ledger.query("account", json!({ "address": alice.to_string() })).unwrap();
    let by_hex = ledger.query("account", json!({ "address": alice.to_eip55() })).unwrap();
    assert_eq!(by_bech32, by_hex);
    assert_eq!(by_hex["address"], json!(alice.to_string()));
    assert_eq!(by_hex["address_hex"], json!(alice.to_eip55()));
    assert_eq!((&by_hex["nonce"], &by_hex["display"]), (&json!(0), &json!("10 LOL")));
    assert_eq!(by_hex["balances"]["items"][1]["display"], json!("1.5 D0GE#2"));
    let treasury = ledger.query("account", json!({ "address": "@treasury" })).unwrap();
    assert_eq!(treasury["protocol"], json!("treasury"));
    assert_eq!(treasury["balance"], json!((90 * LOL).to_string()));
}

#[test]
fn one_balance_is_shown_even_if_it_is_nothing_and_only_of_what_exists() {
    let ledger = nine();
    let balance = |asset: &str| ledger.query("balance", json!({ "address": "@alice", "asset": asset }));
    assert_eq!(balance("LOL").unwrap()["display"], json!("10 LOL"));
    assert_eq!(balance("2").unwrap()["display"], json!("1.5 D0GE#2"));
    let none = json!({ "address": "@treasury", "asset": "2" });
    assert_eq!(ledger.query("balance", none).unwrap()["amount"], json!("0"));
    assert!(matches!(balance("99"), Err(QueryError::NotFound(_))));
}

#[test]
fn look_alikes_name_the_oldest() {
    let ledger = nine();
    let looks_like =
        |asset: &str| ledger.query("show", json!({ "asset": asset })).unwrap()["looks_like"].clone();
    assert_eq!(
        ["1", "2", "3", "4", "5"].map(looks_like),
        [json!(null), json!("1"), json!(null), json!("0"), json!("3")]
    );
    let alike = all(&ledger, "look_alikes", json!({ "symbol": "doge", "limit": 1 }));
    let names: Vec<_> = alike.iter().map(|asset| asset["full_name"].as_str().unwrap()).collect();
    assert_eq!(names, ["DOGE#1", "D0GE#2"]);
}

#[test]
fn what_does_not_exist_is_not_found() {
    let ledger = nine();
    for name in ["show", "supply"] {
        assert!(matches!(ledger.query(name, json!({ "asset": "99" })), Err(QueryError::NotFound(_))));
    }
    assert_eq!(ledger.query("supply", json!({ "asset": "1" })).unwrap()["display"], json!("1.5 DOGE#1"));
    assert_eq!(ledger.query("params", json!({})).unwrap(), json!({ "create_fee": "10000000000" }));
}

#[test]
fn every_query_and_message_explains_itself() {
    let mut generator = schemars::SchemaGenerator::default();
    let described = |schema: &schemars::Schema| schema.get("description").is_some();
    for query in chortle_token::MODULE.queries {
        assert!(described(&(query.args_schema)(&mut generator)), "{}", query.name);
    }
    for kind in chortle_token::MODULE.messages {
        let schema = (kind.schema)(&mut generator);
        assert!(described(&schema), "{}", kind.name);
        for (field, schema) in schema.get("properties").and_then(Value::as_object).unwrap() {
            assert!(schema.get("description").is_some(), "{}.{field}", kind.name);
        }
    }
}

#[test]
fn every_balance_of_an_issued_asset_has_its_line_among_the_holders() {
    let ledger = nine();
    assert!(!ledger.ranks().is_empty());
    ledger.assert_ranks();
    rejected::market().assert_ranks();
}
