//! Stake decides who signs: by transactions and faults, on real networks.

use std::time::Duration;

use chortle_kernel::tx::Replay;
use chortle_kernel::{Address, Amount, Bytes, Message, Text};
use chortle_staking::{ConsensusKey, msg, types::Description};
use chortle_testkit::genesis::{SELF_BOND_NLOL, operator};
use chortle_testkit::network::brisk;
use chortle_testkit::node::{Node, chortled};
use chortle_testkit::process::wait_until;
use chortle_testkit::{Account, Network, Options, http};
use serde_json::{Value, json};

use crate::{SOON, now_unix_ms, turn, unordered};

pub(crate) const LOL: u64 = 1_000_000_000;

/// A network of four whose staking is quick to judge.
pub(crate) async fn network(funded: &[&Account], staking: Value) -> Network {
    network_of(funded, staking, Value::Null).await
}

/// The same with other rules of governance.
pub(crate) async fn network_of(funded: &[&Account], staking: Value, governance: Value) -> Network {
    let funded = funded.iter().map(|account| account.address).collect();
    let options = Options {
        validators: 4,
        funded,
        staking,
        governance,
        tune: brisk,
        comet_binary: None,
        check_invariants: true,
    };
    Network::start(options).await.expect("the network starts")
}

pub(crate) fn amount(nlol: u64) -> Amount {
    Amount::new(nlol).expect("an amount")
}

/// Posts a message of staking at a node and waits for its receipt.
async fn send<M: Message>(network: &Network, at: usize, who: &Account, message: &M) -> Value {
    send_of("staking", network, at, who, message).await
}

/// Posts a message of a module at a node and waits for its receipt.
pub(crate) async fn send_of<M: Message>(
    module: &str,
    network: &Network,
    at: usize,
    who: &Account,
    message: &M,
) -> Value {
    let expiry = now_unix_ms() + 120_000;
    let tx = who.sign_of(module, &network.identity, Replay::Unordered, expiry, message).expect("signed");
    let hash = hex::encode(chortle_kernel::hash::sha256(&tx));
    let rest = network.nodes[at].addresses.rest;
    let body = json!({ "tx": hex::encode(tx) }).to_string();
    // What is refused in its block is a claim of some tests.
    let route = "/v1/txs?preflight=false";
    let answer = http::once(rest, "POST", route, body.as_bytes()).await.expect("the node answers");
    assert_eq!(answer.status, 202, "{}", String::from_utf8_lossy(&answer.body));
    let receipt = async || network.nodes[at].rest(&format!("/v1/txs/{hash}")).await.unwrap_or_default();
    let done = async || matches!(receipt().await["status"].as_str(), Some("included" | "failed"));
    wait_until(&format!("{} is in a block", M::NAME), SOON, done).await.expect("a receipt");
    receipt().await
}

pub(crate) async fn succeed<M: Message>(network: &Network, at: usize, who: &Account, message: &M) -> u64 {
    let receipt = send(network, at, who, message).await;
    assert_eq!(receipt["status"], "included", "{}: {receipt}", M::NAME);
    receipt["height"].as_u64().expect("a height")
}

async fn validator(node: &Node, operator: &Address) -> Value {
    node.rest(&format!("/v1/staking/validators/{operator}")).await.unwrap_or_default()
}

pub(crate) async fn wait_for_status(node: &Node, operator: &Address, status: &str) {
    let found = async || validator(node, operator).await["status"] == status;
    let waited = wait_until(&format!("{operator} is {status}"), SOON, found).await;
    assert!(waited.is_ok(), "{:?}: {}", waited, validator(node, operator).await);
}

/// Waits until a block that is still to come carries the signature of a consensus key.
pub(crate) async fn wait_for_signature(node: &Node, key: [u8; 32]) {
    let address = hex::encode_upper(ConsensusKey(key).address());
    let from = node.height().await.expect("the node answers") + 2;
    let signed = async || {
        let commit = node.rpc("commit", json!({})).await.unwrap_or_default();
        let height = chortle_testkit::node::number(&commit["signed_header"]["header"]["height"]);
        let signatures = commit["signed_header"]["commit"]["signatures"].as_array().cloned();
        height >= from
            && signatures.into_iter().flatten().any(|one| one["validator_address"] == address.as_str())
    };
    wait_until(&format!("{address} signs"), SOON, signed).await.expect("it signs");
}

fn proof(network: &Network, keys: &chortle_consensus::comet::home::Keys, who: &Account) -> Bytes<64> {
    let digest = ConsensusKey::proof_digest(&network.chain_id, &who.address);
    Bytes::parse(keys.sign_digest(&digest).to_vec()).expect("64 bytes")
}

pub(crate) fn creation(
    network: &Network,
    node: &Node,
    who: &Account,
    self_bond: u64,
) -> msg::CreateValidator {
    let keys = node.keys().expect("the node has keys");
    msg::CreateValidator {
        key: ConsensusKey(keys.validator_key()),
        proof: proof(network, &keys, who),
        self_bond: amount(self_bond),
        self_bond_min: amount(LOL),
        commission_bps: 500,
        ceiling_bps: 2_000,
        step_bps: 100,
        description: Description { name: Text::parse("fifth").expect("a name"), uri: Text::default() },
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fifth_validator_joins_by_transaction_signs_leaves_and_comes_back() {
    let _turn = turn().await;
    let fifth = Account::of_seed("fifth", 0);
    let mut network = network(&[&fifth], json!({ "downtime_jail_ms": 1_000 })).await;
    let joined = network.add_full_node().expect("a fifth node");
    let node = network.node(joined).unwrap();
    node.wait_for_height(3, SOON).await.expect("it follows");
    let key = node.keys().unwrap().validator_key();
    let wish = creation(&network, node, &fifth, 80 * LOL);
    succeed(&network, 0, &fifth, &wish).await;
    wait_for_status(node, &fifth.address, "bonded").await;
    wait_for_signature(&network.nodes[0], key).await;

    let all = msg::Undelegate { validator: fifth.address, amount: amount(80 * LOL) };
    succeed(&network, 1, &fifth, &all).await;
    wait_for_status(node, &fifth.address, "jailed").await;
    let height = network.wait_for_progress(4, SOON).await.expect("four go on");
    let set = network.nodes[0].rpc("validators", json!({ "height": height.to_string() })).await.unwrap();
    assert_eq!(set["total"], "4", "{set}");

    let back = msg::Delegate { validator: fifth.address, amount: amount(60 * LOL) };
    succeed(&network, 2, &fifth, &back).await;
    succeed(&network, 3, &fifth, &msg::Unjail {}).await;
    wait_for_status(node, &fifth.address, "bonded").await;
    wait_for_signature(&network.nodes[0], key).await;
    let height = network.wait_for_progress(2, SOON).await.expect("five go on");
    network.agree_up_to(height).await.expect("nobody forked");
}

#[tokio::test(flavor = "multi_thread")]
async fn two_processes_with_one_key_are_slashed_once_and_tombstoned_while_the_chain_goes_on() {
    let _turn = turn().await;
    let mut network = network(&[], Value::Null).await;
    let twin = network.add_twin(3).expect("a second process with the key of node 3");
    let offender = operator(3).address;
    wait_for_status(&network.nodes[0], &offender, "tombstoned").await;
    network.node_mut(twin).unwrap().stop().await.expect("the twin stops");
    let others = &network.nodes[..3];
    let goal = network.height().await + 10;
    for node in others {
        node.wait_for_height(goal, SOON).await.expect("the chain goes on");
    }
    let found = validator(&network.nodes[0], &offender).await;
    let slashes = found["slashes"].as_array().expect("a history");
    assert_eq!(slashes.len(), 1, "{found}");
    assert_eq!(slashes[0]["fault"]["kind"], "duplicate_vote", "{found}");
    let left = SELF_BOND_NLOL - SELF_BOND_NLOL / 20;
    assert_eq!(found["tokens"], left.to_string(), "5 % once: {found}");
    assert_eq!(found["power"], 0, "{found}");
    let refused = send(&network, 0, &operator(3), &msg::Unjail {}).await;
    assert_eq!(refused["status"], "failed", "{refused}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stopped_validator_is_jailed_and_unjails() {
    let _turn = turn().await;
    let strict = json!({ "window_blocks": 20, "signed_min_bps": 5_000, "downtime_jail_ms": 3_000 });
    let mut network = network(&[], strict).await;
    let (offender, key) = (operator(3), network.nodes[3].keys().unwrap().validator_key());
    network.node_mut(3).unwrap().kill_both().await.unwrap();
    wait_for_status(&network.nodes[0], &offender.address, "jailed").await;
    let found = validator(&network.nodes[0], &offender.address).await;
    assert_eq!(found["slashes"][0]["fault"]["kind"], "downtime", "{found}");

    network.node_mut(3).unwrap().start().unwrap();
    let tip = network.height().await;
    network.nodes[3].wait_for_height(tip, SOON).await.expect("it catches up");
    tokio::time::sleep(Duration::from_secs(3)).await;
    succeed(&network, 0, &offender, &msg::Unjail {}).await;
    wait_for_status(&network.nodes[3], &offender.address, "bonded").await;
    wait_for_signature(&network.nodes[0], key).await;
}

fn command(node: &Node, args: &[&str]) -> String {
    let mut command = std::process::Command::new(chortled().expect("chortled is built"));
    let output = command.args(args).arg("--home").arg(&node.home).output().expect("chortled runs");
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{args:?}: {text}{}", String::from_utf8_lossy(&output.stderr));
    text
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_is_rotated_under_load_without_a_slash() {
    let _turn = turn().await;
    let accounts = Account::many("rotation", 2);
    let mut network = network(&[&accounts[0], &accounts[1]], Value::Null).await;
    let owner = operator(3);
    let old = network.nodes[3].keys().unwrap().validator_key();
    let text = command(
        &network.nodes[3],
        &["validator", "next-key", "--json", "--operator", &owner.address.to_string()],
    );
    let next: Value = serde_json::from_str(&text).expect("one line of JSON");
    let parse = |name: &str| serde_json::from_value(next[name].clone()).expect("hexadecimal");
    let key: ConsensusKey = serde_json::from_value(next["key"].clone()).expect("a key");

    let (identity, rest) = (network.identity.clone(), network.nodes[0].addresses.rest);
    let load = tokio::spawn(async move {
        let mut hashes = Vec::new();
        for index in 0..300u64 {
            let (from, to) = if index % 2 == 0 { (0, 1) } else { (1, 0) };
            let expiry = now_unix_ms() + 120_000 + index;
            let tx = unordered(&identity, &accounts[from], &accounts[to], expiry);
            hashes.push(hex::encode(chortle_kernel::hash::sha256(&tx)));
            let body = json!({ "tx": hex::encode(tx) }).to_string();
            let answer = http::once(rest, "POST", "/v1/txs", body.as_bytes()).await.expect("an answer");
            assert_eq!(answer.status, 202, "{}", String::from_utf8_lossy(&answer.body));
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        hashes
    });
    let at = succeed(&network, 0, &owner, &msg::RotateKey { key, proof: parse("proof") }).await;
    // The new set signs from two heights on.
    network.nodes[3].wait_for_height(at + 2, SOON).await.expect("it follows");
    network.node_mut(3).unwrap().stop().await.expect("it stops");
    command(&network.nodes[3], &["validator", "switch-key"]);
    network.node_mut(3).unwrap().start().unwrap();
    wait_for_signature(&network.nodes[0], key.0).await;
    assert_ne!(network.nodes[3].keys().unwrap().validator_key(), old);

    let hashes = load.await.expect("the load ends");
    let height = network.wait_for_progress(3, SOON).await.expect("all go on");
    for hash in hashes {
        let found = network.nodes[0].rest(&format!("/v1/txs/{hash}")).await.expect("the node answers");
        assert_eq!(found["status"], "included", "{hash}: {found}");
    }
    let found = validator(&network.nodes[0], &owner.address).await;
    assert_eq!((&found["status"], &found["slashes"]), (&json!("bonded"), &json!([])), "{found}");
    network.agree_up_to(height).await.expect("nobody forked");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_set_changes_in_a_hundred_blocks_and_nobody_forks() {
    let _turn = turn().await;
    let delegator = Account::of_seed("delegator", 0);
    let network = network(&[&delegator], Value::Null).await;
    let (mut changed, mut seen, mut sent) = (0, network.height().await, 0u64);
    let started = std::time::Instant::now();
    while changed < 100 {
        assert!(started.elapsed() < 3 * SOON, "only {changed} heights changed the set");
        // One of four grows by a unit of power with every transaction.
        let wish = msg::Delegate { validator: operator((sent % 4) as usize).address, amount: amount(LOL) };
        let expiry = now_unix_ms() + 120_000 + sent;
        let tx = delegator.sign_of("staking", &network.identity, Replay::Unordered, expiry, &wish);
        let body = json!({ "tx": hex::encode(tx.expect("signed")) }).to_string();
        let rest = network.nodes[(sent % 4) as usize].addresses.rest;
        let answer = http::once(rest, "POST", "/v1/txs", body.as_bytes()).await.expect("an answer");
        assert_eq!(answer.status, 202, "{}", String::from_utf8_lossy(&answer.body));
        sent += 1;
        tokio::time::sleep(Duration::from_millis(60)).await;
        let tip = network.nodes[0].height().await.unwrap_or(seen);
        while seen < tip {
            seen += 1;
            let results = network.nodes[0].rpc("block_results", json!({ "height": seen.to_string() })).await;
            let updates = results.unwrap_or_default()["validator_updates"].as_array().map_or(0, Vec::len);
            changed += u64::from(updates > 0);
        }
    }
    let height = network.wait_for_progress(3, SOON).await.expect("all go on");
    network.agree_up_to(height).await.expect("nobody forked");
    let set = network.nodes[0].rpc("validators", json!({ "height": height.to_string() })).await.unwrap();
    let power = |one: &Value| one["voting_power"].as_str().and_then(|text| text.parse::<u64>().ok());
    let total: u64 = set["validators"].as_array().unwrap().iter().filter_map(power).sum();
    assert!(total > 400 && total <= 400 + sent, "{total} units of power after {sent} delegations");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_export_in_the_middle_of_an_unbonding_goes_on_where_it_stood() {
    let _turn = turn().await;
    let delegator = Account::of_seed("delegator", 0);
    let brief = json!({ "unbonding_ms": 20_000 });
    let mut network = network(&[&delegator], brief).await;
    let to = operator(1).address;
    succeed(&network, 0, &delegator, &msg::Delegate { validator: to, amount: amount(40 * LOL) }).await;
    let out = msg::Undelegate { validator: to, amount: amount(30 * LOL) };
    let at = succeed(&network, 0, &delegator, &out).await;
    network.wait_for_height(at + 1, SOON).await.expect("all have it");
    let balance = async |network: &Network| {
        let account = network.nodes[0].rest(&format!("/v1/accounts/{}", delegator.address)).await;
        account.unwrap_or_default()["balance"].as_str().and_then(|text| text.parse::<u64>().ok()).unwrap_or(0)
    };
    let before = balance(&network).await;
    let exported = network.restart_from_export(at).await.expect("the exported chain starts");
    assert_eq!(exported["initial_height"], (at + 1).to_string());
    let path = format!("/v1/staking/unbondings/{}", delegator.address);
    let waiting = network.nodes[2].rest(&path).await.expect("the node answers");
    assert_eq!(waiting["items"][0]["entries"][0]["balance"], (30 * LOL).to_string(), "{waiting}");
    assert_eq!(waiting["items"][0]["entries"][0]["created_height"], at, "{waiting}");
    let paid = async || balance(&network).await == before + 30 * LOL;
    wait_until("the unbonding is paid", SOON, paid).await.expect("it is paid");
    let height = network.wait_for_progress(2, SOON).await.expect("all go on");
    assert!(height > at + 2);
}
