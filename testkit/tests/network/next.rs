//! CometBFT's next line.

use chortle_consensus::comet::binary;
use chortle_testkit::network::brisk;
use chortle_testkit::{Account, Network, Options};

use crate::{SOON, now_unix_ms, turn, unordered};

#[tokio::test(flavor = "multi_thread")]
async fn the_next_line_of_cometbft_runs_the_same_chain_through_a_kill() {
    let _turn = turn().await;
    let accounts = Account::many("next", 3);
    let funded = accounts.iter().map(|account| account.address).collect();
    let binary = binary::cached(binary::NEXT_VERSION).filter(|path| path.is_file());
    let binary = binary.expect("the next line is installed: scripts/setup --for-tests");
    let options = Options {
        validators: 4,
        funded,
        tune: brisk,
        staking: serde_json::Value::Null,
        governance: serde_json::Value::Null,
        comet_binary: Some(binary),
        check_invariants: true,
    };
    let mut network = Network::start(options).await.expect("the network starts");
    let version = network.nodes[0].rpc("status", serde_json::json!({})).await.expect("CometBFT answers");
    assert_eq!(version["node_info"]["version"], "0.39.0", "the next line runs, and not the pinned one");

    let mut hashes = Vec::new();
    for index in 0..10_usize {
        let (from, to) = (&accounts[index % 3], &accounts[(index + 1) % 3]);
        let tx = unordered(&network.identity, from, to, now_unix_ms() + 120_000 + index as u64);
        hashes.push(hex::encode(chortle_kernel::hash::sha256(&tx)));
        let body = serde_json::json!({ "tx": hex::encode(tx) }).to_string();
        let rest = network.nodes[index % 4].addresses.rest;
        let answer = chortle_testkit::http::once(rest, "POST", "/v1/txs", body.as_bytes()).await.unwrap();
        assert_eq!(answer.status, 202, "{}", String::from_utf8_lossy(&answer.body));
    }
    network.wait_for_progress(5, SOON).await.expect("blocks go on");
    network.node_mut(1).unwrap().kill_both().await.expect("both die");
    network.node_mut(1).unwrap().start().expect("it starts again");
    let height = network.wait_for_progress(3, SOON).await.expect("all go on after the kill");
    network.agree_up_to(height).await.expect("every node has the same blocks and the same roots");
    for hash in hashes {
        let found = network.nodes[1].rest(&format!("/v1/txs/{hash}")).await.expect("the node answers");
        assert_eq!(found["status"], "included", "{hash}: {found}");
    }
}
