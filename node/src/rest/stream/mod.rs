//! `GET /v1/stream`: what happened, as server-sent events, out of the block results.
//!
//! The id of an event is `height.sequence`. A reader that comes back with `Last-Event-ID` goes on right after it,
//! however far behind it is, for as long as the blocks are kept; else it is told what is gone (`lagged`). A reader
//! pulls: what waits for it is bounded in bytes and shared with all who read the same, so a slow one costs little.
//!
//! A browser gives a stream up for good on any answer but 200. So what passes by itself (a node that is behind, too
//! many streams, a fault of the node) is told as an event with its code, and the browser comes back with its last id.
//! Every stream begins with `retry:`, which says when.

mod page;
mod renderer;
mod topics;

use std::collections::VecDeque;
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::Extension;
use axum::body::{Body, Bytes};
use axum::extract::{RawQuery, State};
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use chortle_kernel::Reject;
use futures::stream;
use serde_json::{Value, json};
use tokio::sync::watch;
use tokio::time::Instant;

use self::page::{Place, Position};
pub(super) use self::{page::Held, renderer::Renderer};
use self::{renderer::Ask, topics::Topics};
use super::problem::{Error, Outcome, Problem};
use super::quota::{Caller, Full, Hold};
use super::server::stopped;
use super::{Context, args};

/// How long a browser waits before it comes back.
const RETRY_MS: u64 = 5_000;
/// Pause before a block is looked for again that should be there: a dev chain is going back.
const MISSING_PAUSE: Duration = Duration::from_millis(100);
/// How often it is looked for.
const MISSING_MAX: u32 = 20;

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
    topics: Arc<Topics>,
    /// Where to read on.
    next: Position,
    /// Events up to this place were read before.
    after: Option<Place>,
    /// The last event that was passed, wanted or not.
    passed: Option<Place>,
    /// Bounded in bytes: nothing is asked for until it is empty.
    waiting: VecDeque<Bytes>,
    tip: watch::Receiver<u64>,
    /// How often the chain had gone back when this was last looked at.
    reverts: usize,
    missing: u32,
    stopping: watch::Receiver<bool>,
    /// When something was last sent.
    sent: Instant,
    ended: bool,
    _place: Hold,
}

pub(super) async fn open(
    State(context): State<Context>,
    caller: Option<Extension<Caller>>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Outcome<Response> {
    let mut pairs = args::pairs(query.as_deref())?;
    let topics = Topics::parse(args::take(&mut pairs, "topics")?, args::take(&mut pairs, "account")?)?;
    let from = args::take(&mut pairs, "last_event_id")?;
    args::none_left(&pairs)?;
    let text =
        |name: &str| headers.get(name).map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned());
    let after = text("last-event-id").or(from).filter(|text| !text.is_empty());
    let after = after.map(|text| Place::parse(&text)).transpose()?;
    let caller = caller.map_or(Caller(None), |Extension(caller)| caller);
    let place = match context.shared.streams.take(caller, 1) {
        Ok(place) => place,
        Err(full) => return Ok(busy(&headers, full)),
    };
    let reader = Reader::new(context, topics, after, place);
    let events = stream::unfold(reader, |reader| async move { reader.pull().await });
    Ok(sse(Body::from_stream(events)))
}

/// The answer to who finds too much going on; to a browser's stream: come back later, with the id that you have.
pub(super) fn busy(headers: &HeaderMap, full: Full) -> Response {
    let accept = headers.get(header::ACCEPT).and_then(|accept| accept.to_str().ok()).unwrap_or_default();
    let mut response = if accept.contains("text/event-stream") {
        let event = told("busy", *Problem::from(full).reject, json!({}));
        sse(Body::from([retry(), event].concat()))
    } else {
        Problem::from(full).into_response()
    };
    // What it has sent behind this request is not even read.
    response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
    response
}

fn sse(body: Body) -> Response {
    let mut response = body.into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/event-stream"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    // A proxy that buffers would hold events back.
    headers.insert("x-accel-buffering", HeaderValue::from_static("no"));
    response
}

/// When to come back, once this stream has ended, however it ended. It has no data, so it is no event.
fn retry() -> Bytes {
    format!("retry: {RETRY_MS}\n\n").into()
}

/// A message about the stream itself; it has no id, so the reader's place stays.
fn told(kind: &str, reject: Reject, mut fields: Value) -> Bytes {
    fields["code"] = reject.code().into();
    fields["detail"] = reject.sentence.into();
    format!("event: {kind}\ndata: {fields}\n\n").into()
}

impl Reader {
    fn new(context: Context, topics: Topics, after: Option<Place>, place: Hold) -> Self {
        let chain = &context.shared.chain;
        // Before the tip is read, so that a chain that goes back meanwhile is noticed.
        let reverts = chain.reverts();
        let mut tip = chain.subscribe();
        let height = *tip.borrow_and_update();
        let mut waiting = VecDeque::from([retry()]);
        let (mut next, mut after) = (after.map_or(height.saturating_add(1), |place| place.height), after);
        if next > height && after.is_some() {
            if context.shared.dev.is_some() {
                waiting.push_back(reverted(height));
                (next, after) = (height.saturating_add(1), None);
            } else {
                waiting.push_back(told(
                    "behind",
                    Error::Behind { height }.into(),
                    json!({ "height": height }),
                ));
            }
        }
        Self {
            topics: Arc::new(topics),
            next: Position::at(next.max(chain.first_block())),
            after,
            passed: after,
            waiting,
            tip,
            reverts,
            missing: 0,
            stopping: context.shared.stopping.clone(),
            sent: Instant::now(),
            ended: false,
            context,
            _place: place,
        }
    }

    /// The next event; waits for a block if there is none. `None` when the node stops.
    async fn pull(mut self) -> Option<(Result<Bytes, Infallible>, Self)> {
        loop {
            if let Some(frame) = self.waiting.pop_front() {
                self.sent = Instant::now();
                return Some((Ok(frame), self));
            }
            if self.ended {
                return None;
            }
            let tip = *self.tip.borrow_and_update();
            self.go_back();
            if !self.waiting.is_empty() {
                continue;
            }
            if self.sent.elapsed() >= self.context.shared.limits.heartbeat {
                // So also for a reader that passes many blocks without an event that it wants.
                self.waiting.push_back(self.heartbeat());
            } else if self.next.height > tip {
                self.wait_for_block().await?;
            } else if !self.skip_what_is_gone() {
                self.read().await;
            }
        }
    }

    /// A comment; with the id of the last event that was passed, so that who comes back need not pass it again.
    fn heartbeat(&self) -> Bytes {
        match self.passed {
            Some(place) => format!(": heartbeat\nid: {place}\n\n").into(),
            None => Bytes::from_static(b": heartbeat\n\n"),
        }
    }

    async fn wait_for_block(&mut self) -> Option<()> {
        let heartbeat = self.sent + self.context.shared.limits.heartbeat;
        tokio::select! {
            changed = self.tip.changed() => changed.ok(),
            () = tokio::time::sleep_until(heartbeat) => Some(()),
            () = stopped(&mut self.stopping) => None,
        }
    }

    /// A dev chain went back: what the reader has from above never happened.
    fn go_back(&mut self) {
        let chain = &self.context.shared.chain;
        let reverts = chain.reverts();
        let Some(height) = chain.reverted_to(self.reverts) else { return };
        self.reverts = reverts;
        if self.next.height > height {
            self.waiting.push_back(reverted(height));
            self.next = Position::at(height.saturating_add(1));
            (self.after, self.passed) = (None, None);
        }
    }

    /// Tells the reader what it missed, and goes on at the first block that is kept.
    fn skip_what_is_gone(&mut self) -> bool {
        let earliest = self.context.shared.chain.earliest_block();
        if self.next.height >= earliest {
            return false;
        }
        let (from, to) = (self.next.height, earliest.saturating_sub(1));
        let missed = json!({ "from_height": from, "to_height": to });
        self.waiting.push_back(told("lagged", Error::EventsGone { from, to }.into(), missed));
        self.next = Position::at(earliest);
        (self.after, self.passed) = (None, None);
        true
    }

    async fn read(&mut self) {
        let ask = Ask {
            chain: self.context.shared.chain.clone(),
            position: self.next,
            topics: Arc::clone(&self.topics),
            after: self.after,
        };
        match self.context.shared.renderer.ask(ask).await {
            Ok(Some(batch)) => {
                self.waiting.extend(batch.frames);
                self.passed = batch.passed.or(self.passed).max(self.after);
                self.next = batch.next;
                self.missing = 0;
            }
            // It is being pruned, or a dev chain is going back: the next look tells.
            Ok(None) if self.missing < MISSING_MAX => {
                self.missing += 1;
                tokio::time::sleep(MISSING_PAUSE).await;
            }
            Ok(None) => self.fail(format!("block {} is missing", self.next.height)),
            Err(halt) => self.fail(halt.0),
        }
    }

    /// Ends the stream without a gap: whoever comes back goes on after the last id.
    fn fail(&mut self, cause: String) {
        tracing::error!(%cause, height = self.next.height, "a stream cannot go on");
        self.waiting.push_back(told("failed", Error::Internal {}.into(), json!({})));
        self.ended = true;
    }
}

fn reverted(height: u64) -> Bytes {
    told("reverted", Error::Reverted { height }.into(), json!({ "height": height }))
}
