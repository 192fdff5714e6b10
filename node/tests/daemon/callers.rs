//! Who is calling: web pages, proxies, and what a node believes of them.

use chortle_node::dev::Mode;
use chortle_node::rest::Limits;

use crate::common::Node;
use crate::victim::ask;

/// A request of a development route as it stands on the wire.
fn mine(host: &str, headers: &str, body: &str) -> String {
    let length = body.len();
    format!(
        "POST /v1/dev/mine HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n{headers}content-length: {length}\r\n\r\n{body}"
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn no_web_page_drives_a_development_chain() {
    let node = Node::start().await;
    let rest = node.listeners.rest;
    let json = "content-type: application/json\r\n";
    // What a page can send without asking first; what it sends after asking; what a name that it resolves itself gives.
    for (host, headers, status, code) in [
        ("localhost", "content-type: text/plain\r\n", 415, "rest.6"),
        ("localhost", "content-type: application/x-www-form-urlencoded\r\n", 415, "rest.6"),
        ("localhost", "", 415, "rest.6"),
        ("localhost", "origin: https://evil.example\r\ncontent-type: text/plain\r\n", 403, "rest.22"),
        ("localhost", "origin: null\r\ncontent-type: application/json\r\n", 403, "rest.22"),
        ("evil.example", json, 403, "rest.22"),
        ("localhost.evil.example:1317", json, 403, "rest.22"),
    ] {
        let (found, body) = ask(1, rest, &mine(host, headers, "{}")).await;
        assert_eq!(found, status, "{host} {headers}: {body}");
        assert!(body.contains(code), "{host} {headers}: {body}");
    }
    assert_eq!(node.json("/v1/status").await["height"], 0, "nothing was done");
    for host in ["localhost", "127.0.0.1:1317", "[::1]:1317"] {
        let (found, body) = ask(1, rest, &mine(host, json, "{}")).await;
        assert_eq!(found, 200, "{body}");
    }
    assert_eq!(node.json("/v1/status").await["height"], 3);
}

/// Opens a stream in another's name and keeps it.
async fn stream_for(node: &Node, forwarded: &str) -> reqwest::Response {
    let request = node.http.get(node.url("/v1/stream")).header("x-forwarded-for", forwarded);
    request.send().await.expect("an answer")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_trusted_proxy_has_a_part_for_each_whom_it_speaks_for() {
    let limits = Limits { streams_max: 8, address_percent: 25, ..Limits::default() };
    let trusting = Limits { trusted_proxies: vec!["127.0.0.0/8".parse().unwrap()], ..limits.clone() };
    let node = Node::with(Mode::Manual, trusting).await;
    let mut open = Vec::new();
    for caller in ["203.0.113.1", "203.0.113.2", "198.51.100.7, 203.0.113.3"] {
        for status in [200, 200, 429] {
            let answer = stream_for(&node, caller).await;
            assert_eq!(answer.status(), status, "{caller}");
            open.push(answer);
        }
    }
    // A proxy that is not trusted is one caller, whatever it says.
    let node = Node::with(Mode::Manual, limits).await;
    for (caller, status) in [("203.0.113.1", 200), ("203.0.113.2", 200), ("203.0.113.3", 429)] {
        let answer = stream_for(&node, caller).await;
        assert_eq!(answer.status(), status, "{caller}");
        open.push(answer);
    }
}
