//! Every message of the module on one ledger, each in the shapes that cost most and least.
#![allow(dead_code, reason = "the benchmark and the test use their own parts")]

use std::{collections::BTreeMap, sync::Arc};

use chortle_kernel::merkle::{DEPTH_MAX, LEAVES_MAX, Node};
use chortle_kernel::{Address, AnyMessage, AssetId, BlockInfo, Origin, ReadState};
use chortle_token::{Genesis, GenesisAccount, protocol};
use serde_json::{Value, json};

use crate::common::{Ledger, amount, coin, who, with_addresses};

pub const PLAIN: u64 = 1;
pub const MINTABLE: u64 = 2;
/// Every leg of a tax, every limit, every gate but the list.
pub const COMMUNITY: u64 = 1_000_000_000;
pub const REFLECTION: u64 = 1_000_000_001;
/// Its holders are paid in LOL.
pub const PAID: u64 = 1_000_000_002;
pub const LISTED: u64 = 1_000_000_003;

const SUPPLY: u64 = 1 << 60;
const HELD: u64 = 1 << 30;
const LOL_HELD: u64 = 1 << 40;
/// Of the smallest proof's leaf: dave gets 7.
const PAYS: u64 = 7;
/// As long as a name can be, and longer still as a skeleton: each letter stands for eighteen.
const LONGEST_NAME: &str = "\u{fdfa}\u{fdfa}\u{fdfa}\u{fdfa}\u{fdfa}\u{fdfa}\u{fdfa}\u{fdfa}\u{fdfa}\u{fdfa}";

/// A message, who sends it, and what is special about it.
pub struct Case {
    pub verb: &'static str,
    pub shape: &'static str,
    pub origin: Origin,
    pub message: Box<dyn AnyMessage>,
}

/// A committed state and the block that executes on it.
pub struct World {
    pub base: Arc<dyn ReadState>,
    pub block: BlockInfo,
}

/// One of many accounts that hold everything.
pub fn holder(index: u64) -> Address {
    let mut bytes = [7; 20];
    bytes[..8].copy_from_slice(&index.wrapping_mul(0x9e37_79b9_7f4a_7c15).to_be_bytes());
    Address(bytes)
}

impl World {
    /// So many accounts with LOL and each of four assets, all of them due something; locks, airdrops, allowances.
    pub fn new(holders: u64) -> Self {
        let people = ["alice", "bob", "carol", "dave"].map(who);
        let account = |address, balance| GenesisAccount { address, balance: amount(balance), nonce: 0 };
        let mut genesis = Genesis { accounts: vec![account(who("alice"), 1 << 58)], ..Genesis::default() };
        let everybody: Vec<Address> = people[1..].iter().copied().chain((0..holders).map(holder)).collect();
        genesis.accounts.extend(everybody.iter().map(|holder| account(*holder, LOL_HELD)));
        let mut ledger = Ledger::new(&genesis);
        ledger.block.time_unix_ms = 1_000;
        create_assets(&mut ledger);
        for holder in &everybody {
            for asset in [PLAIN, COMMUNITY, REFLECTION, PAID] {
                give(&mut ledger, holder, asset, HELD);
            }
        }
        give(&mut ledger, &who("bob"), MINTABLE, HELD);
        give(&mut ledger, &protocol::treasury_of(AssetId(COMMUNITY)), COMMUNITY, 1 << 51);
        give(&mut ledger, &protocol::treasury_of(AssetId(COMMUNITY)), REFLECTION, HELD);
        give(&mut ledger, &protocol::treasury_of(AssetId(COMMUNITY)), PLAIN, HELD);
        give(&mut ledger, &protocol::liquidity_of(AssetId(COMMUNITY)), COMMUNITY, HELD);
        give(&mut ledger, &protocol::treasury_of(AssetId(REFLECTION)), COMMUNITY, HELD);
        ledger.send("alice", "announce_payment", payment(5)).unwrap();
        create_objects(&mut ledger);
        let shared = json!({ "asset": COMMUNITY.to_string(), "amount": (1_u64 << 50).to_string() });
        let holders = Origin::Community(AssetId(COMMUNITY));
        ledger.send_as(holders, "distribute_treasury", shared).unwrap();
        for asset in [REFLECTION, PAID] {
            let body = json!({ "asset": asset.to_string(), "amount": (1_u64 << 50).to_string() });
            ledger.send_unchecked("alice", "distribute", body);
        }
        let block = BlockInfo { height: 100, epoch: 5, time_unix_ms: 1_500, ..ledger.block.clone() };
        Self { base: committed(ledger), block }
    }
}

/// What a ledger has written, as a store would hold it.
pub fn committed(ledger: Ledger) -> Arc<dyn ReadState> {
    let writes = ledger.state.into_writes().into_iter();
    Arc::new(writes.filter_map(|(key, value)| Some((key, value?))).collect::<BTreeMap<_, _>>())
}

fn give(ledger: &mut Ledger, to: &Address, asset: u64, units: u64) {
    let moved = ledger.attempt(Origin::Protocol, |ctx| {
        crate::common::hand_over(ctx, &who("alice"), to, coin(asset, units))
    });
    moved.unwrap();
}

fn create_assets(ledger: &mut Ledger) {
    let limit = json!({ "amount": SUPPLY.to_string(), "lasts_blocks": 1_000 });
    let legs = json!({ "burn_bps": 100, "reflect_bps": 100, "treasury_bps": 100, "liquidity_bps": 100 });
    let everything = ["mint", "burn", "freeze", "tax", "limits", "metadata", "pause", "force_transfer"];
    let limits = json!({
        "max_transfer": limit, "max_wallet": limit, "cool_down": { "blocks": 1, "lasts_blocks": 1_000 },
    });
    let choices = [
        ("fixed", json!({ "capabilities": ["burn", "metadata"] })),
        ("mintable_capped", json!({})),
        ("community", json!({ "capabilities": everything, "tax": legs, "limits": limits })),
        ("reflection", json!({})),
        ("community", json!({ "payout": "native" })),
        ("fair", json!({ "capabilities": ["burn", "limits", "allow_list"], "limits": {} })),
    ];
    for (template, more) in choices {
        ledger.send_unchecked("alice", "create_asset", asset(template, more));
    }
}

fn create_objects(ledger: &mut Ledger) {
    let mut send = |sender: &str, verb: &str, body: Value| ledger.send_unchecked(sender, verb, body);
    send("alice", "create_lock", lock(PLAIN, linear(1_000, 2_000)));
    send("alice", "create_lock", lock(REFLECTION, linear(1_000, 1_400)));
    send("alice", "create_lock", lock(REFLECTION, linear(5_000, 6_000)));
    for (salt, asset, deadline) in
        [(1, PLAIN, 9_000), (2, REFLECTION, 9_000), (3, PLAIN, 1_200), (4, REFLECTION, 1_200)]
    {
        send("alice", "create_airdrop", airdrop("alice", salt, asset, deadline));
    }
    for asset in [PLAIN, COMMUNITY] {
        let coin = coin_json(asset, 1_000);
        send("carol", "approve", json!({ "spender": "@bob", "coin": coin }));
    }
    send("alice", "offer_admin", json!({ "asset": MINTABLE.to_string(), "to": "@bob" }));
    let badge = parsed("verify_asset", json!({ "asset": MINTABLE.to_string(), "verified": true }));
    ledger.attempt(Origin::Governance, |ctx| badge.execute(ctx)).unwrap();
}

fn asset(template: &str, more: Value) -> Value {
    let mut body = json!({
        "symbol": "DOGE", "name": "Doge", "decimals": 2, "supply": SUPPLY.to_string(), "template": template,
    });
    body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    body
}

fn coin_json(asset: u64, units: u64) -> Value {
    json!({ "asset": asset.to_string(), "amount": units.to_string() })
}

fn linear(start: u64, end: u64) -> Value {
    json!({ "linear": { "start_unix_ms": start, "cliff_unix_ms": start, "end_unix_ms": end } })
}

/// Sixty-four steps of one unit.
fn steps() -> Value {
    let steps = (0..64).map(|step| json!({ "at_unix_ms": 2_000 + step, "amount": "1" }));
    json!({ "steps": steps.collect::<Vec<_>>() })
}

fn lock(asset: u64, schedule: Value) -> Value {
    let units = if schedule["steps"].is_array() { 64 } else { 1 << 20 };
    json!({ "owner": "@bob", "coin": coin_json(asset, units), "schedule": schedule, "revocable": true })
}

/// Of the most leaves there can be; only one of them is known.
fn airdrop(sponsor: &str, salt: u64, asset: u64, deadline_unix_ms: u64) -> Value {
    let key = chortle_airdrop::tree::airdrop_key("test", &who(sponsor), salt);
    let leaf = chortle_airdrop::tree::leaf(&key, 0, &who("dave"), amount(PAYS));
    let root = siblings().iter().fold(leaf, |node, sibling| Node::over(&node, sibling));
    json!({
        "coin": coin_json(asset, 1 << 20), "root": root.to_string(), "leaves": LEAVES_MAX, "salt": salt,
        "key": Node(key).to_string(), "deadline_unix_ms": deadline_unix_ms,
    })
}

fn launch(template: &str) -> Value {
    let mut created = asset(template, json!({ "name": LONGEST_NAME, "symbol": "ABCDEFGHIJKLM" }));
    created.as_object_mut().unwrap().remove("distribution");
    let schedule = linear(1_000, 9_000_000_000);
    let part = |index| {
        json!({
            "owner": holder(index), "amount": (SUPPLY / 128).to_string(), "schedule": schedule,
        })
    };
    json!({ "asset": created, "locks": (0..64).map(part).collect::<Vec<_>>() })
}

fn siblings() -> [Node; DEPTH_MAX] {
    [Node([3; 32]); DEPTH_MAX]
}

fn parsed(verb: &str, body: Value) -> Box<dyn AnyMessage> {
    let (_, kind) = crate::common::find(verb);
    let message = (kind.decode)(&(kind.from_json)(with_addresses(body)).unwrap()).unwrap();
    message.check().unwrap();
    message
}

/// Every case, in the order of the tags.
pub fn cases() -> Vec<Case> {
    let mut cases = [of_creation(), of_sends(), of_admins(), of_sharing(), of_objects()].concat();
    cases.sort_by_key(|(verb, ..)| chortle_token::MODULE.messages.iter().position(|kind| kind.name == *verb));
    let case = |(verb, shape, sender, body): Row| {
        let origin = match sender {
            "governance" => Origin::Governance,
            "holders" => Origin::Community(AssetId(COMMUNITY)),
            _ => Origin::Account(who(sender)),
        };
        Case { verb, shape, origin, message: parsed(verb, body) }
    };
    cases.into_iter().map(case).collect()
}

/// Verb, shape, sender, body.
type Row = (&'static str, &'static str, &'static str, Value);

fn of_creation() -> Vec<Row> {
    let shares = || {
        let share = |index| json!({ "to": holder(index).to_string(), "amount": "64" });
        json!({ "distribution": (0..64).map(share).collect::<Vec<_>>() })
    };
    let mut longest = asset("fixed", json!({ "name": LONGEST_NAME }));
    longest["symbol"] = json!("ABCDEFGHIJKMN");
    let mut upper = asset("reflection", json!({ "name": "clone 0l" }));
    upper["symbol"] = json!("CLONE0L");
    vec![
        ("create_asset", "plain", "bob", asset("fixed", json!({}))),
        ("create_asset", "plain, longest name", "bob", longest),
        ("create_asset", "ruled", "bob", upper),
        ("create_asset", "plain to 64", "bob", asset("fixed", shares())),
        ("mint", "plain", "alice", json!({ "to": "@bob", "coin": coin_json(MINTABLE, 5) })),
        ("mint", "ruled", "alice", json!({ "to": "@bob", "coin": coin_json(COMMUNITY, 5) })),
        ("burn", "LOL", "bob", json!({ "coin": coin_json(0, 5) })),
        ("burn", "plain", "bob", json!({ "coin": coin_json(PLAIN, 5) })),
        ("burn", "ruled", "bob", json!({ "coin": coin_json(COMMUNITY, 5) })),
    ]
}

fn of_sends() -> Vec<Row> {
    let to_carol = |asset| json!({ "to": "@carol", "coin": coin_json(asset, 1_000) });
    let to_many = |asset: u64, count| {
        let recipient = |index| json!({ "to": holder(index).to_string(), "amount": "1000" });
        json!({ "asset": asset.to_string(), "recipients": (0..count).map(recipient).collect::<Vec<_>>() })
    };
    let from_carol =
        |asset, units| json!({ "owner": "@carol", "to": "@dave", "coin": coin_json(asset, units) });
    vec![
        ("transfer", "LOL", "bob", to_carol(0)),
        ("transfer", "plain", "bob", to_carol(PLAIN)),
        ("transfer", "reflection", "bob", to_carol(REFLECTION)),
        ("transfer", "every leg and limit", "bob", to_carol(COMMUNITY)),
        ("multi_transfer", "LOL to 2", "bob", to_many(0, 2)),
        ("multi_transfer", "plain to 2", "bob", to_many(PLAIN, 2)),
        ("multi_transfer", "plain to 256", "bob", to_many(PLAIN, 256)),
        ("multi_transfer", "ruled to 256", "bob", to_many(REFLECTION, 256)),
        ("transfer_from", "plain, all of it", "bob", from_carol(PLAIN, 1_000)),
        ("transfer_from", "ruled", "bob", from_carol(COMMUNITY, 500)),
        ("approve", "new", "alice", json!({ "spender": "@bob", "coin": coin_json(PLAIN, 5) })),
        ("approve", "revoked", "carol", json!({ "spender": "@bob", "coin": coin_json(PLAIN, 0) })),
    ]
}

fn of_admins() -> Vec<Row> {
    let of = |asset: u64| json!({ "asset": asset.to_string() });
    let with = |asset: u64, more: Value| {
        let mut body = of(asset);
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        body
    };
    let uri = json!({ "metadata": { "uri": format!("https://{}", "a".repeat(192)) } });
    let force = json!({ "from": "@bob", "to": "@carol", "coin": coin_json(COMMUNITY, 5) });
    vec![
        ("offer_admin", "", "alice", with(PLAIN, json!({ "to": "@bob" }))),
        ("accept_admin", "", "bob", of(MINTABLE)),
        ("renounce_admin", "plain", "alice", of(PLAIN)),
        ("renounce_admin", "ruled", "alice", of(COMMUNITY)),
        ("seal", "plain", "alice", of(PLAIN)),
        ("seal", "ruled", "alice", of(COMMUNITY)),
        ("lower_cap", "plain", "alice", with(MINTABLE, json!({ "cap": SUPPLY.to_string() }))),
        ("lower_cap", "ruled", "alice", with(COMMUNITY, json!({ "cap": SUPPLY.to_string() }))),
        ("set_tax", "", "alice", with(COMMUNITY, json!({ "tax": { "burn_bps": 5 } }))),
        ("shorten_limits", "", "alice", with(COMMUNITY, json!({ "max_wallet_end_height": 200 }))),
        ("set_metadata", "longest", "alice", with(COMMUNITY, uri)),
        ("freeze", "", "alice", with(COMMUNITY, json!({ "account": "@bob", "frozen": true }))),
        ("allow", "", "alice", with(LISTED, json!({ "account": "@bob", "allowed": true }))),
        ("pause", "", "alice", with(COMMUNITY, json!({ "epochs": 2 }))),
        ("force_transfer", "", "alice", force),
        ("reserve_symbol", "short", "governance", json!({ "symbol": "Pumpkin" })),
        ("reserve_symbol", "longest", "governance", json!({ "symbol": LONGEST_NAME })),
        ("release_symbol", "", "governance", json!({ "symbol": "Bitcoin" })),
        ("verify_asset", "given", "governance", with(PLAIN, json!({ "verified": true }))),
        ("verify_asset", "taken", "governance", with(MINTABLE, json!({ "verified": false }))),
    ]
}

/// What alice announces as the admin of a token that its holders do not govern.
fn payment(units: u64) -> Value {
    let payment = json!({ "leg": "treasury", "to": "@bob", "coin": coin_json(COMMUNITY, units) });
    json!({ "asset": REFLECTION.to_string(), "payment": payment })
}

fn of_sharing() -> Vec<Row> {
    let share = |asset: u64| json!({ "asset": asset.to_string(), "amount": "1000000" });
    let exclude = json!({ "asset": REFLECTION.to_string(), "account": "@bob", "excluded": true });
    let spend = |asset| json!({ "asset": COMMUNITY.to_string(), "to": "@bob", "coin": coin_json(asset, 5) });
    let out = |to: &str| json!({ "asset": COMMUNITY.to_string(), "to": to, "amount": "5" });
    vec![
        ("exclude", "", "alice", exclude),
        ("distribute", "in itself", "bob", share(REFLECTION)),
        ("distribute", "in LOL", "bob", share(PAID)),
        ("collect", "", "bob", json!({ "asset": PAID.to_string() })),
        ("spend_treasury", "of itself", "holders", spend(COMMUNITY)),
        ("spend_treasury", "plain", "holders", spend(PLAIN)),
        ("spend_treasury", "of another", "holders", spend(REFLECTION)),
        ("distribute_treasury", "", "holders", share(COMMUNITY)),
        ("spend_liquidity", "to the treasury", "holders", share(COMMUNITY)),
        ("spend_liquidity", "to an account", "holders", out("@bob")),
        ("announce_payment", "", "alice", payment(1)),
        ("announce_payment", "taken back", "alice", json!({ "asset": REFLECTION.to_string() })),
        ("pay_announced", "", "alice", json!({ "asset": REFLECTION.to_string() })),
    ]
}

fn of_objects() -> Vec<Row> {
    let claim = |airdrop: u64| {
        let proof: Vec<_> = siblings().iter().map(ToString::to_string).collect();
        json!({ "airdrop": airdrop, "index": 0, "account": "@dave", "amount": PAYS.to_string(), "proof": proof })
    };
    vec![
        ("create_lock", "LOL", "bob", lock(0, linear(2_000, 3_000))),
        ("create_lock", "plain, 64 steps", "bob", lock(PLAIN, steps())),
        ("create_lock", "ruled", "bob", lock(REFLECTION, linear(2_000, 3_000))),
        ("claim_lock", "plain, half", "bob", json!({ "lock": 1 })),
        ("claim_lock", "ruled, emptied", "bob", json!({ "lock": 2 })),
        ("revoke_lock", "plain, half", "alice", json!({ "lock": 1 })),
        ("revoke_lock", "ruled, emptied", "alice", json!({ "lock": 3 })),
        ("create_airdrop", "LOL", "bob", airdrop("bob", 1, 0, 9_000)),
        ("create_airdrop", "plain", "bob", airdrop("bob", 1, PLAIN, 9_000)),
        ("create_airdrop", "ruled", "bob", airdrop("bob", 1, REFLECTION, 9_000)),
        ("claim_airdrop", "plain, 20 hashes", "dave", claim(1)),
        ("claim_airdrop", "ruled, 20 hashes", "dave", claim(2)),
        ("end_airdrop", "plain", "dave", json!({ "airdrop": 3 })),
        ("end_airdrop", "ruled", "dave", json!({ "airdrop": 4 })),
        ("launch", "plain, 64 locks", "alice", launch("vested")),
        ("launch", "ruled, 64 locks", "alice", launch("reflection")),
    ]
}
