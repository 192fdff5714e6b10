//! What programs that are written from the documents alone rely on.

use std::sync::Arc;

use chortle_node::dev::Mode;
use chortle_node::rest::{self, Limits};
use serde_json::{Value, json};

use crate::common::{Node, chain, problem};

/// A request that builds a transfer of one nlol.
fn transfer(node: &Node, from: usize) -> Value {
    let to = node.accounts[5].address;
    let body = json!({ "to": to, "coin": { "asset": "0", "amount": "1" } });
    json!({ "sender": node.accounts[from].address, "body": body })
}

#[tokio::test(flavor = "multi_thread")]
async fn the_next_nonce_counts_what_waits_in_accounts_and_in_build() {
    let node = Node::with(Mode::Manual, Limits::default()).await;
    let path = format!("/v1/accounts/{}", node.accounts[0].address);
    for waiting in 0..3 {
        let account = node.json(&path).await;
        assert_eq!((&account["nonce"], &account["pending_nonce"]), (&json!(0), &json!(waiting)));
        let built = node.post_ok("/v1/txs/build/token/transfer", &transfer(&node, 0)).await;
        let body = hex::decode(&built["body_bytes"].as_str().unwrap()[2..]).unwrap();
        let body: chortle_kernel::tx::TxBody = chortle_kernel::codec::decode(&body).unwrap();
        assert_eq!(body.replay, chortle_kernel::tx::Replay::Sequence(waiting));
        node.submit(&node.transfer(0, node.accounts[5].address, 1, waiting)).await;
    }
    node.post_ok("/v1/dev/mine", &json!({})).await;
    let account = node.json(&path).await;
    assert_eq!((&account["nonce"], &account["pending_nonce"]), (&json!(3), &json!(3)));
    assert_eq!(
        node.json(&format!("{path}?height=1")).await["pending_nonce"],
        Value::Null,
        "the past waits for nothing"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_sequence_is_a_field_and_not_only_a_word_in_a_sentence() {
    let node = Node::with(Mode::Manual, Limits::default()).await;
    node.submit(&node.transfer(0, node.accounts[5].address, 1, 0)).await;
    let again = node.transfer(0, node.accounts[6].address, 1, 0);
    let refused = node.post("/v1/txs", &json!({ "tx": format!("0x{}", hex::encode(again)) })).await;
    let (status, body) = problem(refused).await;
    assert_eq!((status, &body["fields"]["found"], &body["fields"]["next"]), (422, &json!("0"), &json!("1")));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_build_answers_is_what_build_takes() {
    let node = Node::start().await;
    let built = node.post_ok("/v1/txs/build/token/transfer", &transfer(&node, 0)).await;
    let mut request = transfer(&node, 0);
    for field in ["gas_limit", "gas_price_max"] {
        assert!(built[field].is_string(), "{built}");
        request[field] = built[field].clone();
    }
    request["sequence"] = json!("0");
    let again = node.post_ok("/v1/txs/build/token/transfer", &request).await;
    assert_eq!(again["body_bytes"], built["body_bytes"]);
    request["gas_limit"] = json!("a lot");
    let (status, body) = problem(node.post("/v1/txs/build/token/transfer", &request).await).await;
    assert_eq!((status, body["code"].as_str().unwrap()), (400, "rest.3"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_block_says_what_it_holds_and_each_of_its_transactions_how_it_ended() {
    let node = Node::start().await;
    let bytes = node.transfer(0, node.accounts[5].address, 1, 0);
    node.submit(&bytes).await;
    let block = node.json("/v1/blocks/1").await;
    assert_eq!(block["txs_bytes"], bytes.len());
    assert_eq!(block["evidence"], json!([]));
    let page = node.json("/v1/blocks/1/txs").await;
    let tx = &page["items"][0];
    assert_eq!((&tx["status"], &page["next"]), (&json!("included"), &Value::Null));
    assert_eq!(block["gas_used"], tx["receipt"]["gas_used"]);
    node.submit(&node.transfer(0, node.accounts[5].address, 1, 1)).await;
    let commit = node.json("/v1/blocks/2").await["last_commit"].clone();
    assert_eq!(commit, json!({ "round": 0, "signed": 1, "validators": 1 }));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_pages_of_the_latest_block_are_those_of_one_block() {
    let dev = Arc::new(chain(Mode::Manual));
    let node = Node::over(Arc::clone(&dev), None, Limits::default()).await;
    for sequence in 0..3 {
        dev.take(node.transfer(0, node.accounts[5].address, 1, sequence).into()).unwrap();
    }
    dev.mine(1).unwrap();
    let first = node.json("/v1/blocks/latest/txs?limit=2").await;
    dev.mine(1).unwrap();
    let next = first["next"].as_str().expect("one is left");
    let second = node.json(&format!("/v1/blocks/latest/txs?limit=2&cursor={next}")).await;
    assert_eq!((&second["items"][0]["index"], &second["next"]), (&json!(2), &Value::Null));
    for wrong in ["2", "2.2", "x.1"] {
        let path = format!("/v1/blocks/1/txs?cursor={wrong}");
        let (status, body) = problem(node.get(&path).await).await;
        assert_eq!((status, body["code"].as_str().unwrap()), (400, "rest.5"), "{wrong}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn many_accounts_are_one_answer_and_it_can_be_proven() {
    let node = Node::start().await;
    let (bob, stranger) = (node.accounts[5].address, chortle_kernel::Address([7; 20]));
    node.submit(&node.transfer(0, bob, 5, 0)).await;
    let path = format!("/v1/accounts?addresses={},{},{stranger}", node.accounts[0].address, bob.to_eip55());
    let rows = node.json(&path).await;
    let names: Vec<_> = rows.as_array().unwrap().iter().map(|row| row["address"].clone()).collect();
    assert_eq!(names, [json!(node.accounts[0].address), json!(bob), json!(stranger)]);
    assert_eq!((&rows[0]["nonce"], &rows[2]["balance"]["amount"]), (&json!(1), &json!("0")));
    let proven = node.json(&format!("{path}&prove=true")).await;
    assert_eq!(proven["answer"], rows);
    let many = vec![bob.to_string(); 101].join(",");
    let (status, _) = problem(node.get(&format!("/v1/accounts?addresses={many}")).await).await;
    assert_eq!(status, 400, "above the cap is an error");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_development_chain_says_that_nothing_signs_its_headers() {
    let node = Node::start().await;
    node.post_ok("/v1/dev/mine", &json!({})).await;
    for path in ["/v1/headers/1", "/v1/headers/latest", "/v1/genesis"] {
        let (status, body) = problem(node.get(path).await).await;
        assert_eq!((status, body["code"].as_str().unwrap()), (404, "rest.23"), "{path}");
    }
    let (status, body) = problem(node.get("/v1/headers/9").await).await;
    assert_eq!((status, body["code"].as_str().unwrap()), (404, "rest.8"));
}

#[test]
fn parameters_are_of_the_type_that_they_are_read_as() {
    let document = rest::document();
    let parameter = |path: &str, name: &str| {
        let all = document["paths"][path]["get"]["parameters"].as_array().unwrap();
        let found = all.iter().find(|one| one["name"] == name).unwrap_or_else(|| panic!("{path}: {name}"));
        found["schema"].clone()
    };
    for (path, name, kind) in [
        ("/v1/blocks", "limit", "integer"),
        ("/v1/blocks/{height}/txs", "limit", "integer"),
        ("/v1/state/{key}", "height", "integer"),
        ("/v1/state/{key}", "prove", "boolean"),
    ] {
        assert_eq!(parameter(path, name)["type"], kind, "{path}: {name}");
    }
    assert_eq!(parameter("/v1/blocks/{height}", "height")["pattern"], "^(latest|[0-9]+)$");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_asset_answers_to_its_own_symbol_alone() {
    let node = Node::start().await;
    let pays = |asset: &str| {
        let mut request = transfer(&node, 0);
        request["body"]["coin"]["asset"] = json!(asset);
        request
    };
    let address = node.accounts[0].address;
    for right in ["0", "LOL", "LOL#0"] {
        let built = node.post_ok("/v1/txs/build/token/transfer", &pays(right)).await;
        assert!(built["summary"].as_str().unwrap().contains("LOL"), "{built}");
        let path = format!("/v1/accounts/{address}/balances/{}", right.replace('#', "%23"));
        assert_eq!(node.json(&path).await["asset"], "0", "{right}");
    }
    let (status, body) = problem(node.post("/v1/txs/build/token/transfer", &pays("USDC#0")).await).await;
    assert_eq!((status, body["code"].as_str().unwrap()), (400, "rest.5"), "{body}");
    assert!(body["detail"].as_str().unwrap().contains("asset 0 is LOL, not USDC"), "{body}");
    for path in [format!("/v1/accounts/{address}/balances/USDC%230"), "/v1/tokens/USDC%230".to_owned()] {
        let (status, body) = problem(node.get(&path).await).await;
        assert_eq!((status, body["code"].as_str().unwrap()), (400, "rest.5"), "{body}");
    }
}
