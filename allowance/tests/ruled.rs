//! Each template end to end, and what an admin can and cannot do.

mod common;
mod rejected;

use std::collections::BTreeMap;

use chortle_kernel::{AssetId, Origin};
use chortle_token::{msg, protocol, state};
use common::{LOL, Ledger, Random, amount, coin, funded, kinds, who};
use rejected::{create, to};
use serde_json::{Value, json};

const FIRST: &str = "1000000000";
const ID: u64 = 1_000_000_000;

/// Alice creates; bob gets 100,000 of the 1,000,000.
fn with(template: &str, more: Value) -> Ledger {
    let mut ledger = Ledger::new(&funded());
    let mut body = create(template, more);
    body["distribution"] = json!([{ "to": "@bob", "amount": "100000" }]);
    ledger.send("alice", "create_asset", body).unwrap();
    ledger
}

fn send(ledger: &mut Ledger, from: &str, recipient: &str, units: u64) -> Vec<String> {
    let events = ledger.send(from, "transfer", to(recipient, FIRST, &units.to_string()));
    kinds(&events.unwrap_or_else(|reject| panic!("{reject}"))).into_iter().map(str::to_owned).collect()
}

fn shown(ledger: &Ledger) -> Value {
    ledger.query("show", json!({ "asset": FIRST })).unwrap()
}

fn as_holders(ledger: &mut Ledger, message: &impl chortle_kernel::Message) {
    ledger.attempt(Origin::Community(AssetId(ID)), |ctx| message.execute(ctx)).unwrap();
    ledger.assert_invariants();
}

#[test]
fn plain_templates_get_plain_numbers_and_stay_plain() {
    let mut ledger = Ledger::new(&funded());
    for (template, asset, mintable) in [("fixed", "1", false), ("mintable_capped", "2", true)] {
        ledger.send("alice", "create_asset", create(template, json!({}))).unwrap();
        let shown = ledger.query("show", json!({ "asset": asset })).unwrap();
        assert_eq!((&shown["template"], &shown["rules"]), (&json!(template), &json!(null)));
        assert_eq!(shown["mintable"], json!(mintable));
    }
    ledger.send("alice", "transfer", to("@bob", "1", "10")).unwrap();
    assert_eq!(ledger.balance("bob", 1), 10);
}

#[test]
fn a_deflationary_token_burns_down_to_its_floor_and_no_further() {
    let mut ledger = with("deflationary", json!({ "burn_floor": "999000" }));
    assert_eq!(send(&mut ledger, "bob", "@carol", 10_000), ["token.taxed_transfer"]);
    assert_eq!((ledger.balance("carol", ID), ledger.supply(ID)), (9_800, 999_800));
    send(&mut ledger, "bob", "@carol", 50_000);
    assert_eq!((ledger.balance("carol", ID), ledger.supply(ID)), (9_800 + 49_200, 999_000));
    assert_eq!(send(&mut ledger, "bob", "@carol", 10_000), ["token.transferred"]);
    assert_eq!((ledger.balance("bob", ID), ledger.supply(ID)), (30_000, 999_000));
}

#[test]
fn a_reflection_pays_all_holders_and_what_is_due_can_be_spent_at_once() {
    let mut ledger = with("reflection", json!({}));
    send(&mut ledger, "alice", "@carol", 100_000);
    // 2,000 among alice's 800,000, bob's 100,000 and carol's 98,000.
    assert_eq!(ledger.balance("bob", ID), 100_000 + 200);
    assert_eq!(ledger.balance("carol", ID), 98_000 + 196);
    assert_eq!(ledger.balance("alice", ID), 800_000 + 1_603);
    let balance = ledger.query("balance", json!({ "address": "@bob", "asset": FIRST })).unwrap();
    assert_eq!((&balance["amount"], &balance["due"]["amount"]), (&json!("100200"), &json!("200")));
    let events = send(&mut ledger, "bob", "@dave", 100_200);
    assert_eq!(events, ["token.reflected", "token.taxed_transfer"]);
    assert_eq!(ledger.balance("dave", ID), 100_200 - 2_004 + 197);
}

#[test]
fn who_is_touched_often_earns_as_much_as_who_is_not() {
    for (payout, asset) in [("own", ID), ("native", 0)] {
        let mut ledger = Ledger::new(&funded());
        let parts = [("@bob", "10"), ("@carol", "10"), ("@dave", "100")];
        let parts: Vec<_> = parts.iter().map(|(to, amount)| json!({ "to": to, "amount": amount })).collect();
        let mut body = create("reflection", json!({ "tax": {}, "payout": payout, "distribution": parts }));
        (body["supply"], body["decimals"]) = (json!("1000"), json!(0));
        ledger.send("alice", "create_asset", body).unwrap();
        let before = ["bob", "carol"].map(|name| ledger.balance(name, asset));
        for _ in 0..100 {
            ledger.send("alice", "distribute", json!({ "asset": FIRST, "amount": "5" })).unwrap();
            send(&mut ledger, "bob", "@dave", 1);
            send(&mut ledger, "dave", "@bob", 1);
        }
        for name in ["bob", "carol"] {
            let _ = ledger.send(name, "collect", json!({ "asset": FIRST }));
        }
        let [bob, carol] = [("bob", before[0]), ("carol", before[1])]
            .map(|(name, before)| ledger.balance(name, asset) - before);
        assert!(carol >= 5 && bob.abs_diff(carol) <= 1, "{payout}: touched {bob}, not touched {carol}");
    }
}

#[test]
fn who_leaves_and_comes_back_keeps_what_was_left_over() {
    let mut ledger = Ledger::new(&funded());
    let parts = json!([{ "to": "@bob", "amount": "10" }, { "to": "@dave", "amount": "90" }]);
    let mut body = create("reflection", json!({ "tax": {}, "payout": "native", "distribution": parts }));
    body["supply"] = json!("1000");
    ledger.send("alice", "create_asset", body).unwrap();
    let before = ledger.balance("bob", 0);
    for _ in 0..11 {
        ledger.send("alice", "distribute", json!({ "asset": FIRST, "amount": "50" })).unwrap();
        send(&mut ledger, "bob", "@dave", 10);
        send(&mut ledger, "dave", "@bob", 10);
    }
    // 10 of 1,000 earn half a unit each time, and nothing while they are away.
    ledger.send("bob", "collect", json!({ "asset": FIRST })).unwrap();
    assert_eq!(ledger.balance("bob", 0), before + 5);
    send(&mut ledger, "bob", "@dave", 10);
    let section = (chortle_token::MODULE.genesis.export)(&ledger.state).unwrap();
    let imported = Ledger::of_sections(&BTreeMap::from([("token", section)]), 0);
    let due = |ledger: &Ledger| state::HOLDING.get(&ledger.state, &(who("bob"), AssetId(ID))).unwrap();
    assert_eq!(due(&imported), due(&ledger), "and an export carries it");
    assert!(due(&ledger).is_some_and(|holding| holding.fraction > 0 && holding.balance.is_zero()));
}

#[test]
fn excluding_pays_first_and_including_gives_nothing_back() {
    let mut ledger = with("reflection", json!({}));
    let exclude = |excluded: bool| json!({ "asset": FIRST, "account": "@bob", "excluded": excluded });
    ledger.send("alice", "distribute", json!({ "asset": FIRST, "amount": "1000" })).unwrap();
    let earned = ledger.balance("bob", ID);
    ledger.send("alice", "exclude", exclude(true)).unwrap();
    ledger.send("alice", "distribute", json!({ "asset": FIRST, "amount": "50000" })).unwrap();
    assert_eq!(ledger.balance("bob", ID), earned);
    ledger.send("alice", "exclude", exclude(false)).unwrap();
    assert_eq!(ledger.balance("bob", ID), earned);
    ledger.send("alice", "distribute", json!({ "asset": FIRST, "amount": "1000" })).unwrap();
    assert!(ledger.balance("bob", ID) > earned);
}

#[test]
fn holders_can_be_paid_in_lol() {
    let mut ledger = with("reflection", json!({ "payout": "native" }));
    assert_eq!(send(&mut ledger, "bob", "@carol", 50_000), ["token.transferred"], "nothing to tax for");
    ledger.send("bob", "distribute", json!({ "asset": FIRST, "amount": (10 * LOL).to_string() })).unwrap();
    assert_eq!(ledger.balance("bob", 0), 40 * LOL);
    let balance = ledger.query("balance", json!({ "address": "@carol", "asset": FIRST })).unwrap();
    assert_eq!(
        balance["due"],
        json!({ "asset": "0", "amount": (LOL / 2).to_string(), "display": "0.5 LOL" })
    );
    let told = ledger.send("carol", "collect", json!({ "asset": FIRST })).unwrap();
    assert_eq!(kinds(&told), ["token.reflected"]);
    let kind = chortle_token::MODULE.events.iter().find(|kind| kind.kind == "token.reflected").unwrap();
    let paid = (kind.to_json)(&told[0].body).unwrap();
    assert_eq!(paid["from"], json!(protocol::rewards_of(AssetId(ID))), "an account is named for every debit");
    assert_eq!(ledger.balance("carol", 0), 5 * LOL + LOL / 2);
    assert_eq!(send(&mut ledger, "bob", "@dave", 50_000), ["token.transferred"]);
    ledger.send("bob", "collect", json!({ "asset": FIRST })).unwrap();
    assert_eq!(ledger.balance("bob", 0), 40 * LOL + LOL / 2);
}

#[test]
fn a_community_has_a_treasury_that_its_holders_spend() {
    let mut ledger = with("community", json!({}));
    send(&mut ledger, "bob", "@carol", 50_000);
    assert_eq!(shown(&ledger)["rules"]["treasury"], json!("1000"));
    let asset = AssetId(ID);
    as_holders(&mut ledger, &msg::SpendTreasury { asset, to: who("dave"), coin: coin(ID, 400) });
    assert_eq!(ledger.balance("dave", ID), 400);
    as_holders(&mut ledger, &msg::DistributeTreasury { asset, amount: amount(600) });
    assert_eq!(shown(&ledger)["rules"]["treasury"], json!("0"));
    assert!(ledger.balance("dave", ID) >= 400 && ledger.balance("alice", ID) > 900_000);
}

#[test]
fn a_launch_limit_ends_by_itself_and_earlier_if_its_admin_wants() {
    let ceiling = |units: u64| json!({ "amount": units.to_string(), "lasts_blocks": 100_800 });
    let limits = json!({ "max_transfer": ceiling(10_000), "max_wallet": ceiling(20_000) });
    let mut ledger =
        with("community", json!({ "tax": {}, "capabilities": ["burn", "limits"], "limits": limits }));
    let above = ledger.send("bob", "transfer", to("@carol", FIRST, "10001")).unwrap_err();
    assert_eq!(above.name, "above_max_transfer");
    let shorten = json!({ "asset": FIRST, "max_transfer_end_height": 20 });
    ledger.send("alice", "shorten_limits", shorten).unwrap();
    ledger.block.height = 20;
    send(&mut ledger, "bob", "@carol", 20_000);
    assert_eq!(
        ledger.send("bob", "transfer", to("@carol", FIRST, "1")).unwrap_err().name,
        "above_max_wallet"
    );
    ledger.block.height = 7 + 100_800;
    send(&mut ledger, "bob", "@carol", 80_000);
}

#[test]
fn a_launch_tax_falls_to_the_one_that_stays_and_is_burnt() {
    let launch = json!({ "opens_after_blocks": 10, "launch_tax": { "bps": 2_000, "lasts_blocks": 100 } });
    let mut ledger = with("fair", json!({ "capabilities": ["limits"], "limits": launch.clone() }));
    let created = ledger.block.height;
    let mut burnt_of = |height: u64, units: u64| {
        ledger.block.height = height;
        let before = ledger.supply(ID);
        send(&mut ledger, "bob", "@carol", units);
        before - ledger.supply(ID)
    };
    assert_eq!(burnt_of(created + 10, 1_000), 200);
    assert_eq!(burnt_of(created + 60, 1_000), 100);
    assert_eq!(burnt_of(created + 61, 1), 1, "rounded against the sender");
    let shorten = json!({ "asset": FIRST, "launch_tax_end_height": created + 70 });
    ledger.block.height = created + 61;
    let told = ledger.send("alice", "shorten_limits", shorten).unwrap();
    assert_eq!(common::kinds(&told), ["token.limits_shortened"]);
    let rules = |ledger: &Ledger| shown(ledger)["rules"].clone();
    assert_eq!(rules(&ledger)["tax_bps"], json!(300), "9 of 60 blocks are left");
    ledger.block.height = created + 70;
    let supply = ledger.supply(ID);
    send(&mut ledger, "bob", "@carol", 1_000);
    assert_eq!((ledger.supply(ID), &rules(&ledger)["tax_bps"]), (supply, &json!(0)));

    // It can be over before trading opens.
    let mut early = with("fair", json!({ "capabilities": ["limits"], "limits": launch.clone() }));
    early.send("alice", "shorten_limits", json!({ "asset": FIRST, "launch_tax_end_height": 1 })).unwrap();
    early.block.height = created + 10;
    send(&mut early, "bob", "@carol", 1_000);
    assert_eq!(early.supply(ID), 1_000_000);

    // It falls to a tax that stays, of which the legs are what they are.
    let kept = json!({ "tax": { "treasury_bps": 500 }, "limits": launch });
    let mut ledger = with("community", kept);
    ledger.block.height = created + 60;
    send(&mut ledger, "bob", "@carol", 1_000);
    assert_eq!(shown(&ledger)["rules"]["treasury"], json!("50"));
    assert_eq!(ledger.supply(ID), 1_000_000 - 50);
}

#[test]
fn a_rise_is_announced_two_epochs_ahead_and_two_in_one_block_stay_below_the_ceiling() {
    let mut ledger = with("community", json!({}));
    let tax = |bps: u64| json!({ "asset": FIRST, "tax": { "treasury_bps": bps } });
    ledger.send("alice", "set_tax", tax(900)).unwrap();
    ledger.send("alice", "set_tax", tax(1_000)).unwrap();
    assert_eq!(ledger.send("alice", "set_tax", tax(1_001)).unwrap_err().name, "tax_above_ceiling");
    let rules = &shown(&ledger)["rules"];
    assert_eq!((&rules["tax_bps"], &rules["tax_announced"]["epoch"]), (&json!(200), &json!(2)));
    for (epoch, net) in [(0, 980), (1, 980), (2, 900)] {
        ledger.block.epoch = epoch;
        let before = ledger.balance("carol", ID);
        send(&mut ledger, "bob", "@carol", 1_000);
        assert_eq!(ledger.balance("carol", ID) - before, net, "epoch {epoch}");
    }
    ledger.send("alice", "set_tax", tax(0)).unwrap();
    assert_eq!(send(&mut ledger, "bob", "@carol", 1_000), ["token.transferred"]);
}

#[test]
fn tax_is_paid_on_sends_alone() {
    let mut ledger = with("community", json!({ "capabilities": ["mint", "burn", "tax", "force_transfer"] }));
    ledger.send("alice", "mint", to("@carol", FIRST, "1000")).unwrap();
    ledger.send("carol", "burn", json!({ "coin": { "asset": FIRST, "amount": "100" } })).unwrap();
    let force = json!({ "from": "@carol", "to": "@dave", "coin": { "asset": FIRST, "amount": "500" } });
    let events = ledger.send("alice", "force_transfer", force).unwrap();
    assert_eq!(kinds(&events), ["token.transferred", "token.force_transferred"]);
    assert_eq!(send(&mut ledger, "dave", "@carol", 100), ["token.taxed_transfer"]);
    ledger.assert_invariants();
    assert_eq!((ledger.balance("carol", ID), ledger.balance("dave", ID)), (498, 400));
}

#[test]
fn nobody_stays_frozen_when_nobody_can_free_them() {
    for end in ["seal", "renounce_admin"] {
        let mut ledger = with("community", json!({ "capabilities": ["burn", "freeze"], "tax": {} }));
        ledger.send("alice", "freeze", json!({ "asset": FIRST, "account": "@bob", "frozen": true })).unwrap();
        assert_eq!(ledger.send("bob", "transfer", to("@carol", FIRST, "1")).unwrap_err().name, "frozen");
        ledger.send("alice", end, json!({ "asset": FIRST })).unwrap();
        assert_eq!(send(&mut ledger, "bob", "@carol", 1), ["token.transferred"], "{end}");
    }
}

#[test]
fn a_rise_that_does_not_hold_yet_ends_with_the_admins_power_over_the_tax() {
    for end in ["seal", "renounce_admin"] {
        let mut ledger = with("community", json!({ "tax": {} }));
        let rise = json!({ "asset": FIRST, "tax": { "treasury_bps": 1_000 } });
        ledger.send("alice", "set_tax", rise).unwrap();
        let events = ledger.send("alice", end, json!({ "asset": FIRST })).unwrap();
        assert!(kinds(&events).contains(&"token.tax_set"), "{end}");
        ledger.block.epoch += 2;
        assert_eq!(send(&mut ledger, "bob", "@carol", 100), ["token.transferred"], "{end}");
    }
}

#[test]
fn nobody_stays_excluded_when_nobody_can_include_them() {
    for end in ["seal", "renounce_admin"] {
        let mut ledger = with("reflection", json!({ "tax": {} }));
        let exclude = json!({ "asset": FIRST, "account": "@bob", "excluded": true });
        ledger.send("alice", "exclude", exclude).unwrap();
        let share = json!({ "asset": FIRST, "amount": "1000" });
        ledger.send("alice", "distribute", share.clone()).unwrap();
        let before = ledger.balance("bob", ID);
        ledger.send("alice", end, json!({ "asset": FIRST })).unwrap();
        assert_eq!(ledger.balance("bob", ID), before, "{end}: nothing of what was shared before");
        ledger.send("alice", "distribute", share).unwrap();
        assert!(ledger.balance("bob", ID) > before, "{end}");
        assert_eq!(shown(&ledger)["rules"]["exclusions"], json!([]), "{end}");
        ledger.assert_invariants();
    }
}

#[test]
fn an_allow_list_lets_only_listed_accounts_send_and_receive() {
    let mut ledger = with("fair", json!({ "capabilities": ["allow_list"], "limits": {} }));
    for (name, refused) in [("@bob", true), ("@carol", false)] {
        ledger.send("alice", "allow", json!({ "asset": FIRST, "account": name, "allowed": true })).unwrap();
        let sent = ledger.send("bob", "transfer", to("@carol", FIRST, "1"));
        assert_eq!(sent.err().map(|reject| reject.name), refused.then_some("not_listed"), "{name}");
    }
}

#[test]
fn a_pause_ends_by_itself_and_none_follows_at_once() {
    let mut ledger = with("community", json!({ "capabilities": ["pause"], "tax": {} }));
    let pause = |epochs: u64| json!({ "asset": FIRST, "epochs": epochs });
    ledger.send("alice", "pause", pause(3)).unwrap();
    for (epoch, sends, pauses) in [(2, false, false), (3, true, false), (5, true, false), (6, true, true)] {
        ledger.block.epoch = epoch;
        assert_eq!(ledger.send("bob", "transfer", to("@carol", FIRST, "1")).is_ok(), sends, "epoch {epoch}");
        assert_eq!(ledger.send("alice", "pause", pause(1)).is_ok(), pauses, "epoch {epoch}");
    }
    ledger.send("alice", "pause", pause(0)).unwrap();
    send(&mut ledger, "bob", "@carol", 1);
}

#[test]
fn a_pause_that_is_ended_in_the_first_epoch_is_followed_by_none_at_once() {
    let mut ledger = with("community", json!({ "capabilities": ["pause"], "tax": {} }));
    let pause = |epochs: u64| json!({ "asset": FIRST, "epochs": epochs });
    ledger.send("alice", "pause", pause(3)).unwrap();
    ledger.send("alice", "pause", pause(0)).unwrap();
    for (epoch, refused) in [(0, Some("pause_too_soon")), (2, Some("pause_too_soon")), (3, None)] {
        ledger.block.epoch = epoch;
        let paused = ledger.send("alice", "pause", pause(1));
        assert_eq!(paused.err().map(|reject| reject.name), refused, "epoch {epoch}");
    }
}

#[test]
fn the_cap_only_falls_and_metadata_freezes_with_its_capability() {
    let more = json!({ "capabilities": ["mint", "metadata"], "cap": "3000000" });
    let mut ledger = with("community", more);
    ledger.send("alice", "lower_cap", json!({ "asset": FIRST, "cap": "1500000" })).unwrap();
    assert_eq!(ledger.send("alice", "mint", to("@bob", FIRST, "500001")).unwrap_err().name, "above_cap");
    let metadata = |uri: &str| json!({ "asset": FIRST, "metadata": { "uri": uri } });
    ledger.send("alice", "set_metadata", metadata("ipfs://new")).unwrap();
    assert_eq!(shown(&ledger)["metadata"]["uri"], json!("ipfs://new"));
    ledger.send("alice", "seal", json!({ "asset": FIRST, "capabilities": ["metadata"] })).unwrap();
    let refused = ledger.send("alice", "set_metadata", metadata("ipfs://newer")).unwrap_err();
    assert_eq!(refused.name, "capability_missing");
    assert_eq!(shown(&ledger)["capabilities"], json!(["mint"]));
}

#[test]
fn holders_are_ranked_and_supplies_remembered() {
    let mut ledger = with("community", json!({ "tax": {}, "capabilities": ["mint"] }));
    for (name, units) in [("@carol", 40_000), ("@dave", 60_000)] {
        send(&mut ledger, "bob", name, units);
    }
    ledger.block.epoch = 4;
    ledger.send("alice", "mint", to("@carol", FIRST, "100000")).unwrap();
    let first = ledger.query("holders", json!({ "asset": FIRST, "limit": 2 })).unwrap();
    let second =
        ledger.query("holders", json!({ "asset": FIRST, "limit": 2, "cursor": first["next"] })).unwrap();
    let rows: Vec<_> = [&first, &second].iter().flat_map(|page| page["items"].as_array().unwrap()).collect();
    let found: Vec<_> =
        rows.iter().map(|row| (row["rank"].as_u64().unwrap(), row["account"].clone())).collect();
    let expected = [("alice", 1), ("carol", 2), ("dave", 3)].map(|(name, rank)| (rank, json!(who(name))));
    assert_eq!(found, expected);
    assert_eq!(rows[1]["percent"], json!("12.7272"));
    let history = ledger.query("supply_history", json!({ "asset": FIRST })).unwrap();
    let points: Vec<_> = history["items"].as_array().unwrap().iter().map(|point| &point["supply"]).collect();
    assert_eq!(points, [&json!("1000000"), &json!("1100000")]);
}

#[test]
fn what_a_distribution_burns_is_remembered_and_one_that_burns_nothing_is_no_change() {
    let mut ledger = with("reflection", json!({ "tax": { "burn_bps": 100 } }));
    let supplies = |ledger: &Ledger| {
        let history = ledger.query("supply_history", json!({ "asset": FIRST })).unwrap();
        let points = history["items"].as_array().unwrap().iter();
        points.map(|point| (point["epoch"].clone(), point["supply"].clone())).collect::<Vec<_>>()
    };
    ledger.block.epoch = 4;
    ledger.send("alice", "distribute", json!({ "asset": FIRST, "amount": "10000" })).unwrap();
    let burnt = [(json!(0), json!("1000000")), (json!(4), json!("999900"))];
    assert_eq!(supplies(&ledger), burnt);
    ledger.send("alice", "set_tax", json!({ "asset": FIRST, "tax": {} })).unwrap();
    ledger.block.epoch = 9;
    ledger.send("alice", "distribute", json!({ "asset": FIRST, "amount": "10000" })).unwrap();
    assert_eq!(supplies(&ledger), burnt);
}

/// Every item of the list of holders, by pages of one.
fn holders(ledger: &Ledger) -> Vec<Value> {
    let (mut rows, mut cursor) = (Vec::new(), Value::Null);
    loop {
        let page = ledger.query("holders", json!({ "asset": FIRST, "limit": 1, "cursor": cursor })).unwrap();
        rows.extend(page["items"].as_array().unwrap().iter().cloned());
        cursor = page["next"].clone();
        if cursor.is_null() {
            return rows;
        }
    }
}

fn units(value: &Value) -> u64 {
    value.as_str().expect("an amount").parse().expect("digits")
}

#[test]
fn what_a_treasury_has_is_told_alike_by_every_answer() {
    let tax = json!({ "treasury_bps": 200, "liquidity_bps": 100 });
    let mut ledger = with("community", json!({ "tax": tax }));
    send(&mut ledger, "bob", "@carol", 50_000);
    send(&mut ledger, "alice", "@dave", 400_000);
    let rules = shown(&ledger)["rules"].clone();
    for name in ["treasury", "liquidity"] {
        let (account, held) = (&rules[&format!("{name}_account")], &rules[name]);
        assert!(units(held) > 0, "{name}");
        let one = ledger.query("balance", json!({ "address": account, "asset": FIRST })).unwrap();
        assert_eq!(&one["amount"], held, "{name}");
        let all = ledger.query("balances", json!({ "address": account })).unwrap();
        assert_eq!((&all["items"][0]["amount"], &all["next"]), (held, &Value::Null), "{name}");
        let shown = ledger.query("account", json!({ "address": account })).unwrap();
        assert_eq!(shown["balances"]["items"], all["items"], "{name}");
        let row =
            holders(&ledger).into_iter().find(|row| row["account"] == *account).expect("it is a holder");
        assert_eq!((&row["amount"], &row["stored"]), (held, held), "{name}");
        assert_eq!(row["protocol"], json!(format!("{name} of an asset")));
    }
}

#[test]
fn holders_sum_to_the_supply() {
    for (template, more) in [
        ("community", json!({})),
        ("community", json!({ "tax": { "treasury_bps": 300, "liquidity_bps": 200 } })),
        ("reflection", json!({})),
        ("reflection", json!({ "payout": "native" })),
        ("deflationary", json!({})),
    ] {
        let mut ledger = with(template, more.clone());
        for (from, to, sent) in
            [("bob", "@carol", 50_001), ("alice", "@dave", 300_007), ("dave", "@bob", 99_999)]
        {
            send(&mut ledger, from, to, sent);
            let rows = holders(&ledger);
            let shown = shown(&ledger);
            let pot = if shown["rules"]["payout"] == "own" { units(&shown["rules"]["pot"]) } else { 0 };
            let sum = |field: &str| rows.iter().map(|row| units(&row[field])).sum::<u64>();
            let supply = units(&shown["supply"]);
            assert_eq!(sum("stored") + pot, supply, "{template} {more}");
            assert!(sum("amount") <= supply, "{template} {more}");
            let ranks: Vec<_> = rows.iter().map(|row| row["rank"].as_u64().unwrap()).collect();
            assert_eq!(ranks, (1..=rows.len() as u64).collect::<Vec<_>>(), "each once");
            assert!(rows.is_sorted_by_key(|row| u64::MAX - units(&row["stored"])), "the largest first");
        }
    }
}

#[test]
fn a_safety_report_states_facts_with_the_keys_that_prove_them() {
    let mut ledger = with("community", json!({ "capabilities": ["burn", "tax", "freeze"] }));
    ledger.send("alice", "create_asset", create("fixed", json!({}))).unwrap();
    let report = ledger.query("safety", json!({ "asset": FIRST })).unwrap();
    for (fact, value) in [
        ("mintable", json!(false)),
        ("freezable", json!(true)),
        ("force_transfer", json!(false)),
        ("tax_now_bps", json!(200)),
        ("tax_max_bps", json!(1_000)),
        ("metadata_frozen", json!(true)),
        ("supply", json!("1000000")),
        ("admin", json!(who("alice"))),
    ] {
        assert_eq!(report[fact]["value"], value, "{fact}");
        let key = hex::decode(report[fact]["key"].as_str().unwrap()).unwrap();
        assert!(ledger.entries().contains_key(&key), "{fact}");
    }
    assert_eq!(report["largest_holders_percent"], json!("100.0000"));
    assert_eq!(report["largest_holders"][0]["percent"], json!("90.0000"));
    assert_eq!(report["creators_other_assets"][0]["full_name"], json!("DOGE#1"));
    ledger.send("alice", "seal", json!({ "asset": FIRST })).unwrap();
    let sealed = ledger.query("safety", json!({ "asset": FIRST })).unwrap();
    assert_eq!(sealed["tax_max_bps"]["value"], json!(200));
    let plain = ledger.query("safety", json!({ "asset": "1" })).unwrap();
    assert_eq!(plain["tax_max_bps"], json!({ "value": 0, "key": null }));
}

#[test]
fn export_then_import_keeps_rules_pools_and_holdings() {
    let mut ledger = rejected::market();
    ledger.send("bob", "transfer", to("@dave", FIRST, "777")).unwrap();
    let exported = chortle_token::Genesis::export(&ledger.state).unwrap();
    let imported = Ledger::new(&exported);
    imported.assert_invariants();
    assert_eq!(imported.entries(), ledger.entries());
    assert_eq!(imported.ranks(), ledger.ranks());
    assert_eq!(chortle_token::Genesis::export(&imported.state).unwrap(), exported);
}

/// Any message that an admin can send, with arguments that often make sense.
fn some_admin_message(random: &mut Random) -> (&'static str, Value) {
    let accounts = ["@alice", "@bob", "@carol", "@fees", "@governance"];
    let account = if random.below(6) == 0 {
        protocol::treasury_of(AssetId(ID)).to_string()
    } else {
        random.pick(&accounts).to_owned()
    };
    let capability =
        random.pick(&["mint", "burn", "freeze", "tax", "limits", "metadata", "pause", "force_transfer"]);
    let yes = random.below(2) == 0;
    let (asset, units) = (FIRST, (1 + random.below(2_000)).to_string());
    match random.below(12) {
        0 if random.below(20) == 0 => ("seal", json!({ "asset": asset, "capabilities": [capability] })),
        0 | 1 => ("mint", json!({ "to": account, "coin": { "asset": asset, "amount": units } })),
        2 => ("lower_cap", json!({ "asset": asset, "cap": (2_000_000 - random.below(100_000)).to_string() })),
        3 => ("set_tax", json!({ "asset": asset, "tax": { "treasury_bps": random.below(1_100) } })),
        4 => ("shorten_limits", json!({ "asset": asset, "max_wallet_end_height": random.below(200) })),
        5 => ("set_metadata", json!({ "asset": asset, "metadata": { "uri": format!("ipfs://{units}") } })),
        6 => ("freeze", json!({ "asset": asset, "account": account, "frozen": yes })),
        7 => ("allow", json!({ "asset": asset, "account": account, "allowed": yes })),
        8 => ("pause", json!({ "asset": asset, "epochs": random.below(5) })),
        9 => {
            let coin = json!({ "asset": asset, "amount": units });
            ("force_transfer", json!({ "from": account, "to": random.pick(&accounts), "coin": coin }))
        }
        10 => ("exclude", json!({ "asset": asset, "account": account, "excluded": yes })),
        _ => ("transfer", to(random.pick(&accounts), asset, &units)),
    }
}

#[test]
fn whatever_an_admin_sends_no_capability_returns_and_no_protocol_account_moves() {
    for seed in 0..40 {
        let mut random = Random(seed);
        let more = json!({
            "capabilities": ["mint", "burn", "freeze", "tax", "limits", "metadata", "pause", "force_transfer"],
            "cap": "2000000", "tax": {}, "limits": { "max_wallet": { "amount": "900000", "lasts_blocks": 500 } },
        });
        let mut ledger = with("community", more);
        let act = |ctx: &mut chortle_kernel::Ctx<'_>| {
            common::hand_over(ctx, &who("bob"), &who("governance"), coin(ID, 5_000))?;
            common::hand_over(ctx, &who("bob"), &protocol::treasury_of(AssetId(ID)), coin(ID, 5_000))
        };
        ledger.attempt(Origin::Protocol, act).unwrap();
        let record = |ledger: &Ledger| chortle_token::asset(&ledger.state, AssetId(ID)).unwrap();
        let mut before = record(&ledger);
        for step in 0..400 {
            ledger.block.height += 1;
            ledger.block.epoch = ledger.block.height / 20;
            let (verb, body) = some_admin_message(&mut random);
            let done = ledger.send("alice", verb, body.clone()).is_ok();
            let after = record(&ledger);
            let shown = format!("seed {seed}, step {step}: {verb} {body} {done}");
            assert!(after.capabilities.without(before.capabilities).is_empty(), "{shown}");
            assert!(after.cap <= before.cap, "{shown}");
            assert_eq!(ledger.balance("governance", ID), 5_000, "{shown}");
            let treasury =
                chortle_token::balance(&ledger.state, &protocol::treasury_of(AssetId(ID)), AssetId(ID));
            assert!(treasury.unwrap() >= amount(5_000), "{shown}");
            before = after;
        }
    }
}
