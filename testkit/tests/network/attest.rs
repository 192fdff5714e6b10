//! Validators attest with their votes, and the next block carries it: through crashes, changes of the set, and lies.

use chortle_kernel::{codec, state::Item};
use chortle_staking::msg;
use chortle_testkit::attest::{AGREED, COUNT, LIES};
use chortle_testkit::network::brisk;
use chortle_testkit::node::{Node, number};
use chortle_testkit::{Account, Network, Options};
use serde_json::{Value, json};

use crate::staking::{LOL, amount, creation, succeed, wait_for_signature, wait_for_status};
use crate::{SOON, turn};

async fn network(funded: &[&Account], liars: &[usize]) -> Network {
    let funded = funded.iter().map(|account| account.address).collect();
    let options = Options {
        validators: 4,
        funded,
        staking: Value::Null,
        governance: Value::Null,
        tune: brisk,
        comet_binary: None,
        check_invariants: true,
    };
    Network::attesting(options, liars).await.expect("the network starts")
}

/// A value of the module's state at a height.
pub(crate) async fn read(node: &Node, key: Vec<u8>, height: u64) -> Option<Vec<u8>> {
    let asked = json!({ "path": "/store", "data": hex::encode(key), "height": height.to_string() });
    let answer = node.rpc("abci_query", asked).await.expect("the node answers");
    let response = &answer["response"];
    assert_eq!(response["code"].as_u64().unwrap_or(0), 0, "{response}");
    let value = response["value"].as_str().filter(|value| !value.is_empty())?;
    Some(base64::Engine::decode(&base64::engine::general_purpose::STANDARD, value).expect("base64"))
}

async fn agreed(node: &Node, height: u64) -> Option<(u64, u64)> {
    read(node, AGREED.key(), height).await.map(|bytes| codec::decode(&bytes).expect("a height and a time"))
}

async fn count(node: &Node, item: Item<u64>, height: u64) -> u64 {
    read(node, item.key(), height).await.map_or(0, |bytes| codec::decode(&bytes).expect("a number"))
}

async fn block_time_unix_ms(node: &Node, height: u64) -> u64 {
    let block = node.rest(&format!("/v1/blocks/{height}")).await.expect("the node answers");
    number(&block["time_unix_ms"])
}

/// Every block up to a height carried attestations, and all of them agreed on the block before the one voted for.
async fn assert_every_block_attested(network: &Network, height: u64) {
    for node in &network.nodes {
        for at in 3..=height {
            let found = agreed(node, at).await;
            let time = block_time_unix_ms(node, at - 2).await;
            assert_eq!(found, Some((at - 2, time)), "height {at} on {}", node.name);
            assert_eq!(count(node, COUNT, at).await, at - 1, "height {at} on {}", node.name);
        }
        assert_eq!(count(node, LIES, height).await, 0);
    }
    network.agree_up_to(height).await.expect("nobody forked");
}

#[tokio::test(flavor = "multi_thread")]
async fn every_block_carries_attestations_through_crashes_rounds_and_changes_of_the_set() {
    let _turn = turn().await;
    let fifth = Account::of_seed("fifth", 0);
    let mut network = network(&[&fifth], &[]).await;
    network.wait_for_progress(3, SOON).await.expect("four attest");

    // Whoever is down misses its turns to propose: those heights need more than one round.
    for victim in [0, 1] {
        network.node_mut(victim).unwrap().kill_both().await.expect("it dies");
        let goal = network.height().await + 4;
        for other in (0..4).filter(|other| *other != victim) {
            network.node(other).unwrap().wait_for_height(goal, SOON).await.expect("three go on");
        }
        network.node_mut(victim).unwrap().start().expect("it starts again");
        network.wait_for_progress(2, SOON).await.expect("four go on");
    }
    // All at once, as when a building loses power.
    for victim in 0..4 {
        network.node_mut(victim).unwrap().kill_both().await.expect("it dies");
    }
    for victim in 0..4 {
        network.node_mut(victim).unwrap().start().expect("it starts again");
    }
    network.wait_for_progress(3, SOON).await.expect("four go on from their disks");

    let joined = network.add_full_node().expect("a fifth node");
    let node = network.node(joined).unwrap();
    node.wait_for_height(3, SOON).await.expect("it follows");
    let key = node.keys().unwrap().validator_key();
    succeed(&network, 0, &fifth, &creation(&network, node, &fifth, 80 * LOL)).await;
    wait_for_signature(&network.nodes[0], key).await;
    let all = msg::Undelegate { validator: fifth.address, amount: amount(80 * LOL) };
    succeed(&network, 1, &fifth, &all).await;
    wait_for_status(node, &fifth.address, "jailed").await;

    let height = network.wait_for_progress(6, SOON).await.expect("four go on");
    assert_every_block_attested(&network, height).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_validator_that_lies_is_outvoted() {
    let _turn = turn().await;
    let network = network(&[], &[3]).await;
    let lies = async || count(&network.nodes[0], LIES, 0).await >= 3;
    chortle_testkit::process::wait_until("lies are carried", SOON, lies).await.expect("lies are carried");
    let height = network.wait_for_progress(2, SOON).await.expect("the chain goes on");
    for node in &network.nodes {
        for at in 3..=height {
            // Where a commit is of two honest votes and the lie, there is no agreement: the value stays what it was.
            let Some((of, time)) = agreed(node, at).await else { continue };
            assert!(of <= at - 2);
            // The first votes are on what genesis left, which is no block.
            if of > 0 {
                assert_eq!(time, block_time_unix_ms(node, of).await, "height {at} on {}", node.name);
            }
        }
    }
    network.agree_up_to(height).await.expect("nobody forked");
}
