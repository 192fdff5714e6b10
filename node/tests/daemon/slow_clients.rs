use std::time::Duration;

use chortle_node::dev::Mode;
use chortle_node::rest::Limits;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout};

use crate::common::Node;

/// How long the node of a test waits for the part that the test never sends. It waits as long as ever for all others,
/// which come when the machine finds the time to send them.
const PATIENCE: Duration = Duration::from_millis(400);

async fn node(limits: Limits) -> Node {
    Node::with(Mode::Instant, limits).await
}

/// Sends the bytes with pauses and answers what came back until the node hung up.
async fn trickle(node: &Node, bytes: &[u8], pause: Duration) -> String {
    let mut socket = TcpStream::connect(node.listeners.rest).await.unwrap();
    let (mut read, mut write) = socket.split();
    let send = async {
        for byte in bytes.chunks(1) {
            if write.write_all(byte).await.is_err() {
                return;
            }
            tokio::time::sleep(pause).await;
        }
        std::future::pending::<()>().await;
    };
    let mut answer = Vec::new();
    let receive = async {
        let mut buffer = [0; 4096];
        while let Ok(count @ 1..) = read.read(&mut buffer).await {
            answer.extend_from_slice(&buffer[..count]);
            if answer.windows(4).any(|window| window == b"\r\n\r\n") {
                return;
            }
        }
    };
    timeout(Duration::from_secs(8), async {
        tokio::select! { () = send => {}, () = receive => {} }
    })
    .await
    .expect("the node hangs up or answers");
    String::from_utf8_lossy(&answer).into_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_head_that_never_ends_is_cut_off() {
    let node = node(Limits { head_timeout: PATIENCE, ..Limits::default() }).await;
    let started = Instant::now();
    let head = "GET /v1/status HTTP/1.1\r\nhost: x\r\n".to_owned() + &"x-a: b\r\n".repeat(50);
    let answer = trickle(&node, head.as_bytes(), Duration::from_millis(50)).await;
    assert!(started.elapsed() < Duration::from_secs(5), "{:?}", started.elapsed());
    assert!(!answer.contains("200 OK"), "{answer}");
    node.json("/healthz").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_that_never_ends_is_answered_with_408() {
    let node = node(Limits { body_timeout: PATIENCE, ..Limits::default() }).await;
    let head =
        "POST /v1/txs HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 1000\r\n\r\n{";
    let answer = trickle(&node, head.as_bytes(), Duration::ZERO).await;
    assert!(answer.starts_with("HTTP/1.1 408"), "{answer}");
    assert!(answer.contains("application/problem+json"), "{answer}");
}

#[tokio::test(flavor = "multi_thread")]
async fn garbage_on_the_socket_hurts_nobody() {
    let node = node(Limits { head_timeout: PATIENCE, body_timeout: PATIENCE, ..Limits::default() }).await;
    let long_path = format!("GET /{} HTTP/1.1\r\nhost: x\r\n\r\n", "a".repeat(60_000));
    let many_headers = format!("GET / HTTP/1.1\r\n{}\r\n", "x-a: b\r\n".repeat(500));
    let table: &[&[u8]] = &[
        b"\0\0\0\0\r\n\r\n",
        b"GET\r\n\r\n",
        b"GET / HTTP/9.9\r\n\r\n",
        b"GET / HTTP/1.1\r\nhost: x\r\nbad header\r\n\r\n",
        b"POST /v1/txs HTTP/1.1\r\nhost: x\r\ncontent-length: -1\r\n\r\n",
        b"POST /v1/txs HTTP/1.1\r\nhost: x\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\n",
        b"POST /v1/txs HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        long_path.as_bytes(),
        many_headers.as_bytes(),
    ];
    for bytes in table {
        let mut socket = TcpStream::connect(node.listeners.rest).await.unwrap();
        // The node may hang up while we still send.
        let _ = socket.write_all(bytes).await;
        let mut answer = Vec::new();
        let read = timeout(Duration::from_secs(5), socket.read_to_end(&mut answer)).await;
        assert!(
            read.is_ok(),
            "{:?} keeps the connection open",
            String::from_utf8_lossy(&bytes[..bytes.len().min(60)])
        );
        let answer = String::from_utf8_lossy(&answer);
        assert!(!answer.contains(" 200 ") && !answer.contains("HTTP/1.1 5"), "{answer}");
    }
    node.json("/healthz").await;
}
