//! `GET /v1/stream`: what happened, as server-sent events, out of the block results.
//!
//! The id of an event is `height.sequence`. A reader that comes back with `Last-Event-ID` goes on right after it. The
//! stream pulls block by block, so a slow reader costs no memory; one that is too far behind is told so (`lagged`) and
//! goes on at the present.

use chortle_app::MODULES;
use std::collections::VecDeque;
use std::convert::Infallible;

use axum::Router;
use axum::extract::{RawQuery, State};
use axum::http::HeaderMap;
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use chortle_app::{BlockHead, TxRecord};
use chortle_kernel::{EventRecord, Halt, hash};
use futures::stream::{self, Stream};
use serde_json::{Value, json};
use tokio::sync::{OwnedSemaphorePermit, watch};

use super::frame;
use super::problem::{Outcome, Problem};
use super::server::stopped;
use super::{Context, args, blocking, json};

pub(super) fn routes() -> Router<Context> {
    Router::new().route("/v1/stream", get(open))
}

/// Which events a reader wants: `block`, `tx`, a module (`token`) or a kind (`token.transferred`). None means all.
#[derive(Clone, Debug, Default)]
struct Topics(Vec<String>);

impl Topics {
    fn parse(text: Option<String>) -> Outcome<Self> {
        let topics: Vec<String> =
            text.iter().flat_map(|text| text.split(',')).map(|topic| topic.trim().to_owned()).collect();
        let known = |topic: &String| {
            matches!(topic.as_str(), "block" | "tx")
                || MODULES.modules().any(|module| module.name == topic)
                || MODULES.event_kind(topic).is_some()
        };
        match topics.iter().find(|topic| !known(topic)) {
            Some(topic) => Err(Problem::argument(format!("'{topic}' is no topic")).hint(
                "topics are block, tx, a module such as token, or a kind of event such as token.transferred",
            )),
            None => Ok(Self(topics)),
        }
    }

    fn want(&self, kind: &str) -> bool {
        let module = kind.split('.').next().unwrap_or(kind);
        self.0.is_empty() || self.0.iter().any(|topic| topic == kind || topic == module)
    }
}

/// A place in the stream: the last event that the reader has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Place {
    height: u64,
    sequence: u64,
}

impl Place {
    fn parse(text: &str) -> Outcome<Self> {
        let bad = || {
            Problem::argument(format!(
                "'{text}' is no event id: they are written height.sequence, such as 17.0"
            ))
        };
        let (height, sequence) = text.split_once('.').ok_or_else(bad)?;
        let number = |part: &str| args::number("Last-Event-ID", part).map_err(|_| bad());
        Ok(Self { height: number(height)?, sequence: number(sequence)? })
    }
}

struct Reader {
    context: Context,
    topics: Topics,
    /// The next height to read.
    next: u64,
    /// Events up to this place were read before.
    after: Option<Place>,
    waiting: VecDeque<Event>,
    tip: watch::Receiver<u64>,
    stopping: watch::Receiver<bool>,
    _place: OwnedSemaphorePermit,
}

async fn open(
    State(context): State<Context>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Outcome<Response> {
    let mut pairs = args::pairs(query.as_deref())?;
    let topics = Topics::parse(args::take(&mut pairs, "topics")?)?;
    let from = args::take(&mut pairs, "last_event_id")?;
    args::none_left(&pairs)?;
    let header =
        headers.get("last-event-id").map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned());
    let after = header.or(from).filter(|text| !text.is_empty());
    let after = after.map(|text| Place::parse(&text)).transpose()?;
    let mut tip = context.shared.chain.subscribe();
    let height = *tip.borrow_and_update();
    if let Some(place) = after.filter(|place| place.height > height) {
        return Err(Problem::argument(format!("event {}.{} is in the future", place.height, place.sequence)));
    }
    let streams = std::sync::Arc::clone(&context.shared.streams);
    let permit = streams.try_acquire_owned().map_err(|_| frame::busy())?;
    let heartbeat = context.shared.limits.heartbeat;
    let reader = Reader {
        topics,
        next: after.map_or(height.saturating_add(1), |place| place.height),
        after,
        waiting: VecDeque::new(),
        tip,
        stopping: context.shared.stopping.clone(),
        context,
        _place: permit,
    };
    let events = stream::unfold(reader, |reader| async move { reader.pull().await });
    Ok(sse(events, heartbeat))
}

fn sse(
    events: impl Stream<Item = Result<Event, Infallible>> + Send + 'static,
    heartbeat: std::time::Duration,
) -> Response {
    let mut response =
        Sse::new(events).keep_alive(KeepAlive::new().interval(heartbeat).text("heartbeat")).into_response();
    // A proxy that buffers would hold events back.
    response.headers_mut().insert("x-accel-buffering", axum::http::HeaderValue::from_static("no"));
    response
}

impl Reader {
    /// The next event; waits for a block if there is none. `None` when the node stops.
    async fn pull(mut self) -> Option<(Result<Event, Infallible>, Self)> {
        loop {
            if let Some(event) = self.waiting.pop_front() {
                return Some((Ok(event), self));
            }
            let tip = *self.tip.borrow_and_update();
            if tip.saturating_add(1) < self.next {
                // The dev chain went back to an earlier moment.
                let event = told("reverted", json!({ "height": tip }));
                self.next = tip.saturating_add(1);
                self.after = None;
                return Some((Ok(event), self));
            }
            if self.next > tip {
                tokio::select! {
                    changed = self.tip.changed() => changed.ok()?,
                    () = stopped(&mut self.stopping) => return None,
                }
                continue;
            }
            if tip.saturating_sub(self.next) > self.context.shared.limits.lag_blocks_max {
                return Some((Ok(self.skip_to(tip)), self));
            }
            self.read_block(tip).await;
        }
    }

    /// Tells the reader what it missed, and goes on at the present.
    fn skip_to(&mut self, tip: u64) -> Event {
        let missed = json!({ "from_height": self.next, "to_height": tip.saturating_sub(1) });
        self.next = tip;
        self.after = None;
        told("lagged", missed)
    }

    async fn read_block(&mut self, tip: u64) {
        let (context, height) = (self.context.clone(), self.next);
        match blocking(move || Ok(whole(&context, height)?)).await {
            Ok(Some(block)) => {
                self.waiting = events(&block, &self.topics, self.after);
                self.next = height.saturating_add(1);
            }
            // Genesis has no block, and pruned blocks are gone.
            Ok(None) if height < tip => {
                let event = self.skip_to(tip);
                self.waiting.push_back(event);
            }
            Ok(None) => self.next = height.saturating_add(1),
            Err(problem) => {
                tracing::error!(cause = ?problem.cause, height, "a stream cannot read a block");
                self.next = height.saturating_add(1);
            }
        }
    }
}

type Whole = (BlockHead, Vec<EventRecord>, Vec<TxRecord>);

fn whole(context: &Context, height: u64) -> Result<Option<Whole>, Halt> {
    let chain = &context.shared.chain;
    let Some(head) = chain.block_head(height)? else { return Ok(None) };
    let events = chain.block_events(height)?.unwrap_or_default();
    let txs = chain.block_txs(height, 0, usize::MAX, usize::MAX)?;
    Ok(Some((head, events, txs)))
}

/// A message about the stream itself; it has no id, so the reader's place stays.
fn told(kind: &str, fields: Value) -> Event {
    Event::default().event(kind).data(fields.to_string())
}

/// The events of a block that a reader wants and does not have. Every event counts, wanted or not, so that an id names
/// the same event for every reader.
fn events(block: &Whole, topics: &Topics, after: Option<Place>) -> VecDeque<Event> {
    let (block, protocol, txs) = block;
    let mut queue = VecDeque::new();
    let mut sequence = 0;
    let mut push = |kind: &str, fields: &dyn Fn() -> Value| {
        let place = Place { height: block.height, sequence };
        sequence += 1;
        if topics.want(kind) && after.is_none_or(|after| place > after) {
            let id = format!("{}.{}", place.height, place.sequence);
            queue.push_back(Event::default().id(id).event(kind).data(fields().to_string()));
        }
    };
    push("block", &|| json::block(block));
    for event in protocol {
        push(&event.kind, &|| json!({ "height": block.height, "event": json::event(event) }));
    }
    for (index, record) in txs.iter().enumerate() {
        let hash = json::hexed(hash::sha256(&record.bytes));
        push("tx", &|| {
            let mut fields = json!({
                "height": block.height, "index": index, "hash": hash,
                "tx": json::tx(&record.bytes), "receipt": json::receipt(&record.receipt),
            });
            fields["status"] = if record.receipt.succeeded() { "included" } else { "failed" }.into();
            fields
        });
        for event in &record.receipt.events {
            push(&event.kind, &|| json!({ "height": block.height, "tx": hash, "event": json::event(event) }));
        }
    }
    queue
}
