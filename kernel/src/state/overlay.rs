//! Writes on top of a committed view, with savepoints: a rejected transaction leaves no trace.

use std::{
    collections::{BTreeMap, btree_map},
    iter::Peekable,
    sync::Arc,
};

use super::{Entries, Entry, KeyRange, Order, ReadState};
use crate::Halt;

/// What a block writes: a value, or `None` for a removal.
pub type Writes = BTreeMap<Vec<u8>, Option<Vec<u8>>>;

/// A key and what its write replaced: nothing yet, or an earlier write.
type Replaced = (Vec<u8>, Option<Option<Vec<u8>>>);

/// A point to unwind to.
#[derive(Clone, Copy, Debug)]
pub struct Savepoint(usize);

/// A committed view and the writes on top of it.
pub struct State {
    base: Arc<dyn ReadState>,
    writes: Writes,
    /// What each write replaced, oldest first, since the last release.
    undo: Vec<Replaced>,
}

impl State {
    /// No writes on top of `base`.
    pub fn over(base: Arc<dyn ReadState>) -> Self {
        Self { base, writes: Writes::new(), undo: Vec::new() }
    }

    /// A copy that can be written without touching this one.
    pub fn fork(&self) -> Self {
        Self { base: Arc::clone(&self.base), writes: self.writes.clone(), undo: Vec::new() }
    }

    /// Sets a raw key.
    pub fn set(&mut self, key: Vec<u8>, value: Vec<u8>) {
        self.write(key, Some(value));
    }

    /// Removes a raw key.
    pub fn remove(&mut self, key: Vec<u8>) {
        self.write(key, None);
    }

    fn write(&mut self, key: Vec<u8>, value: Option<Vec<u8>>) {
        let before = self.writes.insert(key.clone(), value);
        self.undo.push((key, before));
    }

    /// Marks this point.
    pub fn savepoint(&self) -> Savepoint {
        Savepoint(self.undo.len())
    }

    /// Unwinds every write since the savepoint, newest first.
    pub fn rollback(&mut self, to: Savepoint) {
        while self.undo.len() > to.0 {
            match self.undo.pop() {
                Some((key, Some(before))) => drop(self.writes.insert(key, before)),
                Some((key, None)) => drop(self.writes.remove(&key)),
                None => return,
            }
        }
    }

    /// Forgets how to unwind: the writes so far stay.
    pub fn release(&mut self) {
        self.undo.clear();
    }

    /// The writes on top of the base.
    pub fn writes(&self) -> &Writes {
        &self.writes
    }

    /// Gives the writes up.
    pub fn into_writes(self) -> Writes {
        self.writes
    }
}

impl ReadState for State {
    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, Halt> {
        match self.writes.get(key) {
            Some(written) => Ok(written.clone()),
            None => self.base.get(key),
        }
    }

    fn scan(&self, range: KeyRange, order: Order) -> Entries<'_> {
        if range.from >= range.to {
            return Box::new(std::iter::empty());
        }
        let written = self.writes.range(range.from.clone()..range.to.clone());
        let base = self.base.scan(range, order).peekable();
        match order {
            Order::Ascending => Box::new(Merged { base, written: written.peekable(), order }),
            Order::Descending => Box::new(Merged { base, written: Reversed(written).peekable(), order }),
        }
    }
}

struct Reversed<'a>(btree_map::Range<'a, Vec<u8>, Option<Vec<u8>>>);

impl<'a> Iterator for Reversed<'a> {
    type Item = (&'a Vec<u8>, &'a Option<Vec<u8>>);

    fn next(&mut self) -> Option<Self::Item> {
        self.0.next_back()
    }
}

/// Base and written entries in one order; a written entry hides the base's.
struct Merged<'a, W: Iterator<Item = (&'a Vec<u8>, &'a Option<Vec<u8>>)>> {
    base: Peekable<Entries<'a>>,
    written: Peekable<W>,
    order: Order,
}

impl<'a, W: Iterator<Item = (&'a Vec<u8>, &'a Option<Vec<u8>>)>> Iterator for Merged<'a, W> {
    type Item = Result<Entry, Halt>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let Some((key, _)) = self.written.peek() else { return self.base.next() };
            let base_first = match self.base.peek() {
                Some(Ok((base_key, _))) => match self.order {
                    Order::Ascending => base_key.cmp(key),
                    Order::Descending => (*key).cmp(base_key),
                },
                Some(Err(_)) => return self.base.next(),
                None => std::cmp::Ordering::Greater,
            };
            match base_first {
                std::cmp::Ordering::Less => return self.base.next(),
                std::cmp::Ordering::Equal => drop(self.base.next()),
                std::cmp::Ordering::Greater => {}
            }
            if let Some((key, Some(value))) = self.written.next() {
                return Some(Ok((key.clone(), value.clone())));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn apply(state: &mut State, model: &mut BTreeMap<Vec<u8>, Vec<u8>>, (key, value): (u8, Option<u8>)) {
        match value {
            Some(value) => {
                state.set(vec![key], vec![value]);
                model.insert(vec![key], vec![value]);
            }
            None => {
                state.remove(vec![key]);
                model.remove(&vec![key]);
            }
        }
    }

    #[test]
    fn what_is_released_stays() {
        let mut state = State::over(Arc::new(BTreeMap::new()));
        let savepoint = state.savepoint();
        state.set(vec![1], vec![2]);
        state.release();
        state.rollback(savepoint);
        assert_eq!(state.get(&[1]).unwrap(), Some(vec![2]));
    }

    proptest! {
        #[test]
        fn the_overlay_reads_like_a_map_and_rollback_is_exact(
            base in proptest::collection::btree_map(0u8..32, any::<u8>(), 0..16),
            kept in proptest::collection::vec((0u8..32, any::<Option<u8>>()), 0..16),
            undone in proptest::collection::vec((0u8..32, any::<Option<u8>>()), 0..16),
            from in 0u8..32, to in 0u8..33,
        ) {
            let mut model: BTreeMap<_, _> = base.into_iter().map(|(key, value)| (vec![key], vec![value])).collect();
            let mut state = State::over(Arc::new(model.clone()));
            kept.into_iter().for_each(|write| apply(&mut state, &mut model, write));
            let (savepoint, before) = (state.savepoint(), model.clone());
            undone.into_iter().for_each(|write| apply(&mut state, &mut model, write));
            for (round, expected) in [&model, &before].into_iter().enumerate() {
                if round == 1 {
                    state.rollback(savepoint);
                }
                for key in 0u8..32 {
                    prop_assert_eq!(state.get(&[key]).unwrap(), expected.get(&vec![key]).cloned());
                }
                for order in [Order::Ascending, Order::Descending] {
                    let range = KeyRange { from: vec![from], to: vec![to] };
                    let seen: Vec<_> = state.scan(range, order).map(Result::unwrap).collect();
                    let mut wanted: Vec<_> = expected.iter().filter(|(key, _)| key[0] >= from && key[0] < to)
                        .map(|(key, value)| (key.clone(), value.clone())).collect();
                    if order == Order::Descending { wanted.reverse(); }
                    prop_assert_eq!(seen, wanted);
                }
            }
        }
    }
}
