use base64::Engine;
use ics23::HostFunctionsManager;
use serde_json::Value;

use crate::common::{Node, problem};

fn bytes(value: &Value) -> Vec<u8> {
    hex::decode(value.as_str().expect("text").trim_start_matches("0x")).expect("hexadecimal")
}

fn holds(entry: &Value, root: &Vec<u8>) -> bool {
    let proof = base64::engine::general_purpose::STANDARD.decode(entry["ics23"].as_str().unwrap()).unwrap();
    let proof = <ics23::CommitmentProof as prost013::Message>::decode(proof.as_slice()).unwrap();
    let (spec, key) = (chortle_store::proof_spec(), bytes(&entry["key"]));
    match &entry["value"] {
        Value::Null => ics23::verify_non_membership::<HostFunctionsManager>(&proof, &spec, root, &key),
        value => ics23::verify_membership::<HostFunctionsManager>(&proof, &spec, root, &key, &bytes(value)),
    }
}

/// The leaf that holds an account's nonce and its LOL.
fn leaf(address: chortle_kernel::Address) -> String {
    hex::encode(chortle_token::state::ACCOUNT.key(&address))
}

fn all_hold(proof: &Value) {
    let root = bytes(&proof["app_hash"]);
    let entries = proof["entries"].as_array().unwrap();
    assert!(!entries.is_empty());
    for entry in entries {
        assert!(holds(entry, &root), "{entry}");
        let mut other = root.clone();
        other[0] ^= 1;
        assert!(!holds(entry, &other), "{entry}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_proven_balance_verifies_under_the_app_hash_and_under_no_other() {
    let node = Node::start().await;
    let bob = node.accounts[1].address;
    node.submit(&node.transfer(0, bob, 5, 0)).await;
    node.submit(&node.transfer(0, bob, 5, 1)).await;
    let mut values = Vec::new();
    for height in [1, 2] {
        let proven = node.json(&format!("/v1/state/{}?prove=true&height={height}", leaf(bob))).await;
        let proof = &proven["proof"];
        assert_eq!(proof["header_height"], height + 1);
        assert_eq!(proof["app_hash"], node.json(&format!("/v1/blocks/{height}")).await["app_hash"]);
        assert_eq!(proof["entries"][0]["value"], proven["answer"]["value"]);
        all_hold(proof);
        values.push(proven["answer"]["value"].clone());
    }
    assert_ne!(values[0], values[1], "each height proves its own balance");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_query_of_single_values_is_proven_as_a_whole() {
    let node = Node::start().await;
    node.submit(&node.transfer(0, node.accounts[1].address, 5, 0)).await;
    let balance = format!("/v1/accounts/{}/balances/0", node.accounts[1].address);
    for path in [balance.as_str(), "/v1/tokens/0/supply", "/v1/params/token", "/v1/app/params"] {
        let proven = node.json(&format!("{path}?prove=true")).await;
        assert_eq!(proven["answer"], node.json(path).await, "{path}");
        all_hold(&proven["proof"]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn absence_is_proven_too() {
    let node = Node::start().await;
    node.submit(&node.transfer(0, node.accounts[1].address, 5, 0)).await;
    let proven =
        node.json(&format!("/v1/state/{}?prove=true", leaf(chortle_kernel::Address([255; 20])))).await;
    assert_eq!(proven["answer"]["value"], Value::Null);
    all_hold(&proven["proof"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_says_that_it_cannot_be_proven() {
    let node = Node::start().await;
    let (status, body) = problem(node.get("/v1/tokens?prove=true").await).await;
    assert_eq!((status, body["code"].as_str().unwrap()), (400, "rest.10"), "{body}");
}
