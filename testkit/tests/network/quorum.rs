//! Three of four validators make blocks, two of four make none, and nobody forks.

use std::time::Duration;

use chortle_testkit::Network;

use crate::{SOON, network, turn};

async fn heights(network: &Network, nodes: &[usize]) -> Vec<u64> {
    let mut heights = Vec::new();
    for node in nodes {
        heights.push(network.node(*node).expect("the node exists").height().await.expect("the node answers"));
    }
    heights
}

#[tokio::test(flavor = "multi_thread")]
async fn one_down_blocks_go_on_two_down_they_stop_and_back_they_resume() {
    let _turn = turn().await;
    let mut network = network(4, &[]).await;

    network.node_mut(3).unwrap().kill_both().await.unwrap();
    let goal = network.height().await + 4;
    for node in [0, 1, 2] {
        network.node(node).unwrap().wait_for_height(goal, SOON).await.expect("three of four make blocks");
    }

    network.node_mut(2).unwrap().kill_both().await.unwrap();
    // What was decided before the second death may still be committed.
    tokio::time::sleep(Duration::from_secs(3)).await;
    let stopped = heights(&network, &[0, 1]).await;
    tokio::time::sleep(Duration::from_secs(6)).await;
    assert_eq!(heights(&network, &[0, 1]).await, stopped, "two of four decide nothing");

    for node in [2, 3] {
        network.node_mut(node).unwrap().start().unwrap();
    }
    let height = network.wait_for_progress(4, SOON).await.expect("four of four go on");
    assert!(height > *stopped.iter().max().unwrap());
    network.agree_up_to(height).await.expect("nobody forked");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_frozen_node_catches_up_when_it_wakes() {
    let _turn = turn().await;
    let network = network(4, &[]).await;
    network.node(1).unwrap().pause().unwrap();
    let goal = network.node(0).unwrap().height().await.unwrap() + 5;
    for node in [0, 2, 3] {
        network.node(node).unwrap().wait_for_height(goal, SOON).await.expect("the others go on");
    }
    network.node(1).unwrap().resume().unwrap();
    let height = network.wait_for_progress(2, SOON).await.expect("the frozen one catches up");
    network.agree_up_to(height).await.expect("nobody forked");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_that_stops_in_order_leaves_nothing_running_and_comes_back() {
    let _turn = turn().await;
    let mut network = network(1, &[]).await;
    let comet = network.node(0).unwrap().comet_pid().expect("CometBFT runs");
    network.node_mut(0).unwrap().stop().await.expect("it stops in order");
    assert!(!chortle_testkit::process::is_running(comet), "CometBFT stopped too");
    network.node_mut(0).unwrap().start().unwrap();
    network.wait_for_height(4, SOON).await.expect("it goes on");
}
