//! One movement of value: whatever a user sends, by whatever route, no more reaches another than the tax leaves, and no
//! limit is passed.

mod common;
mod rejected;

use std::collections::BTreeSet;

use chortle_airdrop::tree::{airdrop_key, tree};
use chortle_kernel::merkle::Node;
use chortle_kernel::{Address, AssetId, Ctx, Effects, Failure, Module, Origin};
use common::{Ledger, MODULES, Random, amount, funded, who};
use rejected::{create, to};
use serde_json::{Value, json};

const FIRST: &str = "1000000000";
const ID: u64 = 1_000_000_000;

fn with(template: &str, more: Value) -> Ledger {
    let mut ledger = Ledger::new(&funded());
    ledger.block.time_unix_ms = 1_000;
    ledger.send("alice", "create_asset", create(template, more)).unwrap();
    ledger
}

fn coin(units: u64) -> Value {
    json!({ "asset": FIRST, "amount": units.to_string() })
}

fn campaign(ledger: &Ledger, sponsor: &str, to: &str, units: u64, salt: u64) -> Value {
    let tree = tree(&airdrop_key("test", &who(sponsor), salt), &[(who(to), amount(units))]).unwrap();
    json!({
        "coin": coin(units), "root": tree.root().to_string(), "leaves": 1, "salt": salt,
        "key": Node(airdrop_key("test", &who(sponsor), salt)).to_string(), "deadline_unix_ms": ledger.block.time_unix_ms + 10_000,
    })
}

fn claim(airdrop: u64, to: &str, units: u64) -> Value {
    json!({ "airdrop": airdrop, "index": 0, "account": who(to), "amount": units.to_string(), "proof": [] })
}

fn lock(ledger: &Ledger, owner: &str, units: u64) -> Value {
    let now = ledger.block.time_unix_ms;
    let linear = json!({ "start_unix_ms": 0, "cliff_unix_ms": 0, "end_unix_ms": now + 1 });
    json!({ "owner": who(owner), "coin": coin(units), "schedule": { "linear": linear } })
}

#[test]
fn an_airdrop_of_one_is_no_way_around_the_tax() {
    for (template, tax) in
        [("deflationary", "burn_bps"), ("reflection", "reflect_bps"), ("community", "treasury_bps")]
    {
        let mut ledger = with(template, json!({ "tax": { tax: 1_000 } }));
        let body = campaign(&ledger, "alice", "bob", 900_000, 0);
        ledger.send("alice", "create_airdrop", body).unwrap();
        let events = ledger.send("alice", "claim_airdrop", claim(1, "bob", 900_000)).unwrap();
        assert!(common::kinds(&events).contains(&"token.taxed_transfer"), "{template}");
        assert!(ledger.balance("bob", ID) < 900_000, "{template}");
    }
}

/// No tax; nobody moves over 10,000 or holds over 20,000, but alice, who created it.
fn limited() -> Ledger {
    let ceiling = |units: u64| json!({ "amount": units.to_string(), "lasts_blocks": 100_800 });
    let limits = json!({ "max_transfer": ceiling(10_000), "max_wallet": ceiling(20_000) });
    with("community", json!({ "tax": {}, "limits": limits }))
}

#[test]
fn launch_limits_hold_by_airdrop_and_by_lock() {
    let mut ledger = limited();
    let body = campaign(&ledger, "alice", "bob", 900_000, 0);
    assert_eq!(ledger.send("alice", "create_airdrop", body).unwrap_err().name, "above_max_transfer");
    let body = lock(&ledger, "bob", 900_000);
    assert_eq!(ledger.send("alice", "create_lock", body).unwrap_err().name, "above_max_transfer");
    for salt in 0..3 {
        let body = campaign(&ledger, "alice", "bob", 10_000, salt);
        ledger.send("alice", "create_airdrop", body).unwrap();
        let paid = ledger.send("bob", "claim_airdrop", claim(salt + 1, "bob", 10_000));
        assert_eq!(paid.err().map(|reject| reject.name), (salt == 2).then_some("above_max_wallet"));
    }
    let cool = json!({ "limits": { "cool_down": { "blocks": 3_600, "lasts_blocks": 1_000_000 } } });
    let mut ledger = with("fair", cool);
    ledger.send("alice", "transfer", to("@bob", FIRST, "1")).unwrap();
    for (verb, body) in [
        ("create_airdrop", campaign(&ledger, "alice", "bob", 5, 0)),
        ("create_lock", lock(&ledger, "bob", 5)),
    ] {
        assert_eq!(ledger.send("alice", verb, body).unwrap_err().name, "cooling_down", "{verb}");
    }
    let own = lock(&ledger, "alice", 5);
    ledger.send("alice", "create_lock", own).unwrap();
}

#[test]
fn what_comes_back_to_who_paid_it_in_is_whole() {
    let mut ledger = with("deflationary", json!({ "tax": { "burn_bps": 1_000 } }));
    let body = lock(&ledger, "alice", 1_000);
    ledger.send("alice", "create_lock", body).unwrap();
    let body = campaign(&ledger, "alice", "bob", 1_000, 0);
    ledger.send("alice", "create_airdrop", body).unwrap();
    ledger.block.time_unix_ms += 20_000;
    ledger.send("alice", "claim_lock", json!({ "lock": 1 })).unwrap();
    ledger.send("bob", "end_airdrop", json!({ "airdrop": 1 })).unwrap();
    assert_eq!((ledger.balance("alice", ID), ledger.supply(ID)), (1_000_000, 1_000_000));
}

#[test]
fn no_wallet_is_filled_behind_what_its_owner_laid_aside() {
    for aside in ["lock", "airdrop"] {
        let mut ledger = limited();
        let give =
            |ledger: &mut Ledger| ledger.send("alice", "transfer", to("@bob", FIRST, "10000")).unwrap();
        give(&mut ledger);
        give(&mut ledger);
        let (verb, body, back, number) = match aside {
            "lock" => ("create_lock", lock(&ledger, "bob", 10_000), "claim_lock", json!({ "lock": 1 })),
            _ => {
                let body = campaign(&ledger, "bob", "carol", 10_000, 0);
                ("create_airdrop", body, "end_airdrop", json!({ "airdrop": 1 }))
            }
        };
        ledger.send("bob", verb, body).unwrap();
        give(&mut ledger);
        ledger.block.time_unix_ms += 20_000;
        let refused = ledger.send("bob", back, number.clone()).unwrap_err();
        assert_eq!((refused.name, ledger.balance("bob", ID)), ("above_max_wallet", 20_000), "{aside}");
        ledger.block.height += 100_800;
        ledger.send("bob", back, number).unwrap();
        assert_eq!(ledger.balance("bob", ID), 30_000, "{aside}");
    }
}

#[test]
fn nobody_begins_a_fair_launch_above_its_largest_wallet_the_creator_included() {
    let part = |to: &str, units: u64| json!({ "to": to, "amount": units.to_string() });
    let others: Vec<Value> = (1..50).map(|at| part(&Address([at; 20]).to_string(), 20_000)).collect();
    let twice = [&others[..48], &[part("@bob", 20_000), part("@bob", 1)]].concat();
    for (distribution, refused) in
        [(vec![], Some("above_max_wallet")), (twice, Some("above_max_wallet")), (others, None)]
    {
        let mut ledger = Ledger::new(&funded());
        let body = create("fair", json!({ "distribution": distribution }));
        let created = ledger.send("alice", "create_asset", body);
        assert_eq!(created.err().map(|reject| reject.name), refused);
    }
    // What the creator keeps beyond it lies in a lock, and comes when the largest wallet is over.
    let mut ledger = Ledger::new(&funded());
    ledger.block.time_unix_ms = 1_000;
    let linear = json!({ "start_unix_ms": 0, "cliff_unix_ms": 0, "end_unix_ms": 1_001 });
    let locks = json!([{ "owner": "@alice", "amount": "980000", "schedule": { "linear": linear } }]);
    let body = json!({ "asset": create("fair", json!({})), "locks": locks });
    ledger.send("alice", "launch", body).unwrap();
    ledger.block.time_unix_ms += 10;
    let claim = json!({ "lock": 1 });
    assert_eq!(ledger.send("alice", "claim_lock", claim.clone()).unwrap_err().name, "above_max_wallet");
    ledger.block.height += 100_800;
    ledger.send("alice", "claim_lock", claim).unwrap();
    assert_eq!(ledger.balance("alice", ID), 1_000_000);
}

#[test]
fn a_sponsor_cannot_pause_its_airdrop_to_its_end() {
    for (epoch, verb, expected) in [
        (0, "claim_airdrop", Some("paused")),
        (0, "end_airdrop", Some("airdrop_running")),
        (3, "end_airdrop", Some("airdrop_running")),
        (5, "claim_airdrop", None),
        (6, "claim_airdrop", Some("airdrop_over")),
        (6, "end_airdrop", None),
    ] {
        let mut ledger = with("community", json!({ "tax": {}, "capabilities": ["pause"] }));
        let body = campaign(&ledger, "alice", "bob", 500_000, 0);
        ledger.send("alice", "create_airdrop", body).unwrap();
        ledger.send("alice", "pause", json!({ "asset": FIRST, "epochs": 3 })).unwrap();
        ledger.block.time_unix_ms += 20_000;
        ledger.block.epoch = epoch;
        let body = if verb == "end_airdrop" { json!({ "airdrop": 1 }) } else { claim(1, "bob", 500_000) };
        let done = ledger.send("bob", verb, body);
        assert_eq!(done.err().map(|reject| reject.name), expected, "{verb} in epoch {epoch}");
    }
}

#[test]
fn a_limit_is_measured_by_what_can_ever_exist() {
    let mut ledger = Ledger::new(&funded());
    let mut body = create(
        "community",
        json!({
            "tax": {}, "capabilities": ["mint", "burn"],
            "limits": { "max_transfer": { "amount": "1", "lasts_blocks": 1_209_600 } },
        }),
    );
    body["supply"] = json!("1");
    let refused = ledger.send("alice", "create_asset", body).unwrap_err();
    assert_eq!(refused.name, "limit_out_of_bounds");
}

#[test]
fn one_unit_cannot_use_up_what_all_holders_share_by() {
    let mut ledger = Ledger::new(&funded());
    let mut body =
        create("reflection", json!({ "tax": {}, "distribution": [{ "to": "@bob", "amount": "1" }] }));
    body["supply"] = json!(i64::MAX.to_string());
    ledger.send("alice", "create_asset", body).unwrap();
    let exclude = json!({ "asset": FIRST, "account": "@alice", "excluded": true });
    ledger.send("alice", "exclude", exclude).unwrap();
    let shared = ledger.send("alice", "distribute", json!({ "asset": FIRST, "amount": "1" }));
    assert_eq!(shared.unwrap_err().name, "nobody_eligible");
}

#[test]
fn who_is_excluded_earns_by_no_lock_to_himself_either() {
    let mut ledger = with("reflection", json!({ "tax": {} }));
    ledger.send("alice", "transfer", to("@bob", FIRST, "500000")).unwrap();
    let exclude = json!({ "asset": FIRST, "account": "@bob", "excluded": true });
    ledger.send("alice", "exclude", exclude).unwrap();
    let body = lock(&ledger, "bob", 500_000);
    ledger.send("bob", "create_lock", body).unwrap();
    ledger.send("alice", "distribute", json!({ "asset": FIRST, "amount": "100000" })).unwrap();
    ledger.block.time_unix_ms += 1;
    ledger.send("bob", "claim_lock", json!({ "lock": 1 })).unwrap();
    assert_eq!(ledger.balance("bob", ID), 500_000);
}

#[test]
fn the_event_of_a_taxed_transfer_says_where_each_part_went() {
    let legs = json!({ "burn_bps": 100, "reflect_bps": 200, "treasury_bps": 300, "liquidity_bps": 400 });
    let mut ledger = with("community", json!({ "tax": legs, "burn_floor": "0" }));
    let events = ledger.send("alice", "transfer", to("@bob", FIRST, "10000")).unwrap();
    let taxed = events.iter().find(|event| event.kind == "token.taxed_transfer").unwrap();
    let told =
        (MODULES.iter().flat_map(|module| module.events).find(|kind| kind.kind == taxed.kind)).unwrap();
    let told = (told.to_json)(&taxed.body).unwrap();
    let split = json!({ "burn": "100", "reflect": "200", "treasury": "300", "liquidity": "400" });
    assert_eq!((&told["split"], &told["net"], &told["supply"]), (&split, &json!("9000"), &json!("999900")));
    let totals = chortle_token::state::TOTALS.get(&ledger.state, &AssetId(ID)).unwrap().unwrap();
    let found = [totals.supply, totals.pot, totals.treasury, totals.liquidity].map(|part| part.base_units());
    assert_eq!(found, [999_900, 200, 300, 400]);
}

/// What alice has begun towards bob in one run.
#[derive(Default)]
struct Begun {
    airdrops: Vec<u64>,
    locks: u64,
}

impl Begun {
    /// One of all routes by which units of alice's can reach bob: who sends what, with which body.
    fn route(&self, ledger: &Ledger, random: &mut Random, units: u64) -> (&'static str, &'static str, Value) {
        let salt = u64::try_from(self.airdrops.len()).unwrap();
        match random.below(9) {
            0 => ("alice", "transfer", to("@bob", FIRST, &units.to_string())),
            1 => {
                let part = json!({ "to": "@bob", "amount": units.to_string() });
                ("alice", "multi_transfer", json!({ "asset": FIRST, "recipients": [part] }))
            }
            2 => ("bob", "transfer_from", json!({ "owner": "@alice", "to": "@bob", "coin": coin(units) })),
            3 => ("alice", "create_airdrop", campaign(ledger, "alice", "bob", units, salt)),
            4 => ("alice", "create_lock", lock(ledger, "bob", units)),
            5 => ("alice", "distribute", json!({ "asset": FIRST, "amount": units.to_string() })),
            6 => (
                "bob",
                "create_lock",
                lock(ledger, "bob", units.min(ledger.balance("bob", ID)).clamp(1, 5_000)),
            ),
            7 if salt > 0 => {
                let at = random.below(salt);
                ("bob", "claim_airdrop", claim(at + 1, "bob", self.airdrops[usize::try_from(at).unwrap()]))
            }
            _ => ("bob", "claim_lock", json!({ "lock": 1 + random.below(self.locks + 1) })),
        }
    }

    fn note(&mut self, verb: &str, units: u64) {
        match verb {
            "create_airdrop" => self.airdrops.push(units),
            "create_lock" => self.locks += 1,
            _ => {}
        }
    }
}

/// Alice tries every route to bob, in random order and portions; only what the tax leaves arrives, bob's wallet and
/// each step stay within the limits, and alice waits between her sends.
#[test]
fn no_sequence_of_messages_moves_more_than_the_tax_leaves_or_a_limit_allows() {
    const TAX_BPS: u64 = 1_000;
    const MAX: u64 = 5_000;
    const WALLET: u64 = 60_000;
    const COOL_BLOCKS: u64 = 3;
    const LAUNCH_BPS: u64 = 2_500;
    let mut shared = 0;
    for seed in 0..120 {
        let mut random = Random(seed);
        let ceiling = |units: u64| json!({ "amount": units.to_string(), "lasts_blocks": 100_000 });
        let (limited, cool, launch) = (seed % 4 == 0, seed % 4 == 1, seed % 4 == 2);
        let limits = match seed % 4 {
            0 => json!({ "max_transfer": ceiling(MAX), "max_wallet": ceiling(WALLET) }),
            1 => json!({ "cool_down": { "blocks": COOL_BLOCKS, "lasts_blocks": 100_000 } }),
            2 => json!({ "launch_tax": { "bps": LAUNCH_BPS, "lasts_blocks": 86_400 } }),
            _ => json!({}),
        };
        let mut ledger = with(
            "reflection",
            json!({ "tax": { "burn_bps": TAX_BPS }, "burn_floor": "0", "limits": limits }),
        );
        ledger.send("alice", "approve", json!({ "spender": "@bob", "coin": coin(1_000_000) })).unwrap();
        let (mut begun, mut sent_at, mut laid_aside) = (Begun::default(), None, 0);
        for _ in 0..60 {
            ledger.block.height += 1;
            ledger.block.time_unix_ms += 1;
            let units = 1 + random.below(2 * MAX);
            let before = ledger.balance("bob", ID);
            let (sender, verb, body) = begun.route(&ledger, &mut random, units);
            if ledger.send(sender, verb, body).is_ok() {
                begun.note(verb, units);
                shared += u64::from(verb == "distribute");
                let own = sender == "bob" && verb == "create_lock";
                if own {
                    laid_aside += before - ledger.balance("bob", ID);
                }
                if cool && !own && !verb.starts_with("claim") {
                    let (height, last) = (ledger.block.height, sent_at.replace(ledger.block.height));
                    assert!(last.is_none_or(|last| height - last >= COOL_BLOCKS), "seed {seed} {verb}");
                }
            }
            let after = ledger.balance("bob", ID);
            if limited {
                assert!(after.saturating_sub(before) <= MAX && after <= WALLET, "seed {seed} {verb}");
            }
        }
        // Nothing left bob but into his own locks, so all that he has arrived: the tax on it was burnt, rounded up at
        // each step.
        let (arrived, burnt) = (ledger.balance("bob", ID), 1_000_000 - ledger.supply(ID));
        let gross = arrived + burnt;
        assert!(arrived + laid_aside > 0, "seed {seed}");
        // Of 86,400 blocks 60 have passed: it has not fallen by 2 bps.
        let least_bps = if launch { LAUNCH_BPS - 2 } else { TAX_BPS };
        assert!(burnt >= gross * least_bps / 10_000, "seed {seed}: {arrived} for {burnt}");
    }
    assert!(shared > 100, "{shared} were shared");
}

#[test]
fn every_escrow_says_itself_that_it_is_one() {
    let escrows = MODULES.iter().flat_map(|module: &&Module| module.escrows);
    for escrow in escrows {
        assert!(
            escrow.address.is_protocol() && escrow.address.is_pooled() == escrow.pooled,
            "{}",
            escrow.name
        );
        assert_eq!(escrow.address.protocol_name(), Some(escrow.name));
    }
    assert!(chortle_token::protocol::treasury_of(AssetId(ID)).is_protocol());
}

#[test]
fn what_no_exemption_covers_never_moves_whole() {
    let mut ledger = Ledger::new(&funded());
    let mut effects = Effects::default();
    let mut ctx = Ctx::alone(&mut ledger.state, &ledger.block, Origin::Protocol, &mut effects);
    let lol = common::coin(0, 1);
    let moved = chortle_token::transfer(&mut ctx, &who("alice"), &who("bob"), lol);
    assert!(matches!(moved, Err(Failure::Halt(_))), "{moved:?}");
}

/// A pause of an asset is met before the fee only where the message says what it moves.
#[test]
fn a_message_that_moves_units_names_their_asset() {
    let mut moving = BTreeSet::new();
    for kind in MODULES.iter().flat_map(|module| module.messages) {
        for bytes in (kind.examples)() {
            let message = (kind.decode)(&bytes).unwrap();
            let body = message.to_json();
            let asset = body.pointer("/coin/asset").or(body.get("asset"));
            let asset = asset.and_then(|asset| asset.as_str()?.parse::<AssetId>().ok());
            let named = message.assets();
            assert!(named.is_empty() || named == asset.into_iter().collect::<Vec<_>>(), "{}", kind.name);
            moving.extend((!named.is_empty()).then_some(kind.name));
        }
    }
    let expected = [
        "burn",
        "create_airdrop",
        "create_lock",
        "distribute",
        "distribute_treasury",
        "force_transfer",
        "mint",
        "multi_transfer",
        "spend_liquidity",
        "spend_treasury",
        "transfer",
        "transfer_from",
    ];
    assert_eq!(moving.into_iter().collect::<Vec<_>>(), expected);
}
