//! A live node under garbage from every side goes on making blocks.

use std::path::Path;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use chortle_kernel::tx::TX_BYTES_MAX;
use chortle_testkit::{Account, http};
use rand::rngs::StdRng;
use rand::{Rng, RngCore, SeedableRng};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpStream, UnixStream};

use crate::{SOON, network, now_unix_ms, turn, unordered};

fn garbage(random: &mut StdRng, bytes_max: usize) -> Vec<u8> {
    let mut bytes = vec![0; random.random_range(1..bytes_max)];
    random.fill_bytes(&mut bytes);
    bytes
}

/// Writes bytes and waits for an answer or the end of the connection, neither of which is owed.
async fn talk(mut stream: impl AsyncReadExt + AsyncWriteExt + Unpin, bytes: &[u8]) {
    // The other side may hang up in the middle of it.
    if stream.write_all(bytes).await.is_ok() {
        let mut answer = [0; 4_096];
        let _ = tokio::time::timeout(Duration::from_millis(200), stream.read(&mut answer)).await;
    }
}

async fn into_socket(socket: &Path, random: &mut StdRng) {
    for round in 0..40 {
        let mut bytes = garbage(random, 2_000);
        if round % 4 == 0 {
            // A frame that promises more than memory holds.
            bytes.splice(0..0, [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f]);
        } else if round % 4 == 1 {
            // A frame of the right length with garbage inside.
            bytes.truncate(100);
            bytes.insert(0, u8::try_from(bytes.len()).unwrap());
        }
        let stream = UnixStream::connect(socket).await.expect("the node still listens");
        talk(stream, &bytes).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn garbage_on_every_port_stops_nothing() {
    let _turn = turn().await;
    let accounts = Account::many("hostile", 3);
    let mut network = network(1, &accounts).await;
    let mut random = StdRng::seed_from_u64(11);
    let (rpc, rest) = (network.nodes[0].addresses.rpc, network.nodes[0].addresses.rest);
    let comet = network.nodes[0].comet_pid();

    into_socket(&network.nodes[0].home.join("abci.sock"), &mut random).await;
    for _ in 0..20 {
        talk(TcpStream::connect(rest).await.expect("REST listens"), &garbage(&mut random, 4_000)).await;
    }
    for _ in 0..60 {
        let tx = BASE64.encode(garbage(&mut random, 600));
        let answer = http::call(rpc, "broadcast_tx_sync", json!({ "tx": tx })).await.expect("an answer");
        assert_ne!(answer["code"], 0, "garbage is no transaction: {answer}");
        assert_eq!(answer["codespace"], "tx", "{answer}");
    }
    let oversized = BASE64.encode(vec![1; TX_BYTES_MAX + 1]);
    assert!(
        http::call(rpc, "broadcast_tx_sync", json!({ "tx": oversized })).await.is_err(),
        "the mempool refuses it"
    );

    let tx = BASE64.encode(unordered(&network.identity, &accounts[0], &accounts[1], now_unix_ms() + 60_000));
    let first = http::call(rpc, "broadcast_tx_sync", json!({ "tx": tx })).await.expect("an answer");
    assert_eq!(first["code"], 0, "{first}");
    assert!(http::call(rpc, "broadcast_tx_sync", json!({ "tx": tx })).await.is_err(), "it waits already");
    network.wait_for_progress(3, SOON).await.expect("blocks go on");
    let again = http::call(rpc, "broadcast_tx_sync", json!({ "tx": tx })).await;
    let refused = again.map_or(true, |answer: Value| answer["code"] != 0);
    assert!(refused, "a block holds it already");

    for path in ["/v1/blocks/x", "/v1/txs/1", "/v1/accounts/nobody", "/v1/none", "/v1/tokens?limit=-1"] {
        let answer = http::once(rest, "GET", path, b"").await.expect("an answer");
        assert!((400..500).contains(&answer.status), "{path}: {}", answer.status);
        assert!(answer.json().expect("a problem is JSON")["code"].is_string(), "{path}");
    }
    assert!(network.nodes[0].is_running(), "chortled lives");
    assert_eq!(network.nodes[0].comet_pid(), comet, "CometBFT lives, and was never started again");
}
