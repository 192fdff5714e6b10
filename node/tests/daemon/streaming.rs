use std::time::Duration;

use chortle_node::dev::Mode;
use chortle_node::rest::Limits;
use serde_json::{Value, json};

use crate::common::{Node, problem};

/// One event of a stream.
#[derive(Debug, Clone, PartialEq)]
struct Event {
    id: String,
    kind: String,
    data: Value,
}

/// A reader of the raw stream.
struct Reader {
    response: reqwest::Response,
    text: String,
}

impl Reader {
    async fn open(node: &Node, path: &str, last_event_id: Option<&str>) -> Self {
        let mut request = node.http.get(node.url(path));
        if let Some(id) = last_event_id {
            request = request.header("last-event-id", id);
        }
        let response = request.send().await.expect("an answer");
        assert_eq!(response.status(), 200);
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        Self { response, text: String::new() }
    }

    /// The next part of the stream between two blank lines.
    async fn part(&mut self) -> String {
        loop {
            if let Some((part, rest)) = self.text.split_once("\n\n") {
                let (part, rest) = (part.to_owned(), rest.to_owned());
                self.text = rest;
                return part;
            }
            let chunk = tokio::time::timeout(Duration::from_secs(10), self.response.chunk());
            let chunk = chunk.await.expect("an event within ten seconds").expect("the stream").expect("more");
            self.text.push_str(std::str::from_utf8(&chunk).expect("UTF-8"));
        }
    }

    async fn next(&mut self) -> Event {
        loop {
            let part = self.part().await;
            let field = |name: &str| {
                let line = part.lines().find_map(|line| line.strip_prefix(name));
                line.map(|value| value.trim_start_matches([':', ' ']).to_owned()).unwrap_or_default()
            };
            let data = field("data");
            if !data.is_empty() {
                return Event {
                    id: field("id"),
                    kind: field("event"),
                    data: serde_json::from_str(&data).unwrap(),
                };
            }
        }
    }

    async fn take(&mut self, count: usize) -> Vec<Event> {
        let mut events = Vec::new();
        for _ in 0..count {
            events.push(self.next().await);
        }
        events
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reader_that_comes_back_misses_nothing_and_sees_nothing_twice() {
    let node = Node::start().await;
    let bob = node.accounts[1].address;
    let mut whole = Reader::open(&node, "/v1/stream", None).await;
    for sequence in 0..4 {
        node.submit(&node.transfer(0, bob, 1, sequence)).await;
    }
    // A block with one transfer is three events: the block, the transaction, the transfer.
    let all = whole.take(12).await;
    let kinds: Vec<_> = all.iter().take(3).map(|event| event.kind.as_str()).collect();
    assert_eq!(kinds, ["block", "tx", "token.transferred"]);
    assert_eq!(all[2].data["event"]["fields"]["amount"], "1");
    for cut in 0..all.len() - 1 {
        let mut resumed = Reader::open(&node, "/v1/stream", Some(&all[cut].id)).await;
        assert_eq!(resumed.take(all.len() - 1 - cut).await, all[cut + 1..], "after {}", all[cut].id);
    }
    let path = format!("/v1/stream?last_event_id={}", all[5].id);
    let mut resumed = Reader::open(&node, &path, None).await;
    assert_eq!(resumed.next().await, all[6], "the query string does it too");
}

#[tokio::test(flavor = "multi_thread")]
async fn topics_filter_without_changing_ids() {
    let node = Node::start().await;
    let bob = node.accounts[1].address;
    let mut all = Reader::open(&node, "/v1/stream", None).await;
    let mut some = Reader::open(&node, "/v1/stream?topics=token", None).await;
    node.submit(&node.transfer(0, bob, 1, 0)).await;
    let transferred = all.take(3).await.pop().unwrap();
    assert_eq!(some.next().await, transferred);
    let (status, body) = problem(node.get("/v1/stream?topics=nothing").await).await;
    assert_eq!((status, body["code"].as_str().unwrap()), (400, "rest.5"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reader_far_behind_is_told_that_it_lagged() {
    let limits = Limits { lag_blocks_max: 5, ..Limits::default() };
    let node = Node::with(Mode::Manual, limits).await;
    node.post_ok("/v1/dev/mine", &json!({ "blocks": 20 })).await;
    let mut reader = Reader::open(&node, "/v1/stream", Some("1.0")).await;
    let lagged = reader.next().await;
    assert_eq!(lagged.kind, "lagged");
    assert_eq!(lagged.data, json!({ "from_height": 1, "to_height": 19 }));
    assert_eq!(reader.next().await.data["height"], 20, "and it goes on at the present");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_silent_stream_has_a_heartbeat() {
    let limits = Limits { heartbeat: Duration::from_millis(50), ..Limits::default() };
    let node = Node::with(Mode::Manual, limits).await;
    let mut reader = Reader::open(&node, "/v1/stream", None).await;
    assert_eq!(reader.part().await, ": heartbeat");
}

#[tokio::test(flavor = "multi_thread")]
async fn more_streams_than_the_node_holds_are_refused_as_busy() {
    let limits = Limits { streams_max: 1, ..Limits::default() };
    let node = Node::with(Mode::Manual, limits).await;
    let first = Reader::open(&node, "/v1/stream", None).await;
    let (status, body) = problem(node.get("/v1/stream").await).await;
    assert_eq!((status, body["code"].as_str().unwrap()), (503, "rest.12"));
    drop(first);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_follows_a_revert() {
    let node = Node::with(Mode::Manual, Limits::default()).await;
    let taken = node.post_ok("/v1/dev/snapshot", &json!({})).await;
    node.post_ok("/v1/dev/mine", &json!({ "blocks": 3 })).await;
    let mut reader = Reader::open(&node, "/v1/stream?topics=block", None).await;
    node.post_ok("/v1/dev/revert", &json!({ "snapshot": taken["snapshot"] })).await;
    let told = reader.next().await;
    assert_eq!((told.kind.as_str(), &told.data["height"]), ("reverted", &json!(0)));
    node.post_ok("/v1/dev/mine", &json!({})).await;
    assert_eq!(reader.next().await.data["height"], 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn streams_end_when_the_node_stops() {
    let node = Node::start().await;
    let mut reader = Reader::open(&node, "/v1/stream", None).await;
    node.doors.close().await;
    let end = tokio::time::timeout(Duration::from_secs(10), reader.response.chunk()).await.expect("an end");
    assert!(matches!(end, Ok(None) | Err(_)));
}
