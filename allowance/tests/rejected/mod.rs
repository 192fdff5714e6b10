//! Rejected rows of what ruled assets add.
#![allow(dead_code, reason = "every test file uses its own part")]

use serde_json::{Value, json};

use crate::common::{Ledger, funded};

pub const REFLECTION: &str = "1000000000";
pub const EVERYTHING: &str = "1000000001";
pub const CLOSED: &str = "1000000002";
pub const LISTED: &str = "1000000003";
pub const PAUSED: &str = "1000000004";
pub const LONE: &str = "1000000005";

pub fn create(template: &str, more: Value) -> Value {
    let mut body = json!({
        "symbol": "DOGE", "name": "Doge", "decimals": 2, "supply": "1000000", "template": template,
    });
    for (field, value) in more.as_object().unwrap() {
        body[field] = value.clone();
    }
    body
}

/// One asset for each gate; carol is frozen, bob is cooling down, the fifth is paused, of the last nobody earns.
pub fn market() -> Ledger {
    let mut ledger = Ledger::new(&funded());
    let everything = json!({
        "cap": "2000000",
        "capabilities": ["mint", "burn", "freeze", "tax", "limits", "metadata", "pause", "force_transfer"],
        "limits": {
            "max_transfer": { "amount": "5000", "lasts_blocks": 100 },
            "max_wallet": { "amount": "12000", "lasts_blocks": 100 },
            "cool_down": { "blocks": 5, "lasts_blocks": 100 },
        },
        "distribution": [{ "to": "@bob", "amount": "10000" }, { "to": "@carol", "amount": "10000" }],
    });
    let payment = json!({ "leg": "liquidity", "to": "@bob", "coin": { "asset": REFLECTION, "amount": "1" } });
    let bob = json!({ "distribution": [{ "to": "@bob", "amount": "10000" }] });
    let steps = [
        ("alice", "create_asset", create("reflection", bob)),
        ("alice", "create_asset", create("community", everything)),
        ("alice", "create_asset", create("fair", json!({ "limits": { "opens_after_blocks": 1000 } }))),
        ("alice", "create_asset", create("fair", json!({ "capabilities": ["allow_list"], "limits": {} }))),
        ("alice", "create_asset", create("community", json!({ "capabilities": ["pause"] }))),
        ("bob", "create_asset", create("reflection", json!({ "supply": "500" }))),
        ("bob", "exclude", json!({ "asset": LONE, "account": "@bob", "excluded": true })),
        ("alice", "pause", json!({ "asset": PAUSED, "epochs": 2 })),
        ("alice", "freeze", json!({ "asset": EVERYTHING, "account": "@carol", "frozen": true })),
        ("bob", "transfer", to("@dave", EVERYTHING, "100")),
        ("alice", "announce_payment", json!({ "asset": REFLECTION, "payment": payment })),
    ];
    for (sender, verb, body) in steps {
        ledger.send(sender, verb, body).unwrap_or_else(|reject| panic!("{verb}: {reject}"));
    }
    ledger
}

pub fn to(to: &str, asset: &str, amount: &str) -> Value {
    json!({ "to": to, "coin": { "asset": asset, "amount": amount } })
}

pub type Row = (&'static str, &'static str, Value, &'static str);

fn at_creation() -> Vec<Row> {
    let tax = |legs: Value| json!({ "tax": legs });
    let tiny = json!({ "limits": { "max_transfer": { "amount": "999", "lasts_blocks": 9 } } });
    let long = json!({ "limits": { "opens_after_blocks": 604_801 } });
    let launch = |bps: u64, lasts_blocks: u64| json!({ "limits": { "launch_tax": { "bps": bps, "lasts_blocks": lasts_blocks } } });
    let many =
        json!({ "distribution": [{ "to": "@bob", "amount": "1000000" }, { "to": "@carol", "amount": "1" }] });
    let bodies = [
        ("wrapped", json!({}), "token.23 template_reserved"),
        ("vested", json!({}), "token.24 outside_template"),
        ("native", json!({}), "token.23 template_reserved"),
        ("fixed", tax(json!({})), "token.24 outside_template"),
        ("fixed", json!({ "capabilities": ["freeze"] }), "token.24 outside_template"),
        ("fixed", json!({ "limits": {} }), "token.24 outside_template"),
        ("deflationary", json!({ "capabilities": ["mint"] }), "token.24 outside_template"),
        ("deflationary", json!({ "payout": "own" }), "token.24 outside_template"),
        ("fair", tax(json!({ "burn_bps": 1 })), "token.24 outside_template"),
        (
            "reflection",
            json!({ "payout": "native", "tax": { "reflect_bps": 1 } }),
            "token.24 outside_template",
        ),
        ("community", tax(json!({ "burn_bps": 500, "treasury_bps": 501 })), "token.25 tax_above_ceiling"),
        ("fair", launch(2_501, 1), "token.26 limit_out_of_bounds"),
        ("fair", launch(0, 1), "token.26 limit_out_of_bounds"),
        ("fair", launch(1, 86_401), "token.26 limit_out_of_bounds"),
        ("community", tax(json!({ "burn_bps": 65535, "treasury_bps": 65535 })), "token.25 tax_above_ceiling"),
        ("fair", json!({}), "token.47 above_max_wallet"),
        ("fair", tiny, "token.26 limit_out_of_bounds"),
        ("fair", long, "token.26 limit_out_of_bounds"),
        ("fixed", many, "token.27 distribution_above_supply"),
        (
            "fixed",
            json!({ "distribution": [{ "to": "@treasury", "amount": "1" }] }),
            "token.15 protocol_account",
        ),
    ];
    bodies.map(|(template, more, code)| ("alice", "create_asset", create(template, more), code)).to_vec()
}

fn by_admins() -> Vec<Row> {
    let account = |asset: &str, field: &str| json!({ "asset": asset, "account": "@carol", field: true });
    let tax = |asset: &str, legs: Value| json!({ "asset": asset, "tax": legs });
    let end = |limit: &str, height: u64| json!({ "asset": EVERYTHING, limit: height });
    vec![
        ("alice", "set_tax", tax(REFLECTION, json!({ "treasury_bps": 1 })), "token.24 outside_template"),
        ("alice", "set_tax", tax(REFLECTION, json!({ "burn_bps": 1001 })), "token.25 tax_above_ceiling"),
        ("bob", "set_tax", tax(REFLECTION, json!({})), "token.17 not_admin"),
        ("alice", "freeze", account(REFLECTION, "frozen"), "token.28 capability_missing"),
        ("alice", "freeze", account("7", "frozen"), "token.14 unknown_asset"),
        ("alice", "allow", account(EVERYTHING, "allowed"), "token.28 capability_missing"),
        (
            "alice",
            "burn",
            json!({ "coin": { "asset": LISTED, "amount": "1" } }),
            "token.28 capability_missing",
        ),
        (
            "alice",
            "force_transfer",
            json!({ "from": "@bob", "to": "@alice", "coin": { "asset": REFLECTION, "amount": "1" } }),
            "token.28 capability_missing",
        ),
        (
            "alice",
            "seal",
            json!({ "asset": REFLECTION, "capabilities": ["mint"] }),
            "token.29 nothing_to_seal",
        ),
        ("bob", "seal", json!({ "asset": REFLECTION }), "token.17 not_admin"),
        ("alice", "lower_cap", json!({ "asset": REFLECTION, "cap": "1000000" }), "token.30 cap_not_lower"),
        ("alice", "lower_cap", json!({ "asset": REFLECTION, "cap": "999999" }), "token.31 cap_below_supply"),
        ("alice", "shorten_limits", end("opens_height", 1), "token.32 no_such_limit"),
        ("alice", "shorten_limits", end("launch_tax_end_height", 1), "token.32 no_such_limit"),
        ("alice", "shorten_limits", end("max_wallet_end_height", 107), "token.33 limit_not_earlier"),
        ("alice", "pause", json!({ "asset": EVERYTHING, "epochs": 4 }), "token.34 pause_out_of_bounds"),
        ("alice", "pause", json!({ "asset": PAUSED, "epochs": 1 }), "token.35 pause_too_soon"),
        ("alice", "freeze", account(EVERYTHING, "frozen"), "token.36 nothing_changes"),
        ("alice", "set_metadata", json!({ "asset": EVERYTHING }), "token.36 nothing_changes"),
        ("alice", "shorten_limits", json!({ "asset": EVERYTHING }), "token.36 nothing_changes"),
        ("alice", "pause", json!({ "asset": EVERYTHING, "epochs": 0 }), "token.36 nothing_changes"),
        (
            "alice",
            "exclude",
            json!({ "asset": REFLECTION, "account": "@bob", "excluded": false }),
            "token.36 nothing_changes",
        ),
        (
            "alice",
            "exclude",
            json!({ "asset": REFLECTION, "account": "@fees", "excluded": true }),
            "token.15 protocol_account",
        ),
        (
            "alice",
            "force_transfer",
            json!({ "from": "@fees", "to": "@alice", "coin": { "asset": EVERYTHING, "amount": "1" } }),
            "token.15 protocol_account",
        ),
    ]
}

fn by_holders() -> Vec<Row> {
    let gift = |asset: &str| json!({ "asset": asset, "amount": "1" });
    let spend = json!({ "asset": EVERYTHING, "to": "@bob", "coin": { "asset": EVERYTHING, "amount": "1" } });
    vec![
        ("alice", "spend_treasury", spend, "gate.1 unauthorized"),
        ("alice", "distribute_treasury", gift(EVERYTHING), "gate.1 unauthorized"),
        ("alice", "spend_liquidity", gift(EVERYTHING), "gate.1 unauthorized"),
        ("alice", "announce_payment", json!({ "asset": EVERYTHING }), "token.49 not_keeper"),
        ("alice", "pay_announced", json!({ "asset": EVERYTHING }), "token.49 not_keeper"),
        ("bob", "announce_payment", json!({ "asset": REFLECTION }), "token.17 not_admin"),
        ("bob", "announce_payment", json!({ "asset": LONE }), "token.50 no_payment"),
        ("bob", "pay_announced", json!({ "asset": LONE }), "token.50 no_payment"),
        ("alice", "pay_announced", json!({ "asset": REFLECTION }), "token.51 payment_early"),
        ("alice", "distribute", gift("1"), "token.39 not_shared"),
        ("alice", "distribute", gift(EVERYTHING), "token.48 wallets_limited"),
        ("alice", "distribute", gift(CLOSED), "token.42 trading_closed"),
        ("alice", "collect", json!({ "asset": CLOSED }), "token.39 not_shared"),
        ("bob", "collect", json!({ "asset": REFLECTION }), "token.36 nothing_changes"),
        ("bob", "distribute", gift(LONE), "token.40 nobody_eligible"),
        ("alice", "transfer", to("@bob", PAUSED, "1"), "token.41 paused"),
        ("alice", "distribute", gift(PAUSED), "token.41 paused"),
        ("alice", "transfer", to("@bob", CLOSED, "1"), "token.42 trading_closed"),
        ("carol", "transfer", to("@dave", EVERYTHING, "1"), "token.43 frozen"),
        ("dave", "transfer", to("@carol", EVERYTHING, "1"), "token.43 frozen"),
        ("alice", "transfer", to("@bob", LISTED, "1"), "token.44 not_listed"),
        ("alice", "transfer", to("@dave", EVERYTHING, "5001"), "token.45 above_max_transfer"),
        ("bob", "transfer", to("@dave", EVERYTHING, "1"), "token.46 cooling_down"),
        ("alice", "transfer", to("@bob", EVERYTHING, "5000"), "token.47 above_max_wallet"),
        ("bob", "transfer", to("@bob", REFLECTION, "1"), "token.3 self_transfer"),
        ("bob", "transfer", to("@dave", REFLECTION, "10001"), "token.1 insufficient_balance"),
        ("bob", "transfer", to("@dave", "1000000099", "1"), "token.14 unknown_asset"),
        (
            "alice",
            "multi_transfer",
            json!({ "asset": EVERYTHING, "recipients": [
                { "to": "@dave", "amount": "1" }, { "to": "@bob", "amount": "1" },
            ] }),
            "token.46 cooling_down",
        ),
    ]
}

pub fn rows() -> Vec<Row> {
    [at_creation(), by_admins(), by_holders()].concat()
}
