//! What an export carries: every key that replay, money or rights depend on.

mod common;

use std::{collections::BTreeMap, sync::Arc};

use chortle_airdrop::tree::{airdrop_key, tree};
use chortle_app::{MODULES, genesis, state};
use chortle_kernel::{
    Bytes, KeyRow, Order, State,
    merkle::Node,
    tx::{RawMessage, Replay},
};
use common::*;
use serde_json::json;

/// Keys that an export leaves out, each with its reason.
const LEFT_OUT: &[(&str, &str)] = &[
    ("app/chain_id", "stands in the document itself"),
    ("app/genesis", "the hash of the new document"),
    ("app/engine", "stands in the document itself"),
    ("app/unordered", "nonces of transactions that name the genesis before: the new chain refuses them all"),
    ("app/consensus_keys", "follow from the set that the sections bring"),
    ("app/left_keys", "of who left the set before: nothing that they signed is heard by the new chain"),
];
/// Keys that the sections carry, or that follow from what they carry: a chain that was exported and imported has them
/// alike, byte by byte.
const CARRIED: &[&str] = &[
    "app/params",
    "app/pauses",
    "app/last_block",
    "~app/param_history",
    "~app/param_history_of",
    "naming/by_symbol",
    "~naming/by_name",
    "naming/reserved",
    "token/account",
    "token/balance",
    "token/asset",
    "token/supply",
    "token/next_asset_id",
    "token/params",
    "token/next_ruled_id",
    "token/rules",
    "token/totals",
    "token/holding",
    "~token/holders",
    "~token/supply_history",
    "~token/by_creator",
    "token/verified",
    "token/snapshot",
    "token/balance_then",
    "token/sweep",
    "token/payment",
    "lock/lock",
    "lock/next_id",
    "~lock/by_owner",
    "~lock/by_funder",
    "~lock/by_asset",
    "airdrop/airdrop",
    "airdrop/next_id",
    "airdrop/bits",
    "airdrop/by_key",
    "~airdrop/by_sponsor",
    "~airdrop/by_asset",
    "allowance/allowance",
    "~allowance/by_spender",
    "staking/params",
    "staking/validator",
    "staking/by_key",
    "staking/by_power",
    "staking/earnings",
    "staking/delegation",
    "~staking/delegator",
    "staking/restake",
    "staking/restake_after",
    "staking/withdraw",
    "staking/unbonding",
    "staking/redelegation",
    "staking/outflow",
    "staking/index_at",
    "staking/queue",
    "staking/held",
    "staking/queue_next",
    "staking/stake_at",
    "staking/fault",
    "staking/offence",
    "staking/signing",
    "staking/missed",
    "staking/snapshot",
    "staking/shares_then",
    "staking/validator_then",
    "staking/sweep_after",
    "staking/set",
    "staking/changed",
    "staking/issuance",
    "multisig/account",
    "multisig/next_id",
    "multisig/proposal",
    "multisig/content",
    "multisig/open",
    "multisig/spent",
    "~multisig/by_member",
    "grant/grant",
    "grant/next_id",
    "grant/count",
    "~grant/by_granter",
    "~grant/by_grantee",
    "schedule/params",
    "schedule/next_id",
    "schedule/open",
    "schedule/round",
    "schedule/schedule",
    "schedule/content",
    "schedule/owner",
    "schedule/by_time",
    "schedule/by_height",
    "schedule/ready",
    "~schedule/by_owner",
    "upgrade/params",
    "upgrade/plan",
    "upgrade/applied",
    "governance/params",
    "governance/constitution",
    "governance/guardians",
    "governance/bodies",
    "governance/guarded",
    "governance/used",
    "governance/stream",
    "governance/next_stream",
    "governance/next_id",
    "governance/open",
    "governance/open_of",
    "governance/proposal",
    "governance/content",
    "governance/tally",
    "governance/due",
    "governance/deposit",
    "governance/ballot",
    "governance/overridden",
    "governance/settling",
    "governance/representative",
    "~governance/represented",
    "~governance/by_recipient",
    "~governance/by_proposer",
    "~governance/by_community",
    "~governance/by_stage",
    "~governance/by_weight",
    "~governance/reached",
];

fn rows() -> impl Iterator<Item = &'static KeyRow> {
    MODULES.modules().flat_map(|module| module.keys)
}

/// A chain from the export of another, of its height and time.
fn imported(chain: &Chain) -> Chain {
    let exported = genesis::export(&MODULES, &chain.state).unwrap();
    let mut state = State::over(Arc::new(BTreeMap::new()));
    let engine = engine();
    let (initial_height, time_unix_ms) = (chain.height + 1, chain.time_unix_ms);
    let start = genesis::Start { initial_height, time_unix_ms, ..start(&exported, &engine) };
    genesis::init(&MODULES, &start, &mut state).unwrap();
    let rows = state.into_writes().into_iter().filter_map(|(key, value)| Some((key, value?)));
    Chain { state: rows.collect(), height: chain.height, time_unix_ms }
}

fn unordered() -> Vec<u8> {
    let mut body = body("alice", 0, vec![pay("bob", 1)]);
    (body.replay, body.expiry_unix_ms) = (Replay::Unordered, TIME_MS + 600_000);
    sign(body, &["alice"])
}

#[test]
fn every_key_is_carried_or_left_out_for_a_reason() {
    for row in rows() {
        let carried = CARRIED.iter().filter(|prefix| **prefix == row.prefix).count();
        let left_out = LEFT_OUT.iter().filter(|(prefix, _)| *prefix == row.prefix).count();
        assert_eq!(
            carried + left_out,
            1,
            "{}: does an export carry it? Say so in one of the lists",
            row.prefix
        );
    }
    assert_eq!(rows().count(), CARRIED.len() + LEFT_OUT.len(), "the lists name keys that are not there");
}

/// A chain with an epoch under way, an asset with rules, a lock, an airdrop, an allowance, nonces of both kinds.
fn busy() -> Chain {
    let mut chain = Chain::new();
    let create = json!({
        "symbol": "DOGE", "name": "Doge", "decimals": 0, "supply": "1000000", "template": "reflection",
        "tax": { "reflect_bps": 100 },
    });
    let linear = json!({ "start_unix_ms": 0, "cliff_unix_ms": 0, "end_unix_ms": TIME_MS + 9_000_000 });
    let coin = json!({ "asset": "1000000000", "amount": "5000" });
    let key = airdrop_key(CHAIN_ID, &address("alice"), 0);
    let list = tree(&key, &[(address("bob"), amount(5_000))]).unwrap();
    for (module, name, message) in [
        ("token", "create_asset", create),
        ("token", "transfer", json!({ "to": address("bob"), "coin": coin })),
        ("token", "distribute", json!({ "asset": "1000000000", "amount": "777" })),
        (
            "lock",
            "create_lock",
            json!({ "owner": address("bob"), "coin": coin, "schedule": { "linear": linear } }),
        ),
        (
            "airdrop",
            "create_airdrop",
            json!({
                "coin": coin, "root": list.root().to_string(), "leaves": 1, "salt": 0,
                "key": Node(key).to_string(), "deadline_unix_ms": TIME_MS + 9_000_000,
            }),
        ),
        ("allowance", "approve", json!({ "spender": address("carol"), "coin": coin })),
    ] {
        let (tag, kind) = MODULES.tags(module, name).unwrap();
        let encoded = (kind.from_json)(message).unwrap();
        let raw = RawMessage { module: tag, tag: kind.tag, body: Bytes::parse(encoded).unwrap() };
        let nonce = chain.nonce("alice");
        let receipt = chain.send(sign(body("alice", nonce, vec![raw]), &["alice"])).unwrap();
        assert!(receipt.succeeded(), "{name}: {}", receipt.sentence);
    }
    assert!(chain.send(unordered()).unwrap().succeeded());
    chain
}

#[test]
fn an_imported_chain_has_every_carried_key_alike() {
    let chain = busy();
    let again = imported(&chain);
    let left_out = |key: &[u8]| LEFT_OUT.iter().any(|(prefix, _)| key.starts_with(prefix.as_bytes()));
    let carried = |chain: &Chain| -> BTreeMap<Vec<u8>, Vec<u8>> {
        chain.state.clone().into_iter().filter(|(key, _)| !left_out(key)).collect()
    };
    let (before, after) = (carried(&chain), carried(&again));
    for prefix in before.keys().chain(after.keys()) {
        assert_eq!(before.get(prefix), after.get(prefix), "{}", String::from_utf8_lossy(prefix));
    }
    for prefix in ["lock/lock", "airdrop/airdrop", "allowance/allowance", "token/rules", "token/holding"] {
        assert!(before.keys().any(|key| key.starts_with(prefix.as_bytes())), "nothing of {prefix} was tried");
    }
    assert_eq!(
        genesis::export(&MODULES, &again.state).unwrap(),
        genesis::export(&MODULES, &chain.state).unwrap()
    );
}

#[test]
fn no_transaction_of_before_runs_on_an_imported_chain() {
    let chain = busy();
    let mut again = imported(&chain);
    let paid = again.nlol("bob");
    for old in [unordered(), transfer("alice", again.nonce("alice"), "bob", 1)] {
        assert_eq!(again.send(old).unwrap_err().code(), "app.14");
    }
    assert_eq!(again.nlol("bob"), paid);
    assert_eq!(state::UNORDERED.iter(&chain.state, Order::Ascending).count(), 1);
}

#[test]
fn the_running_epoch_goes_on_where_it_was() {
    let last = |chain: &Chain| state::LAST_BLOCK.get(&chain.state).unwrap().unwrap();
    let (chain, mut late) = (busy(), busy());
    let mut again = imported(&chain);
    let epoch_ms = state::PARAMS.get(&chain.state).unwrap().unwrap().epoch_ms;
    assert!(last(&chain).time_unix_ms > last(&chain).epoch_began_unix_ms, "an epoch is under way");
    for chain in [&mut late, &mut again] {
        chain.time_unix_ms = TIME_MS + epoch_ms - 1_000;
        chain.block(&[]);
        assert_eq!(last(chain).epoch, 1);
    }
    assert_eq!(last(&late), last(&again));

    let mut sections = genesis::export(&MODULES, &chain.state).unwrap();
    sections["app"]["epoch_began_unix_ms"] = json!(chain.time_unix_ms + 1);
    let engine = engine();
    let start = genesis::Start { time_unix_ms: chain.time_unix_ms, ..start(&sections, &engine) };
    let refused = genesis::rehearse(&MODULES, &start).unwrap_err();
    assert_eq!(refused.pointer, "/app/epoch_began_unix_ms");
}
