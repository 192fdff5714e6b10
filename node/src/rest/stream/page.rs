//! A part of a block as the stream gives it out: its events, each rendered once for all who read it.

use std::sync::atomic::AtomicU64;

use bytes::Bytes;
use chortle_app::{BlockHead, TxRecord};
use chortle_kernel::{EventRecord, Halt, hash};
use prometheus_client::metrics::gauge::Gauge;
use serde_json::{Value, json};

use super::topics::Topics;
use crate::rest::json;
use crate::state_machine::Chain;

/// Stored bytes after which a page ends: a transaction is never cut, so a page may be as large as one.
const PAGE_BYTES: usize = 64 * 1024;
/// Bytes after which a batch of frames ends: a frame is never cut.
const BATCH_BYTES: usize = 64 * 1024;
/// What an event costs besides its bytes.
const ENTRY_BYTES: usize = 96;

/// Counts the bytes that streams hold, in memory of any kind, until the last who shares them lets go.
#[derive(Clone, Debug, Default)]
pub(in crate::rest) struct Held(pub(in crate::rest) Gauge<u64, AtomicU64>);

/// Bytes that are counted while this lives.
struct Counted {
    held: Held,
    bytes: u64,
}

impl Held {
    fn count(&self, bytes: usize) -> Counted {
        let bytes = bytes as u64;
        self.0.inc_by(bytes);
        Counted { held: self.clone(), bytes }
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.held.0.dec_by(self.bytes);
    }
}

/// The text of an event with its count: shared by every queue and every socket's buffer that it waits in.
struct Frame {
    text: String,
    _counted: Counted,
}

impl AsRef<[u8]> for Frame {
    fn as_ref(&self) -> &[u8] {
        self.text.as_bytes()
    }
}

/// The name of an event: the same for every reader, whatever it wants.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Place {
    pub(super) height: u64,
    /// Which event of the block, counted from 0.
    pub(super) sequence: u64,
}

impl std::fmt::Display for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}.{}", self.height, self.sequence)
    }
}

/// Where a page begins in its block.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Start {
    /// Its first transaction. The first page has the block itself and what the protocol did before that one.
    pub(super) index: u32,
    /// The number of its first event.
    pub(super) sequence: u64,
}

/// Where a reader goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Position {
    pub(super) height: u64,
    pub(super) start: Start,
    /// How many events of the page are behind it.
    pub(super) entry: usize,
}

impl Position {
    /// The first event of a block.
    pub(super) fn at(height: u64) -> Self {
        Self { height, start: Start::default(), entry: 0 }
    }
}

/// The next events for a reader, a bounded amount.
pub(super) struct Batch {
    pub(super) frames: Vec<Bytes>,
    /// The last event that was passed, wanted or not.
    pub(super) passed: Option<Place>,
    pub(super) next: Position,
}

/// What an event of a page is.
#[derive(Clone, Copy)]
enum What {
    Block,
    Protocol(usize),
    Tx(usize),
    /// The event of a transaction: which transaction of the page, which event of it.
    Of(usize, usize),
}

struct Entry {
    what: What,
    frame: Option<Bytes>,
}

/// A part of a block, decoded, and rendered where somebody wanted it.
pub(super) struct Page {
    head: BlockHead,
    start: Start,
    protocol: Vec<EventRecord>,
    txs: Vec<TxRecord>,
    entries: Vec<Entry>,
    /// Where the block goes on; `None` at its end.
    next: Option<Start>,
    held: Held,
    /// What it holds, rendered text included.
    pub(super) bytes: u64,
    _counted: Counted,
}

impl Page {
    /// Reads a page; `None` if the block is not there, or no longer whole.
    pub(super) fn read(chain: &Chain, height: u64, start: Start, held: &Held) -> Result<Option<Self>, Halt> {
        let Some(head) = chain.block_head(height)? else { return Ok(None) };
        let protocol = match start.index {
            0 => chain.block_events(height)?,
            _ => Some(Vec::new()),
        };
        let txs = chain.block_txs(height, start.index, usize::MAX, PAGE_BYTES)?;
        let Some(protocol) = protocol.filter(|_| !txs.is_empty() || start.index >= head.txs) else {
            return Ok(None);
        };
        let entries = entries(start, &protocol, &txs);
        let index = start.index.saturating_add(u32::try_from(txs.len()).unwrap_or(u32::MAX));
        let sequence = start.sequence.saturating_add(entries.len() as u64);
        let next = (index < head.txs).then_some(Start { index, sequence });
        let events = |events: &[EventRecord]| -> usize {
            events.iter().map(|event| event.kind.len() + event.body.len()).sum()
        };
        let stored: usize = txs.iter().map(|tx| tx.bytes.len() + events(&tx.receipt.events)).sum();
        let counted = held.count(stored + events(&protocol) + entries.len() * ENTRY_BYTES);
        let (held, bytes) = (held.clone(), counted.bytes);
        Ok(Some(Self { head, start, protocol, txs, entries, next, held, bytes, _counted: counted }))
    }

    /// The next events from an entry on that a reader wants and does not have. Every event counts, wanted or not, so
    /// that an id names the same event for every reader.
    pub(super) fn batch(&mut self, from: usize, topics: &Topics, after: Option<Place>) -> Batch {
        let mut frames = Vec::new();
        let (mut bytes, mut at, mut passed) = (0, from, None);
        while let Some(Entry { what, frame }) = self.entries.get(at).filter(|_| bytes < BATCH_BYTES) {
            let (what, frame, place) = (*what, frame.clone(), self.place(at));
            if topics.want(self.kind(what)) && after.is_none_or(|after| place > after) {
                let frame = frame.unwrap_or_else(|| self.render(at, what, place));
                if topics.concern(self.kind(what), &frame) {
                    bytes += frame.len();
                    frames.push(frame);
                }
            }
            passed = Some(place);
            at += 1;
        }
        let here = Position { height: self.head.height, start: self.start, entry: at };
        let next = match self.next {
            _ if at < self.entries.len() => here,
            Some(start) => Position { start, entry: 0, ..here },
            None => Position::at(self.head.height.saturating_add(1)),
        };
        Batch { frames, passed, next }
    }

    fn place(&self, entry: usize) -> Place {
        Place { height: self.head.height, sequence: self.start.sequence.saturating_add(entry as u64) }
    }

    fn kind(&self, what: What) -> &str {
        match what {
            What::Block => "block",
            What::Tx(_) => "tx",
            What::Protocol(_) | What::Of(..) => self.event(what).map_or("", |event| &event.kind),
        }
    }

    fn event(&self, what: What) -> Option<&EventRecord> {
        match what {
            What::Block | What::Tx(_) => None,
            What::Protocol(at) => self.protocol.get(at),
            What::Of(tx, at) => self.txs.get(tx)?.receipt.events.get(at),
        }
    }

    fn render(&mut self, entry: usize, what: What, place: Place) -> Bytes {
        let text = format!("id: {place}\nevent: {}\ndata: {}\n\n", self.kind(what), self.fields(what));
        let counted = self.held.count(text.len());
        self.bytes += counted.bytes;
        let frame = Bytes::from_owner(Frame { text, _counted: counted });
        if let Some(entry) = self.entries.get_mut(entry) {
            entry.frame = Some(frame.clone());
        }
        frame
    }

    fn fields(&self, what: What) -> Value {
        let height = self.head.height;
        let of = |tx: usize| self.txs.get(tx).map(|tx| json::hexed(hash::sha256(&tx.bytes)));
        match what {
            What::Block => json::block(&self.head),
            What::Protocol(_) => json!({ "height": height, "event": self.event(what).map(json::event) }),
            What::Of(tx, _) => {
                json!({ "height": height, "tx": of(tx), "event": self.event(what).map(json::event) })
            }
            What::Tx(at) => match self.txs.get(at) {
                None => Value::Null,
                Some(tx) => json!({
                    "height": height,
                    "index": u64::from(self.start.index).saturating_add(at as u64),
                    "hash": of(at),
                    "tx": json::tx(&tx.bytes),
                    "receipt": json::receipt(&tx.receipt),
                    "status": json::status(&tx.receipt),
                }),
            },
        }
    }
}

fn entries(start: Start, protocol: &[EventRecord], txs: &[TxRecord]) -> Vec<Entry> {
    let first = (start.index == 0).then_some(What::Block);
    let before = (0..protocol.len()).map(What::Protocol);
    let within = txs.iter().enumerate().flat_map(|(tx, record)| {
        let events = (0..record.receipt.events.len()).map(move |at| What::Of(tx, at));
        std::iter::once(What::Tx(tx)).chain(events)
    });
    let all = first.into_iter().chain(before).chain(within);
    all.map(|what| Entry { what, frame: None }).collect()
}
