use chortle_kernel::tx::Replay;
use chortle_node::dev::Mode;
use chortle_node::rest::Limits;
use serde_json::{Value, json};

use crate::common::{Node, assemble, problem, sign_digest, signed};

#[tokio::test(flavor = "multi_thread")]
async fn submitting_twice_is_submitting_once() {
    let node = Node::start().await;
    let bytes = node.transfer(0, node.accounts[1].address, 7, 0);
    let response = node.post("/v1/txs", &json!({ "tx": hex::encode(&bytes) })).await;
    assert_eq!(response.status(), 202);
    let location = response.headers()["location"].to_str().unwrap().to_owned();
    let first: Value = response.json().await.unwrap();
    assert_eq!(location, format!("/v1/txs/{}", first["hash"].as_str().unwrap()));
    let again = node.submit(&bytes).await;
    assert_eq!((&again["hash"], &again["status"]), (&first["hash"], &json!("included")));
    assert_eq!(node.json("/v1/status").await["height"], 1, "the second one made no block");
    assert_eq!(node.json(&location).await["status"], "included");
}

#[tokio::test(flavor = "multi_thread")]
async fn all_three_forms_of_the_bytes_are_read() {
    use base64::Engine;
    let node = Node::start().await;
    let bob = node.accounts[1].address;
    node.submit(&node.transfer(0, bob, 1, 0)).await;
    let base64 = base64::engine::general_purpose::STANDARD.encode(node.transfer(0, bob, 1, 1));
    assert_eq!(node.post_ok("/v1/txs", &json!({ "tx": base64 })).await["status"], "included");
    let raw = node
        .http
        .post(node.url("/v1/txs"))
        .header("content-type", "application/octet-stream")
        .body(node.transfer(0, bob, 1, 2));
    let answer: Value = raw.send().await.unwrap().json().await.unwrap();
    assert_eq!(answer["status"], "included");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_transaction_waits_until_a_block_takes_it() {
    let node = Node::with(Mode::Manual, Limits::default()).await;
    let sent = node.submit(&node.transfer(0, node.accounts[1].address, 7, 0)).await;
    assert_eq!(sent["status"], "pending", "{sent}");
    node.post_ok("/v1/dev/mine", &json!({})).await;
    let found = node.json(&format!("/v1/txs/{}", sent["hash"].as_str().unwrap())).await;
    assert_eq!(found["status"], "included");
    let unknown = node.json(&format!("/v1/txs/{}", "00".repeat(32))).await;
    assert_eq!(unknown["status"], "unknown");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_transaction_that_no_block_took_in_time_is_expired() {
    let node = Node::with(Mode::Manual, Limits::default()).await;
    node.post_ok("/v1/dev/mine", &json!({})).await;
    let now = node.json("/v1/status").await["time_unix_ms"].as_u64().unwrap();
    let fields = json!({ "to": node.accounts[1].address, "coin": { "asset": "0", "amount": "1" } });
    let bytes = signed(&node.accounts[0], "transfer", fields, Replay::Unordered, now + 60_000);
    let sent = node.submit(&bytes).await;
    assert_eq!(sent["status"], "pending", "{sent}");
    node.post_ok("/v1/dev/time", &json!({ "advance_ms": 120_000 })).await;
    let found = node.json(&format!("/v1/txs/{}", sent["hash"].as_str().unwrap())).await;
    assert_eq!(found["status"], "expired", "{found}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_message_is_a_failed_transaction_with_its_code() {
    let node = Node::start().await;
    let bytes = node.transfer(0, node.accounts[1].address, 1 << 62, 0);
    let sent = node.post_ok("/v1/txs?preflight=false", &json!({ "tx": hex::encode(bytes) })).await;
    assert_eq!(sent["status"], "failed", "{sent}");
    assert_eq!(sent["receipt"]["error"]["name"], "insufficient_balance");
    assert_ne!(sent["receipt"]["fee"], "0", "the fee is taken in any case");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_of_the_check_carries_the_stable_code() {
    let node = Node::start().await;
    let bob = node.accounts[1].address;
    let table = [
        (node.transfer(0, bob, 1, 5), 422, "app.6"),
        (node.transfer(0, bob, 0, 0), 422, "token."),
        (vec![1, 2, 3], 400, "tx.2"),
        (vec![9], 400, "tx.3"),
        (vec![0, 1, 2], 422, "app.20"),
    ];
    for (bytes, status, code) in table {
        // The same at the door and by the mempool's check; only the first knows what the messages would do.
        for path in
            ["/v1/txs", "/v1/txs?preflight=false"].into_iter().take(if code == "token." { 1 } else { 2 })
        {
            let (found, body) = problem(node.post(path, &json!({ "tx": hex::encode(&bytes) })).await).await;
            assert_eq!(found, status, "{path} {body}");
            assert!(body["code"].as_str().unwrap().starts_with(code), "{path} {body}");
        }
    }
    let mut forged = node.transfer(0, bob, 1, 0);
    // The last byte of the signature: the four behind it count the proofs.
    let last = forged.len() - 5;
    forged[last] ^= 1;
    let (status, body) = problem(node.post("/v1/txs", &json!({ "tx": hex::encode(forged) })).await).await;
    assert_eq!((status, body["code"].as_str().unwrap()), (400, "tx.8"), "{body}");
}

/// The order of secp256k1's group.
const ORDER: [u8; 32] = [
    0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xfe, 0xba,
    0xae, 0xdc, 0xe6, 0xaf, 0x48, 0xa0, 0x3b, 0xbf, 0xd2, 0x5e, 0x8c, 0xd0, 0x36, 0x41, 0x41,
];

#[tokio::test(flavor = "multi_thread")]
async fn a_signature_with_high_s_is_told_what_may_be_wrong_with_it() {
    let node = Node::start().await;
    let mut high = node.transfer(0, node.accounts[1].address, 1, 0);
    // Behind s, the last half of the signature, four bytes count the proofs.
    let end = high.len() - 4;
    let mut borrow = 0;
    for (digit, of_order) in high[end - 32..end].iter_mut().rev().zip(ORDER.iter().rev()) {
        let difference = i16::from(*of_order) - i16::from(*digit) - borrow;
        borrow = i16::from(difference < 0);
        *digit = u8::try_from(difference.rem_euclid(256)).unwrap();
    }
    let (status, body) = problem(node.post("/v1/txs", &json!({ "tx": hex::encode(high) })).await).await;
    assert_eq!((status, body["code"].as_str().unwrap()), (400, "tx.8"), "{body}");
    assert!(body["detail"].as_str().unwrap().contains("high s"), "{body}");
    assert!(body["hint"].as_str().unwrap().contains("low s"), "{body}");
}

#[tokio::test(flavor = "multi_thread")]
async fn simulating_tells_the_receipt_and_every_balance_that_changes() {
    let node = Node::start().await;
    let bytes = node.transfer(0, node.accounts[1].address, 500, 0);
    let told = node.post_ok("/v1/txs/simulate", &json!({ "tx": hex::encode(&bytes) })).await;
    assert_eq!(told["receipt"]["error"], Value::Null);
    let bob = json!(node.accounts[1].address);
    let changes = told["balance_changes"].as_array().unwrap();
    let gained = changes.iter().find(|change| change["address"] == bob).unwrap();
    assert_eq!(gained["before"], "1000000000000000");
    assert_eq!(gained["after"], "1000000000000500");
    assert_eq!(node.json("/v1/status").await["height"], 0, "simulating changes nothing");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_node_builds_and_a_wallet_signs_is_included() {
    let node = Node::start().await;
    let (alice, bob) = (&node.accounts[0], &node.accounts[1]);
    let coin = json!({ "asset": "LOL", "amount": "9" });
    let request = json!({ "sender": alice.address, "body": { "to": bob.address, "coin": coin } });
    let built = node.post_ok("/v1/txs/build/token/transfer", &request).await;
    let bytes_of = |name: &str| hex::decode(built[name].as_str().unwrap().trim_start_matches("0x")).unwrap();
    let digest: [u8; 32] = bytes_of("sign_digest").try_into().unwrap();
    let tx = assemble(&bytes_of("body_bytes"), vec![sign_digest(alice, digest)]);
    let sent = node.submit(&tx).await;
    assert_eq!(sent["status"], "included", "{sent}");
    assert_eq!(sent["receipt"]["fee"], built["fee"], "the fee was known before signing");
    assert!(built["summary"].as_str().unwrap().contains("transfer"));
    let told = node
        .post_ok(
            "/v1/txs/simulate",
            &json!({ "tx": node.post_ok("/v1/txs/build/token/transfer", &request).await["unsigned_tx"] }),
        )
        .await;
    assert_eq!(told["receipt"]["error"], Value::Null, "the unsigned form can be simulated");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_sent_above_a_balance_is_refused_and_pays_nothing() {
    let node = Node::start().await;
    let (alice, bob) = (node.accounts[0].address, node.accounts[1].address);
    let before = node.json(&format!("/v1/accounts/{alice}")).await;
    let bytes = node.transfer(0, bob, 1 << 62, 0);
    let (status, body) = problem(node.post("/v1/txs", &json!({ "tx": hex::encode(&bytes) })).await).await;
    assert_eq!((status, &body["code"]), (422, &json!("token.1")), "{body}");
    assert_eq!(body["title"], "insufficient balance", "{body}");
    assert_eq!(node.json("/v1/status").await["height"], 0, "nothing was sent");
    assert_eq!(node.json(&format!("/v1/accounts/{alice}")).await, before, "nothing was paid");
    let mut forged = bytes;
    let last = forged.len() - 5;
    forged[last] ^= 1;
    let (_, body) = problem(node.post("/v1/txs", &json!({ "tx": hex::encode(forged) })).await).await;
    assert_eq!(body["code"], "tx.8", "a forged signature learns nothing of the balance: {body}");
    let coin = json!({ "asset": "LOL", "amount": (1_u64 << 62).to_string() });
    let mut request = json!({ "sender": alice, "body": { "to": bob, "coin": coin } });
    let built = node.post_ok("/v1/txs/build/token/transfer", &request).await;
    assert_eq!(built["warning"]["code"], "token.1", "{built}");
    request["body"]["coin"]["amount"] = json!("1");
    let built = node.post_ok("/v1/txs/build/token/transfer", &request).await;
    assert_eq!(built["warning"], Value::Null, "{built}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_waits_counts_before_a_transaction_is_refused() {
    let node = Node::with(Mode::Manual, Limits::default()).await;
    let (alice, bob) = (node.accounts[0].address, node.accounts[1].address);
    let held: u64 = 1_000_000_000_000_000;
    let all = held - 100_000_000;
    assert_eq!(node.submit(&node.transfer(0, bob, all, 0)).await["status"], "pending");
    let again = json!({ "tx": hex::encode(node.transfer(0, bob, all, 1)) });
    let (status, body) = problem(node.post("/v1/txs", &again).await).await;
    assert_eq!((status, &body["code"]), (422, &json!("token.1")), "the first one spends it: {body}");
    // More than Bob has in any block yet: the transfer that waits pays for it.
    let back = node.transfer(1, alice, held + all / 2, 0);
    assert_eq!(node.submit(&back).await["status"], "pending");
    assert_eq!(node.submit(&node.transfer(0, bob, all, 1)).await["status"], "pending", "and so does this");
    node.post_ok("/v1/dev/mine", &json!({})).await;
    let found = node.json(&format!("/v1/txs/{}", hex::encode(chortle_kernel::tx::id(&back)))).await;
    assert_eq!(found["status"], "included", "{found}");
}
