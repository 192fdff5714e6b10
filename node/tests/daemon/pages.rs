//! Walks over pages: of one state, whatever happens meanwhile.

use std::sync::Arc;

use chortle_kernel::tx::Replay;
use chortle_node::dev::{DevChain, Mode};
use chortle_node::rest::Limits;
use chortle_store::Options;
use serde_json::{Value, json};

use crate::common::{Node, chain_with, problem, signed};

const HOLDERS: &str = "/v1/tokens/1/holders";

/// A chain with a token that accounts 0 to 4 hold, and a list of them that can be walked.
async fn node(retain_blocks: u64) -> (Node, Arc<DevChain>) {
    let dev = Arc::new(chain_with(Mode::Instant, Options { retain_blocks, ..Options::default() }));
    let node = Node::over(Arc::clone(&dev), None, Limits::default()).await;
    let part =
        |index: usize| json!({ "to": node.accounts[index].address, "amount": (100 * index).to_string() });
    let body = json!({
        "symbol": "DOGE", "name": "Doge", "decimals": 0, "supply": "2000",
        "distribution": (1..5).map(part).collect::<Vec<_>>(),
    });
    let sent = node.submit(&signed(&node.accounts[0], "create_asset", body, Replay::Sequence(0), 0)).await;
    assert_eq!(sent["status"], "included", "{sent}");
    (node, dev)
}

/// The last holder of all becomes one of the first, and a new one comes.
async fn moves(node: &Node, sequence: u64) {
    for (to, amount, sequence) in [(1, "700", sequence), (5 + sequence as usize % 4, "1", sequence + 1)] {
        let coin = json!({ "asset": "1", "amount": amount });
        let body = json!({ "to": node.accounts[to].address, "coin": coin });
        let sent =
            node.submit(&signed(&node.accounts[0], "transfer", body, Replay::Sequence(sequence), 0)).await;
        assert_eq!(sent["status"], "included", "{sent}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_walk_over_pages_sees_one_state_while_the_chain_goes_on() {
    let (node, _dev) = node(1_000).await;
    let whole = node.json(&format!("{HOLDERS}?limit=100&height=1")).await;
    let (mut found, mut cursor) = (Vec::new(), String::new());
    for step in 0.. {
        let answer = node.get(&format!("{HOLDERS}?limit=1{cursor}")).await;
        assert_eq!(answer.headers()["chortle-height"], "1", "page {step}");
        let page: Value = answer.json().await.unwrap();
        found.extend(page["items"].as_array().unwrap().clone());
        let Some(next) = page["next"].as_str() else { break };
        cursor = format!("&cursor={next}");
        if step == 0 {
            moves(&node, 1).await;
        }
    }
    assert_eq!(json!(found), whole["items"]);
    let now = node.json(&format!("{HOLDERS}?limit=100")).await;
    assert_ne!(now["items"], whole["items"], "or nothing is shown");

    let (status, body) = problem(node.get(&format!("{HOLDERS}?limit=1&height=2{cursor}")).await).await;
    assert_eq!((status, body["code"].as_str().unwrap()), (400, "rest.5"), "{body}");
    assert!(body["detail"].as_str().unwrap().contains("height 1"), "{body}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_walk_that_is_overtaken_is_told_so() {
    let (node, dev) = node(3).await;
    let page = node.json(&format!("{HOLDERS}?limit=1")).await;
    let path = format!("{HOLDERS}?limit=1&cursor={}", page["next"].as_str().unwrap());
    assert_eq!(node.get(&path).await.status(), 200);
    dev.mine(5).unwrap();
    let (status, body) = problem(node.get(&path).await).await;
    assert_eq!((status, body["code"].as_str().unwrap()), (404, "rest.9"), "{body}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_transactions_of_a_block_are_final_and_those_of_the_latest_are_not() {
    let (node, _dev) = node(1_000).await;
    let tag_of = async |path: &str| {
        let answer = node.get(path).await;
        assert_eq!(answer.status(), 200, "{path}");
        answer.headers().get("etag").map(|tag| tag.to_str().unwrap().to_owned())
    };
    let tag = tag_of("/v1/blocks/1/txs").await.expect("a tag");
    assert_eq!(Some(&tag), tag_of("/v1/blocks/1").await.as_ref(), "the block's own");
    assert_eq!(tag_of("/v1/blocks/latest/txs").await, None);
    assert!(tag_of("/v1/blocks/latest/txs?cursor=1.0").await.is_some(), "a cursor names its block");
    let again = node.http.get(node.url("/v1/blocks/1/txs")).header("if-none-match", &tag);
    assert_eq!(again.send().await.unwrap().status(), 304);
}
