//! Random requests, the same on every run.

use std::time::Duration;

use rand::rngs::StdRng;
use rand::{RngCore, SeedableRng};
use reqwest::Method;

use crate::common::{Node, problem};

const REQUESTS: usize = 2_000;
const METHODS: &[&str] = &["GET", "POST", "PUT", "DELETE", "HEAD", "OPTIONS", "PATCH", "X"];
const PARTS: &[&str] = &[
    "v1",
    "status",
    "blocks",
    "latest",
    "0",
    "1",
    "txs",
    "simulate",
    "build",
    "token",
    "transfer",
    "create_asset",
    "tokens",
    "accounts",
    "lol1qqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqq",
    "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266",
    "balances",
    "supply",
    "symbols",
    "LOL",
    "params",
    "app",
    "errors",
    "dev",
    "mine",
    "time",
    "snapshot",
    "revert",
    "mode",
    "docs",
    "openapi.json",
    "healthz",
    "%00",
    "%ff",
    "%2F",
    "..",
    "18446744073709551615",
    "%F0%9F%A4%A1",
];
const QUERIES: &[&str] = &[
    "limit=1",
    "limit=0",
    "limit=101",
    "limit=x",
    "cursor=00",
    "cursor=ff",
    "cursor=7",
    "height=0",
    "height=1",
    "height=18446744073709551615",
    "prove=true",
    "prove=1",
    "a=b",
    "%",
    "=",
    "&",
    "limit=%31",
    "topics=tx",
    "x[]=1",
];
const BODIES: &[&str] = &[
    "",
    "{}",
    "[]",
    "null",
    "{\"tx\":\"00\"}",
    "{\"tx\":\"0x01\"}",
    "{\"blocks\":2}",
    "{\"snapshot\":1}",
    "\"manual\"",
    "\"instant\"",
    "{\"advance_ms\":5}",
    "{\"sender\":\"0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266\",\"body\":{}}",
    "{\"sender\":\"0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266\",\"tip\":18446744073709551615,\"body\":{\"to\":\"0x70997970C51812dc3A010C7d01b50e0d17dc79C8\",\"coin\":{\"asset\":\"0\",\"amount\":\"1\"}}}",
];
const KINDS: &[&str] =
    &["application/json", "application/octet-stream", "text/plain", "application/json; charset=x", "\u{7f}"];

struct Dice(StdRng);

impl Dice {
    fn below(&mut self, limit: usize) -> usize {
        usize::try_from(self.0.next_u64() % limit as u64).expect("below a usize")
    }

    fn pick<'a>(&mut self, from: &[&'a str]) -> &'a str {
        from[self.below(from.len())]
    }

    fn path(&mut self) -> String {
        let parts: Vec<_> = (0..1 + self.below(5)).map(|_| self.pick(PARTS)).collect();
        let first = if self.below(4) == 0 { "" } else { "/v1" };
        let queries: Vec<_> = (0..self.below(4)).map(|_| self.pick(QUERIES)).collect();
        let mark = if queries.is_empty() { "" } else { "?" };
        format!("{first}/{}{mark}{}", parts.join("/"), queries.join("&"))
    }

    fn body(&mut self) -> Vec<u8> {
        match self.below(4) {
            0 => {
                let mut bytes = vec![0; self.below(300)];
                self.0.fill_bytes(&mut bytes);
                bytes
            }
            1 => {
                let mut body = self.pick(BODIES).as_bytes().to_vec();
                if !body.is_empty() {
                    let at = self.below(body.len());
                    body[at] ^= 1 << self.below(8);
                }
                body
            }
            _ => self.pick(BODIES).as_bytes().to_vec(),
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn two_thousand_random_requests_end_in_an_answer_and_never_in_a_5xx() {
    let node = Node::start().await;
    let mut dice = Dice(StdRng::seed_from_u64(7));
    let mut statuses = std::collections::BTreeMap::new();
    for round in 0..REQUESTS {
        let method = Method::from_bytes(dice.pick(METHODS).as_bytes()).expect("a method");
        let (path, body) = (dice.path(), dice.body());
        let Ok(url) = reqwest::Url::parse(&node.url(&path)) else { continue };
        let mut request = node.http.request(method.clone(), url).body(body.clone());
        if dice.below(3) > 0 {
            request = request.header("content-type", dice.pick(KINDS).as_bytes());
        }
        if dice.below(5) == 0 {
            request =
                request.header("last-event-id", dice.pick(&["1.0", "x", "99.99", "1.18446744073709551616"]));
        }
        if dice.below(9) == 0 {
            request = request.header("accept", "\u{1F921}".as_bytes());
        }
        let sent = request.timeout(Duration::from_secs(10)).send().await;
        let response = match sent {
            Ok(response) => response,
            // The client itself refuses to send some of these.
            Err(error) if error.is_builder() => continue,
            Err(error) => panic!("round {round}: {method} {path} got no answer: {error:?}"),
        };
        let status = response.status();
        let shown = format!("round {round}: {method} {path} {}", String::from_utf8_lossy(&body));
        assert!(!status.is_server_error(), "{shown}: {status}");
        *statuses.entry(status.as_u16()).or_insert(0) += 1;
        if status.is_client_error() && method != Method::HEAD {
            problem(response).await;
        }
    }
    assert!(statuses.len() > 4, "the requests reached more than one kind of answer: {statuses:?}");
    node.json("/healthz").await;
}
