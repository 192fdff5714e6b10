//! The admin's role: offered, accepted, renounced; and what no admin can ask for.

mod common;
mod rejected;

use common::{Ledger, find, funded, kinds, with_addresses};
use rejected::create;
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

#[test]
fn a_body_that_no_state_could_make_valid_is_refused_before_any_is_read() {
    const ASSET: &str = "1000000000";
    let coin = |units: &str| json!({ "asset": ASSET, "amount": units });
    let on = |account: &str, flag: &str| json!({ "asset": ASSET, "account": account, flag: true });
    let tax = json!({ "burn_bps": 10_000, "reflect_bps": 0, "treasury_bps": 0, "liquidity_bps": 0 });
    for (verb, body, error) in [
        ("allow", on("@treasury", "allowed"), "protocol_account"),
        ("freeze", on("@treasury", "frozen"), "protocol_account"),
        ("exclude", on("@treasury", "excluded"), "protocol_account"),
        ("distribute", json!({ "asset": ASSET, "amount": "0" }), "zero_amount"),
        ("distribute_treasury", json!({ "asset": ASSET, "amount": "0" }), "zero_amount"),
        ("spend_treasury", json!({ "asset": ASSET, "to": "@bob", "coin": coin("0") }), "zero_amount"),
        (
            "spend_treasury",
            json!({ "asset": ASSET, "to": "@treasury", "coin": coin("1") }),
            "protocol_account",
        ),
        ("force_transfer", json!({ "from": "@bob", "to": "@carol", "coin": coin("0") }), "zero_amount"),
        ("force_transfer", json!({ "from": "@bob", "to": "@bob", "coin": coin("1") }), "self_transfer"),
        (
            "force_transfer",
            json!({ "from": "@treasury", "to": "@bob", "coin": coin("1") }),
            "protocol_account",
        ),
        (
            "force_transfer",
            json!({ "from": "@bob", "to": "@treasury", "coin": coin("1") }),
            "protocol_account",
        ),
        ("set_tax", json!({ "asset": ASSET, "tax": tax }), "tax_above_ceiling"),
        ("set_metadata", json!({ "asset": ASSET, "metadata": { "uri": "x" } }), "uri_out_of_rule"),
        ("pause", json!({ "asset": ASSET, "epochs": 4 }), "pause_out_of_bounds"),
        ("shorten_limits", json!({ "asset": ASSET }), "nothing_changes"),
    ] {
        let (_, kind) = find(verb);
        let bytes = (kind.from_json)(with_addresses(body)).unwrap_or_else(|error| panic!("{verb}: {error}"));
        let refused = (kind.decode)(&bytes).unwrap().check().map_err(|reject| reject.name);
        assert_eq!(refused, Err(error), "{verb}");
    }
}

#[test]
fn a_pause_or_a_limit_that_is_over_cannot_be_ended_again() {
    let mut ledger = Ledger::new(&funded());
    let limits = json!({
        "opens_after_blocks": 10, "max_transfer": { "amount": "5000", "lasts_blocks": 10 },
    });
    let more = json!({ "capabilities": ["pause", "limits"], "limits": limits });
    ledger.send("alice", "create_asset", create("community", more)).unwrap();
    let created = ledger.block.height;
    let asset = "1000000000";
    let pause = |epochs: u64| json!({ "asset": asset, "epochs": epochs });
    ledger.send("alice", "pause", pause(2)).unwrap();
    ledger.block.epoch = 2;
    let ended = ledger.send("alice", "pause", pause(0));
    assert_eq!(ended.unwrap_err().name, "nothing_changes", "it ended with its last epoch");

    let opens = |height: u64| json!({ "asset": asset, "opens_height": height });
    let end = |height: u64| json!({ "asset": asset, "max_transfer_end_height": height });
    let later = ledger.send("alice", "shorten_limits", opens(created + 10)).unwrap_err();
    assert_eq!(later.name, "limit_not_earlier");
    ledger.send("alice", "shorten_limits", opens(created + 9)).unwrap();
    ledger.block.height = created + 9;
    let over = ledger.send("alice", "shorten_limits", opens(created)).unwrap_err();
    assert_eq!(over.name, "no_such_limit", "trading is open at this height");
    ledger.send("alice", "shorten_limits", end(created)).unwrap();
    let over = ledger.send("alice", "shorten_limits", end(created)).unwrap_err();
    assert_eq!(over.name, "no_such_limit", "an end in the past is an end now");
}
