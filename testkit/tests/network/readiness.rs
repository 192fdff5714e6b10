//! A node says at once that it cannot be relied on, and why; and that it can again.

use chortle_testkit::process::{self, wait_until};
use rustix::process::Signal;

use crate::{SOON, network, turn};

/// What `/readyz` says: whether the node is ready, and its words.
async fn readiness(node: &chortle_testkit::Node) -> (bool, String) {
    let said = node.rest("/readyz").await;
    let ready = said.as_ref().is_ok_and(|body| body["ready"] == true);
    (ready, said.map_or_else(|error| format!("{error:#}"), |body| body.to_string()))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_whose_engine_stands_is_not_ready_and_is_again_when_it_goes_on() {
    let _turn = turn().await;
    let network = network(1, &[]).await;
    let node = network.node(0).unwrap();
    wait_until("the node is ready", SOON, async || readiness(node).await.0).await.unwrap();
    let comet = node.comet_pid().unwrap();
    process::signal(comet, Signal::STOP).unwrap();
    let what = "the node says that its engine is silent";
    wait_until(what, SOON, async || readiness(node).await.1.contains("engine does not answer"))
        .await
        .unwrap();
    // The process is alive and says so: nothing of its own is broken.
    assert_eq!(node.rest("/healthz").await.unwrap()["alive"], true);
    process::signal(comet, Signal::CONT).unwrap();
    wait_until("the node is ready again", SOON, async || readiness(node).await.0).await.unwrap();
}
