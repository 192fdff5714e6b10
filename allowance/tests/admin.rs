//! The admin's role: offered, accepted, renounced.

mod common;

use common::{Ledger, funded, kinds};
use serde_json::json;

#[test]
fn only_the_one_who_was_offered_the_role_gets_it() {
    let mut ledger = Ledger::new(&funded());
    let gold = json!({ "symbol": "GOLD", "name": "Gold", "decimals": 0, "supply": "1", "minter": "admin" });
    ledger.send("alice", "create_asset", gold).unwrap();
    ledger.send("alice", "offer_admin", json!({ "asset": "1", "to": "@bob" })).unwrap();
    for name in ["alice", "carol"] {
        let accept = ledger.send(name, "accept_admin", json!({ "asset": "1" }));
        assert_eq!(accept.unwrap_err().name, "not_offered", "{name}");
    }
    let events = ledger.send("bob", "accept_admin", json!({ "asset": "1" })).unwrap();
    assert_eq!(kinds(&events), ["token.admin_changed"]);
}

#[test]
fn an_offer_alone_changes_no_admin() {
    let mut ledger = Ledger::new(&funded());
    let gold = json!({ "symbol": "GOLD", "name": "Gold", "decimals": 0, "supply": "1", "minter": "admin" });
    ledger.send("alice", "create_asset", gold).unwrap();
    ledger.send("alice", "offer_admin", json!({ "asset": "1", "to": "@bob" })).unwrap();
    let renounce = ledger.send("bob", "renounce_admin", json!({ "asset": "1" }));
    assert_eq!(renounce.unwrap_err().name, "not_admin");
}

#[test]
fn a_renounced_asset_never_grows_again() {
    let mut ledger = Ledger::new(&funded());
    let gold = json!({ "symbol": "GOLD", "name": "Gold", "decimals": 0, "supply": "1", "minter": "admin" });
    ledger.send("alice", "create_asset", gold).unwrap();
    let events = ledger.send("alice", "renounce_admin", json!({ "asset": "1" })).unwrap();
    assert_eq!(kinds(&events), ["token.admin_renounced"]);
    let mint = json!({ "to": "@bob", "coin": { "asset": "1", "amount": "1" } });
    assert_eq!(ledger.send("alice", "mint", mint).unwrap_err().name, "admin_renounced");
}
