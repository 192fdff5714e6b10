//! Whatever comes in, a 4xx problem goes out.

use std::time::Duration;

use reqwest::Method;

use crate::common::{Node, problem};

/// Method, path, headers, body, expected status, expected code (a prefix).
type Row =
    (&'static str, &'static str, &'static [(&'static str, &'static str)], &'static [u8], u16, &'static str);

const JSON: &[(&str, &str)] = &[("content-type", "application/json")];
const RAW: &[(&str, &str)] = &[("content-type", "application/octet-stream")];
const ALICE: &str = "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266";

const TABLE: &[Row] = &[
    // Routes and methods.
    ("GET", "/", &[], b"", 404, "rest.1"),
    ("GET", "/v1", &[], b"", 404, "rest.1"),
    ("GET", "/v2/status", &[], b"", 404, "rest.1"),
    ("GET", "/v1/status/", &[], b"", 404, "rest.1"),
    ("GET", "/v1/../etc/passwd", &[], b"", 404, "rest.1"),
    ("GET", "/v1/%2e%2e/etc/passwd", &[], b"", 404, "rest.1"),
    ("GET", "/metrics", &[], b"", 404, "rest.1"),
    ("POST", "/v1/status", &[], b"", 405, "rest.2"),
    ("DELETE", "/v1/txs", &[], b"", 405, "rest.2"),
    ("PUT", "/v1/blocks", &[], b"", 405, "rest.2"),
    ("PATCH", "/v1/tokens", &[], b"", 405, "rest.2"),
    ("GET", "/v1/txs", &[], b"", 405, "rest.2"),
    ("TRACE", "/v1/status", &[], b"", 405, "rest.2"),
    ("BREW", "/v1/status", &[], b"", 405, "rest.2"),
    // Path arguments.
    ("GET", "/v1/blocks/0", &[], b"", 404, "rest.8"),
    ("GET", "/v1/blocks/99", &[], b"", 404, "rest.8"),
    ("GET", "/v1/blocks/-1", &[], b"", 400, "rest.5"),
    ("GET", "/v1/blocks/1.5", &[], b"", 400, "rest.5"),
    ("GET", "/v1/blocks/18446744073709551616", &[], b"", 400, "rest.5"),
    ("GET", "/v1/blocks/%ff", &[], b"", 400, "rest.3"),
    ("GET", "/v1/txs/xyz", &[], b"", 400, "rest.5"),
    ("GET", "/v1/txs/00", &[], b"", 400, "rest.5"),
    ("GET", "/v1/txs/%F0%9F%98%80", &[], b"", 400, "rest.5"),
    ("GET", "/v1/tokens/99", &[], b"", 404, "rest.8"),
    ("GET", "/v1/tokens/DOGE", &[], b"", 400, "rest.5"),
    ("GET", "/v1/tokens/%00", &[], b"", 400, "rest.5"),
    ("GET", "/v1/accounts/lol1nonsense", &[], b"", 400, "rest.5"),
    ("GET", "/v1/accounts/0x00", &[], b"", 400, "rest.5"),
    ("GET", "/v1/accounts/0xF39fd6e51aad88F6F4ce6aB8827279cffFb92266", &[], b"", 400, "rest.5"),
    ("GET", "/v1/state/zz", &[], b"", 400, "rest.5"),
    ("GET", "/v1/state/0x", &[], b"", 400, "rest.5"),
    ("GET", "/v1/state/00?height=9", &[], b"", 404, "rest.9"),
    // Query arguments.
    ("GET", "/v1/tokens?limit=0", &[], b"", 400, "rest.5"),
    ("GET", "/v1/tokens?limit=101", &[], b"", 400, "rest.5"),
    ("GET", "/v1/tokens?limit=-1", &[], b"", 400, "rest.5"),
    ("GET", "/v1/tokens?limit=99999999999999999999999", &[], b"", 400, "rest.5"),
    ("GET", "/v1/tokens?limit=ten", &[], b"", 400, "rest.5"),
    ("GET", "/v1/tokens?limit=1&limit=2", &[], b"", 400, "rest.5"),
    ("GET", "/v1/tokens?cursor=zz", &[], b"", 400, "rest.5"),
    ("GET", "/v1/tokens?cursor=00", &[], b"", 400, "rest.5"),
    ("GET", "/v1/tokens?nothing=1", &[], b"", 400, "rest.4"),
    ("GET", "/v1/tokens?height=9999", &[], b"", 404, "rest.9"),
    ("GET", "/v1/tokens?height=abc", &[], b"", 400, "rest.5"),
    ("GET", "/v1/tokens?height=1&height=2", &[], b"", 400, "rest.5"),
    ("GET", "/v1/tokens/0?prove=perhaps", &[], b"", 400, "rest.5"),
    ("GET", "/v1/app/params?prove=%zz", &[], b"", 400, "rest.3"),
    ("GET", "/v1/tokens?limit=%ff", &[], b"", 400, "rest.3"),
    ("GET", "/v1/tokens?%", &[], b"", 400, "rest.3"),
    ("GET", "/v1/blocks?limit=101", &[], b"", 400, "rest.5"),
    ("GET", "/v1/blocks?from=1", &[], b"", 400, "rest.4"),
    ("GET", "/v1/stream?topics=nothing", &[], b"", 400, "rest.5"),
    ("GET", "/v1/stream?last_event_id=1", &[], b"", 400, "rest.5"),
    ("GET", "/v1/stream", &[("last-event-id", "not an id")], b"", 400, "rest.5"),
    // Bodies.
    ("POST", "/v1/txs", &[], b"", 415, "rest.6"),
    ("POST", "/v1/txs", &[("content-type", "text/plain")], b"00", 415, "rest.6"),
    ("POST", "/v1/txs", JSON, b"", 400, "rest.3"),
    ("POST", "/v1/txs", JSON, b"{", 400, "rest.3"),
    ("POST", "/v1/txs", JSON, b"[]", 400, "rest.3"),
    ("POST", "/v1/txs", JSON, b"{}", 400, "rest.3"),
    ("POST", "/v1/txs", JSON, b"{\"tx\": 7}", 400, "rest.3"),
    ("POST", "/v1/txs", JSON, b"{\"tx\": \"0x0\"}", 400, "rest.3"),
    ("POST", "/v1/txs", JSON, b"{\"tx\": \"0xzz\"}", 400, "rest.3"),
    ("POST", "/v1/txs", JSON, b"{\"tx\": \"!\"}", 400, "rest.3"),
    ("POST", "/v1/txs", JSON, b"{\"tx\": \"00\", \"more\": 1}", 400, "rest.3"),
    ("POST", "/v1/txs", JSON, b"{\"tx\": \"\xff\"}", 400, "rest.3"),
    ("POST", "/v1/txs", JSON, b"{\"tx\": \"\"}", 400, "tx.2"),
    ("POST", "/v1/txs", RAW, b"", 400, "tx.2"),
    ("POST", "/v1/txs", RAW, b"\x01\xff\xff\xff\xff", 400, "tx.2"),
    ("POST", "/v1/txs", RAW, b"\x07", 400, "tx.3"),
    ("POST", "/v1/txs/simulate", RAW, b"\x01", 400, "tx.2"),
    ("POST", "/v1/txs/simulate", &[], b"\x01", 415, "rest.6"),
    (
        "POST",
        "/v1/txs/build/token/nothing",
        JSON,
        b"{\"sender\": \"0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266\", \"body\": {}}",
        404,
        "rest.8",
    ),
    (
        "POST",
        "/v1/txs/build/nothing/transfer",
        JSON,
        b"{\"sender\": \"0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266\", \"body\": {}}",
        404,
        "rest.8",
    ),
    ("POST", "/v1/txs/build/token/transfer", JSON, b"{}", 400, "rest.3"),
    (
        "POST",
        "/v1/txs/build/token/transfer",
        JSON,
        b"{\"sender\": \"0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266\", \"body\": {}}",
        400,
        "rest.5",
    ),
    (
        "POST",
        "/v1/txs/build/token/transfer",
        JSON,
        b"{\"sender\": \"0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266\", \"body\": [1]}",
        400,
        "rest.5",
    ),
    ("POST", "/v1/txs/build/token/transfer", JSON, b"{\"sender\": \"nobody\", \"body\": {}}", 400, "rest.3"),
    ("POST", "/v1/dev/mine", JSON, b"{\"blocks\": 0}", 400, "rest.5"),
    ("POST", "/v1/dev/mine", JSON, b"{\"blocks\": 1001}", 400, "rest.5"),
    ("POST", "/v1/dev/mine", JSON, b"{\"blocks\": -1}", 400, "rest.3"),
    ("POST", "/v1/dev/revert", JSON, b"{\"snapshot\": 77}", 404, "rest.8"),
    ("POST", "/v1/dev/time", JSON, b"{}", 400, "rest.3"),
    ("POST", "/v1/dev/time", JSON, b"{\"set_unix_ms\": 1}", 400, "rest.5"),
    ("POST", "/v1/dev/time", JSON, b"{\"advance_ms\": 18446744073709551615}", 400, "rest.5"),
    ("POST", "/v1/dev/mode", JSON, b"\"sometimes\"", 400, "rest.3"),
    ("POST", "/v1/dev/mode", JSON, b"{\"interval_ms\": 0}", 400, "rest.5"),
];

#[tokio::test(flavor = "multi_thread")]
async fn every_bad_request_is_a_problem_with_its_code() {
    let node = Node::start().await;
    node.submit(&node.transfer(0, node.accounts[1].address, 1, 0)).await;
    for (method, path, headers, body, status, code) in TABLE {
        let method = Method::from_bytes(method.as_bytes()).unwrap();
        let mut request = node.http.request(method.clone(), node.url(path)).body(body.to_vec());
        for (name, value) in *headers {
            request = request.header(*name, *value);
        }
        let response = request.timeout(Duration::from_secs(10)).send().await.expect("an answer in time");
        let (found, problem) = problem(response).await;
        let row = format!("{method} {path} {}: {problem}", String::from_utf8_lossy(body));
        assert_eq!(found, *status, "{row}");
        let found = problem["code"].as_str().unwrap();
        assert_eq!(found, *code, "{row}");
    }
    node.json("/healthz").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_above_the_limit_is_413() {
    let node = Node::start().await;
    for (path, kind, size, code) in [
        ("/v1/txs", "application/json", 300_000, "rest.7"),
        ("/v1/txs", "application/octet-stream", 70_000, "tx.1"),
        ("/v1/txs/simulate", "application/octet-stream", 70_000, "tx.1"),
        ("/v1/txs/build/token/transfer", "application/json", 300_000, "rest.7"),
        ("/v1/dev/mine", "application/json", 300_000, "rest.7"),
    ] {
        let request = node.http.post(node.url(path)).header("content-type", kind).body(vec![1; size]);
        let (status, body) = problem(request.send().await.expect("an answer")).await;
        assert_eq!((status, body["code"].as_str().unwrap()), (413, code), "{path}");
    }
    assert!(node.json(&format!("/v1/accounts/{ALICE}")).await.is_object());
}
