//! A consistent view of the state at one height, the last or an earlier one.
//!
//! The flat column holds the last height, history holds what a key had before each change. A view reads the
//! flat column first. If no later height had begun to be written by then, that is the answer; otherwise the
//! first change after the view's height says what the key had before it. A batch writes both columns at once,
//! so there is no moment at which a view could see a height by half, and no lock is held while it reads.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use chortle_kernel::{Entries, Entry, Halt, KeyRange, Order, ReadState};

use crate::backend::Backend;
use crate::column::Column;
use crate::key::{history_from, history_key, history_past, parse_history_key};
use crate::pins::Inner;
use crate::record::decode_past;

/// Entries of a key's history that a scan reads past before it seeks to the next key instead.
const SKIPS_MAX: usize = 16;

/// A consistent view of the state at one height. Cheap to take and to hold; what it needs is not pruned
/// meanwhile.
pub struct PinnedState {
    inner: Arc<Inner>,
    /// `None` before genesis: an empty state for ever.
    height: Option<u64>,
}

impl PinnedState {
    /// The height must have been pinned by the caller.
    pub(crate) fn pinned(inner: Arc<Inner>, height: Option<u64>) -> Self {
        Self { inner, height }
    }

    /// The height of the state; 0 before genesis.
    pub fn height(&self) -> u64 {
        self.height.unwrap_or(0)
    }

    pub(crate) fn backend(&self) -> &dyn Backend {
        self.inner.backend.as_ref()
    }

    /// Whether a height after this one may already be in the flat column. Ask after reading it, never before.
    fn is_past(&self, height: u64) -> bool {
        self.inner.begun.load(Ordering::SeqCst) > height
    }
}

impl Clone for PinnedState {
    fn clone(&self) -> Self {
        if let Some(height) = self.height {
            self.inner.pin(height);
        }
        Self { inner: Arc::clone(&self.inner), height: self.height }
    }
}

impl Drop for PinnedState {
    fn drop(&mut self) {
        if let Some(height) = self.height {
            self.inner.unpin(height);
        }
    }
}

impl std::fmt::Debug for PinnedState {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PinnedState").field("height", &self.height).finish_non_exhaustive()
    }
}

impl ReadState for PinnedState {
    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, Halt> {
        let Some(height) = self.height else { return Ok(None) };
        let present = self.backend().get(Column::Flat, key)?;
        if !self.is_past(height) {
            return Ok(present);
        }
        Ok(past(self.backend(), key, height)?.unwrap_or(present))
    }

    fn scan(&self, range: KeyRange, order: Order) -> Entries<'_> {
        let Some(height) = self.height.filter(|_| range.from < range.to) else {
            return Box::new(std::iter::empty());
        };
        let present = self.backend().scan(Column::Flat, range.clone(), order);
        if !self.is_past(height) {
            return present;
        }
        let past = Past::new(self.backend(), height, &range, order);
        Box::new(Merge { present: Source::new(present), past: Source::new(past), order })
    }
}

/// What the key held at the height, if it has changed since.
fn past(backend: &dyn Backend, key: &[u8], height: u64) -> Result<Option<Option<Vec<u8>>>, Halt> {
    let range = KeyRange { from: history_key(key, height.saturating_add(1)), to: history_past(key) };
    match backend.scan(Column::History, range, Order::Ascending).next() {
        None => Ok(None),
        Some(entry) => Ok(Some(decode_past(entry?.1)?)),
    }
}

type Changed = (Vec<u8>, Option<Vec<u8>>);

/// The keys of a range that changed after a height, each with what it held at that height.
struct Past<'a> {
    backend: &'a dyn Backend,
    entries: Entries<'a>,
    range: KeyRange,
    order: Order,
    height: u64,
    /// The key that was answered last; the rest of its history is read past.
    answered: Option<Vec<u8>>,
    skips: usize,
}

impl<'a> Past<'a> {
    fn new(backend: &'a dyn Backend, height: u64, range: &KeyRange, order: Order) -> Self {
        let range = KeyRange { from: history_from(&range.from), to: history_from(&range.to) };
        let entries = backend.scan(Column::History, range.clone(), order);
        Self { backend, entries, range, order, height, answered: None, skips: 0 }
    }

    /// Reads past an entry; after many, seeks to where the next answer can be.
    fn skip(&mut self, key: &[u8], height: u64) {
        self.skips += 1;
        if self.skips < SKIPS_MAX {
            return;
        }
        self.skips = 0;
        match self.order {
            Order::Ascending if height <= self.height => {
                self.range.from = history_key(key, self.height.saturating_add(1));
            }
            Order::Ascending => self.range.from = history_past(key),
            Order::Descending => self.range.to = history_from(key),
        }
        self.entries = self.backend.scan(Column::History, self.range.clone(), self.order);
    }

    /// What an entry says about the view's height, if it is the entry to ask.
    fn answer(&mut self, entry: Entry) -> Result<Option<Changed>, Halt> {
        let (raw, value) = entry;
        let (key, height) = parse_history_key(&raw)?;
        if self.answered.as_ref() == Some(&key) {
            self.skip(&key, height);
            return Ok(None);
        }
        if self.order == Order::Ascending && height <= self.height {
            self.skip(&key, height);
            return Ok(None);
        }
        self.skips = 0;
        self.answered = Some(key.clone());
        if height <= self.height {
            return Ok(None);
        }
        // Downwards the last change comes first; the one to ask is the first after the view's height.
        let held = match self.order {
            Order::Descending if height > self.height.saturating_add(1) => {
                past(self.backend, &key, self.height)?.unwrap_or(decode_past(value)?)
            }
            _ => decode_past(value)?,
        };
        Ok(Some((key, held)))
    }
}

impl Iterator for Past<'_> {
    type Item = Result<Changed, Halt>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let answer = match self.entries.next()? {
                Ok(entry) => self.answer(entry),
                Err(halt) => Err(halt),
            };
            if let Some(answer) = answer.transpose() {
                return Some(answer);
            }
        }
    }
}

/// An iterator with its next item in hand.
struct Source<I: Iterator> {
    next: Option<I::Item>,
    rest: I,
}

impl<I: Iterator> Source<I> {
    fn new(mut rest: I) -> Self {
        Self { next: rest.next(), rest }
    }

    fn take(&mut self) -> Option<I::Item> {
        std::mem::replace(&mut self.next, self.rest.next())
    }
}

/// The present entries, with the past in place of those that changed.
struct Merge<'a> {
    present: Source<Entries<'a>>,
    past: Source<Past<'a>>,
    order: Order,
}

impl Merge<'_> {
    /// Which side comes first: the present, the past, or both with the same key. An error comes before
    /// everything.
    fn first(&self) -> Option<std::cmp::Ordering> {
        use std::cmp::Ordering::{Greater, Less};
        Some(match (&self.present.next, &self.past.next) {
            (None, None) => return None,
            (Some(Err(_)), _) | (Some(_), None) => Less,
            (_, Some(Err(_))) | (None, Some(_)) => Greater,
            (Some(Ok((present, _))), Some(Ok((past, _)))) => match self.order {
                Order::Ascending => present.cmp(past),
                Order::Descending => past.cmp(present),
            },
        })
    }
}

impl Iterator for Merge<'_> {
    type Item = Result<Entry, Halt>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            match self.first()? {
                std::cmp::Ordering::Less => return self.present.take(),
                std::cmp::Ordering::Equal => {
                    self.present.take();
                }
                std::cmp::Ordering::Greater => {}
            }
            match self.past.take()? {
                Err(halt) => return Some(Err(halt)),
                Ok((key, Some(value))) => return Some(Ok((key, value))),
                Ok((_, None)) => {}
            }
        }
    }
}
