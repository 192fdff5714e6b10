//! An engine whose process lives and that makes no block, though one is due; and engines that rightly make none.

use std::time::Duration;

use chortle_testkit::process::{self, wait_until};
use chortle_testkit::{Network, Node, http};
use rustix::process::Signal;
use serde_json::{Value, json};

use crate::{SOON, network, turn};

/// What the log of a node says once its engine is taken for stuck.
const STUCK: &str = "the engine is stuck";

/// Every node has little patience from its next start on.
fn impatient(network: &mut Network) {
    for node in &mut network.nodes {
        node.environment.push(("CHORTLED_ENGINE_PATIENCE_S", "3"));
    }
}

async fn restart(network: &mut Network, index: usize) {
    network.node_mut(index).unwrap().stop().await.expect("it stops in order");
    network.node_mut(index).unwrap().start().unwrap();
}

/// What a route of health says.
async fn health(node: &Node, path: &str) -> Value {
    let answer = http::once(node.addresses.rest, "GET", path, b"").await;
    answer.ok().and_then(|answer| answer.json().ok()).unwrap_or_default()
}

fn log(node: &Node) -> String {
    std::fs::read_to_string(node.log()).unwrap()
}

async fn wait_for_stuck(node: &Node) {
    let what = "health says that the engine is stuck";
    wait_until(what, SOON, async || health(node, "/healthz").await["code"] == "rest.25").await.unwrap();
    let ready = health(node, "/readyz").await;
    assert!(ready["code"] == "rest.25" || ready["code"] == "rest.24", "{ready}");
    assert!(log(node).contains(STUCK), "{}", log(node));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_engine_that_is_stopped_is_told_of_and_another_one_makes_the_next_block() {
    let _turn = turn().await;
    let mut network = network(1, &[]).await;
    impatient(&mut network);
    restart(&mut network, 0).await;
    network.wait_for_progress(2, SOON).await.expect("blocks come");
    let node = network.node(0).unwrap();
    let comet = node.comet_pid().expect("CometBFT runs");
    process::signal(comet, Signal::STOP).unwrap();
    wait_for_stuck(node).await;
    // It cannot obey, so it is killed after a while.
    wait_until("it is gone", SOON, async || !process::is_running(comet)).await.unwrap();
    network.wait_for_progress(3, SOON).await.expect("another one makes blocks");
    let node = network.node(0).unwrap();
    wait_until("it is well", SOON, async || health(node, "/readyz").await["ready"] == true).await.unwrap();
}

/// The record says that the key has signed far above: it signs nothing, and CometBFT lives on without a word but one of
/// each round.
#[tokio::test(flavor = "multi_thread")]
async fn a_lone_validator_that_does_not_sign_says_why_and_stops_when_another_start_does_not_help() {
    let _turn = turn().await;
    let mut network = network(1, &[]).await;
    impatient(&mut network);
    network.node_mut(0).unwrap().stop().await.expect("it stops in order");
    let record = network.node(0).unwrap().comet().validator_state();
    std::fs::write(&record, json!({ "height": "1000000", "round": 0, "step": 3 }).to_string()).unwrap();
    let node = network.node_mut(0).unwrap();
    node.start().unwrap();
    wait_for_stuck(node).await;
    assert!(log(node).contains("more than two thirds of the power"), "{}", log(node));
    let patience = SOON * 2;
    wait_until("the node stops", patience, async || !node.is_running()).await.unwrap();
    let log = log(node);
    let last = log.lines().rev().take(5).collect::<String>();
    assert!(last.contains("started again in vain") && last.contains("height regression"), "{log}");
}

#[tokio::test(flavor = "multi_thread")]
async fn waiting_for_a_quorum_and_catching_up_are_not_being_stuck() {
    let _turn = turn().await;
    let mut network = network(4, &[]).await;
    impatient(&mut network);
    for index in [0, 1] {
        restart(&mut network, index).await;
    }
    network.wait_for_progress(5, SOON).await.expect("blocks go on");
    for index in [2, 3] {
        network.node_mut(index).unwrap().kill_both().await.unwrap();
    }
    // More than the rounds after which a block would be missed, by what these nodes are told to wait.
    tokio::time::sleep(Duration::from_secs(15)).await;
    for index in [2, 3] {
        network.node_mut(index).unwrap().start().unwrap();
    }
    network.wait_for_progress(3, SOON).await.expect("four of four go on");
    let fresh = network.add_full_node().expect("a fifth node starts");
    restart(&mut network, fresh).await;
    network.wait_for_progress(2, SOON).await.expect("the fresh node reaches the tip");
    for node in &network.nodes {
        assert!(!log(node).contains(STUCK), "{}: {}", node.name, log(node));
    }
}
