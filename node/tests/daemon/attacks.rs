//! Clients that would take a node down, against a node in a process of its own: its blocks go on, its health answers,
//! its memory is bounded, and an honest caller at another address is served or told when to come back.

use std::time::Duration;

use chortle_kernel::{Address, tx::Replay};
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::common::signed;
use crate::victim::{HONEST, Victim, ask, connect, get, limited, post, status_of, until};

const MIB: u64 = 1 << 20;
/// Blocks come by themselves, so that their going on can be seen.
const TICKING: &[&str] = &["--block-time", "100"];

/// Opens connections from several addresses and says something on each.
async fn crowd(victim: &Victim, addresses: std::ops::Range<u8>, each: usize, words: &str) -> Vec<TcpStream> {
    let mut sockets = Vec::new();
    for from in addresses {
        for _ in 0..each {
            let mut socket = connect(from, victim.rest).await;
            // It may be refused already.
            let _ = socket.write_all(words.as_bytes()).await;
            sockets.push(socket);
        }
    }
    sockets
}

#[tokio::test(flavor = "multi_thread")]
async fn more_idle_connections_than_files_may_be_open_stop_nothing() {
    const DESCRIPTORS: u32 = 1_024;
    let victim = Victim::start(DESCRIPTORS, TICKING);
    let idle = crowd(&victim, 10..21, 100, "").await;
    assert!(idle.len() > DESCRIPTORS as usize);
    let request = "GET /v1/status HTTP/1.1\r\nhost: localhost\r\n\r\n";
    let mut refused = connect(HONEST, victim.rest).await;
    refused.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    refused.read_to_string(&mut answer).await.unwrap();
    assert_eq!(status_of(&answer), 503, "{answer}");
    assert!(answer.contains("retry-after: 1") && answer.contains("rest.12"), "{answer}");
    assert!(victim.descriptors() < DESCRIPTORS as usize, "{} are open", victim.descriptors());
    victim.lives().await;
    assert_eq!(get(HONEST, victim.rest, "/readyz").await.0, 200);
    // Who says nothing is hung up on, so the others find a place again although nobody lets go.
    until("a place", async || get(HONEST, victim.rest, "/v1/status").await.0 == 200).await;
    drop(idle);
}

#[tokio::test(flavor = "multi_thread")]
async fn one_address_has_its_part_of_the_connections_and_no_more() {
    let victim = Victim::start(1_024, TICKING);
    let idle = crowd(&victim, 10..11, 300, "").await;
    let (status, body) = get(10, victim.rest, "/v1/status").await;
    assert_eq!(status, 429, "{body}");
    assert!(body.contains("rest.20"), "{body}");
    assert_eq!(get(10, victim.rest, "/healthz").await.0, 200, "health answers even there");
    assert_eq!(get(HONEST, victim.rest, "/v1/status").await.0, 200, "another address has its own");
    victim.lives().await;
    drop(idle);
}

#[tokio::test(flavor = "multi_thread")]
async fn bodies_that_never_end_keep_nobody_from_work() {
    let victim = Victim::start(4_096, TICKING);
    let head = "POST /v1/txs HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 200000\r\n\r\n";
    let words = head.to_owned() + &"a".repeat(1_000);
    let mut slow = crowd(&victim, 10..14, 150, &words).await;
    for _ in 0..5 {
        assert_eq!(get(HONEST, victim.rest, "/v1/status").await.0, 200);
        assert_eq!(get(14, victim.rest, "/v1/tokens").await.0, 200);
    }
    victim.lives().await;
    let mut answer = String::new();
    let first = slow.first_mut().unwrap();
    let _ = timeout(Duration::from_secs(60), first.read_to_string(&mut answer)).await.expect("it ends");
    assert_eq!(status_of(&answer), 408, "{answer}");
    assert!(victim.resident_bytes() < 400 * MIB, "{} MiB", victim.resident_bytes() / MIB);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_bodies_of_one_address_are_bounded_together() {
    let victim = Victim::start(4_096, TICKING);
    let before = victim.resident_bytes();
    let head = "POST /v1/txs HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 262000\r\n\r\n";
    let words = head.to_owned() + &"a".repeat(261_000);
    // 131 MB in all; 4 MiB are one address's part of what bodies may take.
    let large = crowd(&victim, 10..11, 500, &words).await;
    assert_eq!(get(HONEST, victim.rest, "/v1/status").await.0, 200);
    victim.lives().await;
    let grown = victim.resident_bytes().saturating_sub(before);
    assert!(grown < 96 * MIB, "{} MiB more", grown / MIB);
    drop(large);
}

#[tokio::test(flavor = "multi_thread")]
async fn clients_that_do_not_read_are_dropped_and_hold_little() {
    let victim = Victim::start(2_048, TICKING);
    let (before, open) = (victim.resident_bytes(), victim.descriptors());
    let words = "GET /v1/errors HTTP/1.1\r\nhost: x\r\n\r\n".repeat(40);
    let deaf = crowd(&victim, 10..14, 60, &words).await;
    victim.lives().await;
    told(&victim, "/v1/status").await;
    let grown = victim.resident_bytes().saturating_sub(before);
    assert!(grown < 128 * MIB, "{} MiB more", grown / MIB);
    // None of them reads or hangs up: the node does.
    until("those who do not read are gone", async || victim.descriptors() < open + 20).await;
    told(&victim, "/v1/errors").await;
    drop(deaf);
}

#[tokio::test(flavor = "multi_thread")]
async fn streams_of_one_address_starve_nobody_even_where_few_files_may_be_open() {
    let victim = Victim::start(256, TICKING);
    let words = "GET /v1/stream HTTP/1.1\r\nhost: x\r\n\r\n";
    let streams = crowd(&victim, 10..11, 300, words).await;
    let (status, body) = ask(10, victim.rest, words).await;
    assert_eq!(status, 429, "{body}");
    for _ in 0..3 {
        assert_eq!(get(HONEST, victim.rest, "/v1/status").await.0, 200);
    }
    let mut honest = connect(HONEST, victim.rest).await;
    honest.write_all(words.as_bytes()).await.unwrap();
    let mut text = Vec::new();
    while !String::from_utf8_lossy(&text).contains("event: block") {
        let read = timeout(Duration::from_secs(60), honest.read_buf(&mut text)).await.expect("a block");
        assert!(read.unwrap() > 0, "{}", String::from_utf8_lossy(&text));
    }
    victim.lives().await;
    assert!(victim.descriptors() < 256);
    drop(streams);
}

/// What an honest caller is told in the end: a node that has much to do may say first that it has, and nothing else.
async fn told(victim: &Victim, path: &str) -> serde_json::Value {
    let mut answer = String::new();
    until(path, async || {
        let (status, body) = get(HONEST, victim.rest, path).await;
        assert!([200, 408, 503].contains(&status), "{status} {body}");
        answer = body;
        status == 200
    })
    .await;
    serde_json::from_str(&answer).expect("JSON")
}

/// Hands in transfers to 256 accounts each and makes one block of them.
async fn mine_multi_transfers(victim: &Victim, count: u64) {
    let accounts = victim.accounts().await;
    let recipient = |at: u64| {
        let mut address = [0xee; 20];
        address[..8].copy_from_slice(&at.to_be_bytes());
        json!({ "to": Address(address), "amount": "1" })
    };
    for sequence in 0..count {
        let recipients: Vec<_> = (0..256).map(|at| recipient(sequence * 256 + at)).collect();
        let fields = json!({ "asset": "0", "recipients": recipients });
        let tx = signed(&accounts[0], "multi_transfer", fields, Replay::Sequence(sequence), 0);
        let body = json!({ "tx": format!("0x{}", hex::encode(tx)) }).to_string();
        // A node that has much to do says so, and takes the same bytes when they come again.
        until("a transaction is taken", async || {
            let (status, answer) = post(HONEST, victim.rest, "/v1/txs", &body).await;
            assert!([202, 408, 503].contains(&status), "{answer}");
            status == 202
        })
        .await;
    }
    // Its answer may come too late; the block comes.
    post(HONEST, victim.rest, "/v1/dev/mine", "{}").await;
    until("the block", async || victim.height().await == 1).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_block_of_350_multi_transfers_costs_little_however_many_read_it() {
    const TXS: u64 = 350;
    const READERS: usize = 64;
    let victim = Victim::start(4_096, &["--manual"]);
    let streams = crowd(&victim, 10..11, READERS, "GET /v1/stream HTTP/1.1\r\nhost: x\r\n\r\n").await;
    mine_multi_transfers(&victim, TXS).await;
    let block = told(&victim, "/v1/blocks/latest").await;
    assert_eq!(block["txs"], TXS, "all in one block");
    let before = victim.resident_bytes();
    // Lists and pages of the block by many at once, beside the readers that do not read.
    let mut lists = tokio::task::JoinSet::new();
    for at in 0..128 {
        let path = if at % 2 == 0 { "/v1/blocks/latest/txs?limit=100" } else { "/v1/blocks?limit=100" };
        let (from, rest) = (20 + at % 8, victim.rest);
        lists.spawn(async move { get(from, rest, path).await.0 });
    }
    let mut most = 0;
    while let Some(status) = lists.join_next().await {
        assert!([200, 408, 429, 503].contains(&status.unwrap()));
        most = most.max(victim.resident_bytes());
    }
    let grown = most.saturating_sub(before);
    assert!(grown < 256 * MIB, "{} MiB more", grown / MIB);
    post(HONEST, victim.rest, "/v1/dev/mine", "{}").await;
    until("another block", async || victim.height().await == 2).await;
    drop(streams);
}

#[test]
fn a_limit_of_open_files_that_is_too_low_is_refused_with_its_cure() {
    for command in [&["dev", "--rest-address", "127.0.0.1:0"][..], &["doctor", "--home", "/nonexistent"]] {
        let output = limited(200).args(command).output().expect("it runs");
        let told = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
        assert_eq!(output.status.code(), Some(78), "{told}");
        for word in ["200 files and sockets", "256", "LimitNOFILE"] {
            assert!(told.contains(word), "'{word}' is not in: {told}");
        }
    }
}
