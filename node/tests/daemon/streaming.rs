use std::sync::Arc;
use std::time::Duration;

use chortle_node::dev::Mode;
use chortle_node::rest::Limits;
use chortle_store::Options;
use serde_json::{Value, json};

use crate::common::{Node, chain, chain_with, large_block, problem};

/// Patience with what must come: how long it takes says nothing.
const PATIENCE: Duration = Duration::from_secs(120);

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
        let mut reader = Self { response, text: String::new() };
        assert_eq!(reader.part().await, "retry: 5000", "each stream says when to come back");
        reader
    }

    /// The next part of the stream between two blank lines.
    async fn part(&mut self) -> String {
        loop {
            if let Some((part, rest)) = self.text.split_once("\n\n") {
                let (part, rest) = (part.to_owned(), rest.to_owned());
                self.text = rest;
                return part;
            }
            let chunk = tokio::time::timeout(PATIENCE, self.response.chunk());
            let chunk = chunk.await.expect("an event").expect("the stream").expect("more");
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
async fn a_stream_of_an_account_has_what_names_it_and_no_more_under_the_same_ids() {
    let node = Node::start().await;
    let (bob, carol) = (node.accounts[1].address, node.accounts[2].address);
    for (sequence, to) in (0..).zip([bob, carol, bob]) {
        node.submit(&node.transfer(0, to, 5, sequence)).await;
    }
    let mut whole = Reader::open(&node, "/v1/stream", Some("0.0")).await;
    let mut named = Vec::new();
    while named.len() < 4 {
        // The protocol's own events of fees stand between them.
        named.push(whole.next().await);
        named.retain(|event| event.data.to_string().contains(&bob.to_string()));
    }
    let kinds: Vec<_> = named.iter().map(|event| event.kind.as_str()).collect();
    assert_eq!(kinds, ["tx", "token.transferred", "tx", "token.transferred"]);
    for account in [bob.to_string(), bob.to_eip55(), format!("{bob},{}", node.accounts[9].address)] {
        let path = format!("/v1/stream?account={account}");
        let mine = Reader::open(&node, &path, Some("0.0")).await.take(4).await;
        assert_eq!(mine, named, "{account}");
    }
    let path = format!("/v1/stream?account={bob}&topics=block,token");
    let mine = Reader::open(&node, &path, Some("0.0")).await.take(5).await;
    let kinds: Vec<_> = mine.iter().map(|event| event.kind.as_str()).collect();
    assert_eq!(
        kinds,
        ["block", "token.transferred", "block", "block", "token.transferred"],
        "blocks by name"
    );
    let (status, body) = problem(node.get("/v1/stream?account=bob").await).await;
    assert_eq!((status, body["code"].as_str().unwrap()), (400, "rest.5"));
}

/// Every step of a proposal is told, what a message did as well as what the protocol did by itself.
#[tokio::test(flavor = "multi_thread")]
async fn each_step_of_a_proposal_is_told_under_its_kind() {
    let node = Node::start().await;
    crate::governance::propose(&node, "A title", &[]).await;
    node.post_ok("/v1/dev/mine", &json!({ "blocks": 1 })).await;
    node.post_ok("/v1/dev/time", &json!({ "advance_ms": 8 * 86_400_000_u64 })).await;
    let steps = Reader::open(&node, "/v1/stream?topics=governance", Some("0.0")).await.take(5).await;
    let kinds: Vec<_> = steps.iter().map(|event| event.kind.as_str()).collect();
    let expected = ["submitted", "deposited", "voting_began", "closed", "deposit_settled"];
    assert_eq!(kinds, expected.map(|kind| format!("governance.{kind}")));
    assert!(steps.iter().all(|event| event.data["event"]["fields"]["proposal"] == 1));
    let path = "/v1/stream?topics=governance.closed,governance.voting_began";
    let some = Reader::open(&node, path, Some("0.0")).await.take(2).await;
    assert_eq!(some, [steps[2].clone(), steps[3].clone()], "under the same ids");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reader_however_far_behind_gets_every_block_that_is_kept() {
    let node = Node::with(Mode::Manual, Limits::default()).await;
    node.post_ok("/v1/dev/mine", &json!({ "blocks": 300 })).await;
    let mut reader = Reader::open(&node, "/v1/stream?topics=block", Some("0.0")).await;
    let heights: Vec<_> = reader.take(300).await.iter().map(|event| event.data["height"].clone()).collect();
    assert_eq!(heights, (1..=300).map(|height| json!(height)).collect::<Vec<_>>());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reader_behind_what_is_kept_is_told_what_is_gone_and_goes_on_right_after_it() {
    let options = Options { retain_results_blocks: 5, ..Options::default() };
    let dev = Arc::new(chain_with(Mode::Manual, options));
    let node = Node::over(Arc::clone(&dev), Some(dev), Limits::default()).await;
    node.post_ok("/v1/dev/mine", &json!({ "blocks": 20 })).await;
    let mut reader = Reader::open(&node, "/v1/stream?topics=block", Some("3.0")).await;
    let lagged = reader.next().await;
    assert_eq!((lagged.kind.as_str(), &lagged.data["code"]), ("lagged", &json!("rest.17")));
    assert_eq!((&lagged.data["from_height"], &lagged.data["to_height"]), (&json!(3), &json!(15)));
    let heights: Vec<_> = reader.take(5).await.iter().map(|event| event.data["height"].clone()).collect();
    assert_eq!(heights, [16, 17, 18, 19, 20]);

    assert_eq!(node.json("/v1/status").await["earliest_block"], 16);
    let (status, body) = problem(node.get("/v1/blocks/15").await).await;
    assert_eq!((status, body["code"].as_str().unwrap()), (404, "rest.9"));
    assert!(body["detail"].as_str().unwrap().contains("16 to 20"), "{body}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reader_that_was_at_a_node_further_on_waits_and_then_misses_nothing() {
    let dev = Arc::new(chain(Mode::Manual));
    let node = Node::over(Arc::clone(&dev), None, Limits::default()).await;
    dev.mine(2).unwrap();
    let mut reader = Reader::open(&node, "/v1/stream?topics=block", Some("4.0")).await;
    let behind = reader.next().await;
    assert_eq!((behind.kind.as_str(), &behind.data["code"]), ("behind", &json!("rest.18")));
    assert_eq!(behind.data["height"], 2);
    dev.mine(4).unwrap();
    let heights: Vec<_> = reader.take(2).await.iter().map(|event| event.data["height"].clone()).collect();
    assert_eq!(heights, [5, 6], "what it has of height 4 does not come twice");
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
async fn a_browser_is_told_to_come_back_when_the_node_has_too_much_to_do() {
    let limits = Limits { streams_max: 1, ..Limits::default() };
    let node = Node::with(Mode::Manual, limits).await;
    let first = Reader::open(&node, "/v1/stream", None).await;
    let flooded = Node::with(Mode::Manual, Limits { requests_max: 0, ..Limits::default() }).await;
    for busy in [&node, &flooded] {
        let request = busy.http.get(busy.url("/v1/stream")).header("accept", "text/event-stream");
        let answer = request.send().await.unwrap();
        assert_eq!(answer.status(), 200, "on anything else a browser gives up for good");
        let text = answer.text().await.unwrap();
        assert!(text.starts_with("retry: 5000\n\nevent: busy\n") && text.contains("rest.12"), "{text}");
        let other = busy.get("/v1/stream").await;
        assert_eq!((other.status().as_u16(), &other.headers()["retry-after"]), (503, &"1".parse().unwrap()));
    }
    drop(first);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_heartbeat_carries_what_was_passed_so_that_nobody_passes_it_again() {
    let limits = Limits { heartbeat: Duration::from_millis(50), ..Limits::default() };
    let node = Node::with(Mode::Manual, limits).await;
    let mut reader = Reader::open(&node, "/v1/stream?topics=token.burned", None).await;
    node.post_ok("/v1/dev/mine", &json!({ "blocks": 7 })).await;
    let mut part = reader.part().await;
    while !part.starts_with(": heartbeat\nid: 7.") {
        assert!(part.starts_with(": heartbeat"), "{part}");
        part = reader.part().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_follows_a_revert_even_if_the_chain_is_longer_again_before_it_looks() {
    let dev = Arc::new(chain(Mode::Manual));
    let node = Node::over(Arc::clone(&dev), Some(Arc::clone(&dev)), Limits::default()).await;
    let taken = dev.snapshot().unwrap();
    dev.mine(3).unwrap();
    let mut reader = Reader::open(&node, "/v1/stream?topics=block", None).await;
    dev.revert(taken).unwrap();
    dev.mine(5).unwrap();
    let told = reader.next().await;
    assert_eq!((told.kind.as_str(), &told.data["height"]), ("reverted", &json!(0)));
    assert_eq!(told.data["code"], "rest.19");
    let heights: Vec<_> = reader.take(5).await.iter().map(|event| event.data["height"].clone()).collect();
    assert_eq!(heights, [1, 2, 3, 4, 5]);
    let mut late = Reader::open(&node, "/v1/stream", Some("9.0")).await;
    let told = late.next().await;
    assert_eq!((told.kind.as_str(), &told.data["height"]), ("reverted", &json!(5)));
}

/// What the streams hold, as Prometheus reads it.
async fn held(node: &Node) -> u64 {
    let url = format!("http://{}/metrics", node.listeners.metrics.unwrap());
    let text = node.http.get(url).send().await.unwrap().text().await.unwrap();
    let line = text.lines().find(|line| line.starts_with("chortle_rest_stream_bytes ")).expect("the gauge");
    line.split(' ').nth(1).unwrap().parse().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn sixty_four_readers_of_one_large_block_hold_it_once() {
    const READERS: usize = 64;
    /// What is kept for readers to come, with room for what is being read.
    const HELD_BYTES_MAX: u64 = 6 << 20;
    // Who does not read is dropped after a while. Here those who wait for their turn are not meant: they read as soon
    // as this test has made a block and read it before them, which on a busy machine takes longer than that.
    let limits = Limits { address_percent: 100, write_timeout: PATIENCE, ..Limits::default() };
    let dev = Arc::new(chain(Mode::Manual));
    let node = Node::over(Arc::clone(&dev), None, limits).await;
    let mut readers = Vec::new();
    for _ in 0..READERS {
        readers.push(Reader::open(&node, "/v1/stream", None).await);
    }
    let events = large_block(&node, &dev, 60).await;
    // Nobody reads: sockets fill, and what waits is shared.
    let mut most = 0;
    for _ in 0..20 {
        most = most.max(held(&node).await);
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let mut first = readers.pop().expect("a reader");
    let whole = first.take(events).await;
    let size: usize = whole.iter().map(|event| event.data.to_string().len()).sum();
    most = most.max(held(&node).await);
    let mut second = readers.swap_remove(0);
    assert!(second.take(events).await == whole, "a slow reader gets the same, once");
    most = most.max(held(&node).await);
    assert!(most > 0 && most < HELD_BYTES_MAX, "{most} bytes held of a block of {size}");
    assert!(size as u64 > HELD_BYTES_MAX, "the block is too small to show anything: {size}");
    for cut in [events / 2, events - 2] {
        let mut resumed = Reader::open(&node, "/v1/stream", Some(&whole[cut].id)).await;
        assert!(resumed.take(events - 1 - cut).await == whole[cut + 1..], "after {}", whole[cut].id);
    }
    let ids: std::collections::BTreeSet<_> = whole.iter().map(|event| &event.id).collect();
    assert_eq!(ids.len(), events);
    drop((first, second, readers));
}

#[tokio::test(flavor = "multi_thread")]
async fn streams_end_when_the_node_stops() {
    let node = Node::start().await;
    let mut reader = Reader::open(&node, "/v1/stream", None).await;
    node.listeners.close().await;
    let end = tokio::time::timeout(Duration::from_secs(10), reader.response.chunk()).await.expect("an end");
    assert!(matches!(end, Ok(None) | Err(_)));
}
