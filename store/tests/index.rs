//! An index that follows from the entries, moved by the store as they change.
#![allow(missing_docs)]

mod common;

use chortle_kernel::{Entry, Halt};
use chortle_store::Store;
use common::{Seeded, State, all, apply, as_writes, commit, identity, naive_root, options};

/// A line for each entry whose value has an even length: its value's length and its key, over the value's first byte.
fn line(key: &[u8], value: &[u8]) -> Result<Option<Entry>, Halt> {
    if !value.len().is_multiple_of(2) {
        return Ok(None);
    }
    let length = u8::try_from(value.len()).unwrap();
    let line_key = [b"~length/".as_slice(), &[length], key].concat();
    Ok(Some((line_key, value.iter().take(1).copied().collect())))
}

/// The entries and their lines.
fn indexed(state: &State) -> State {
    let lines = state.iter().filter_map(|(key, value)| line(key, value).unwrap());
    state.clone().into_iter().chain(lines).collect()
}

fn lines_are_those_of_the_entries_at_every_height(store: Store) {
    let store = store.indexed_by(line);
    let mut seeded = Seeded(11);
    let mut states = vec![apply(&State::new(), &seeded.writes(40))];
    store.init_genesis(&identity(), 1, as_writes(&states[0])).unwrap();
    for _ in 0..60 {
        let writes = seeded.writes(25);
        states.push(apply(&states[states.len() - 1], &writes));
        let root = commit(&store, writes);
        assert_eq!(root, naive_root(&states[states.len() - 1]), "lines are not in the tree");
    }
    for (height, state) in (0..).zip(&states) {
        assert_eq!(all(&store.at(height).unwrap()), indexed(state), "height {height}");
    }
}

#[test]
fn in_memory_lines_are_those_of_the_entries_at_every_height() {
    lines_are_those_of_the_entries_at_every_height(Store::memory(options(0)).unwrap());
}

#[test]
fn on_disk_lines_are_those_of_the_entries_at_every_height() {
    let home = tempfile::tempdir().unwrap();
    lines_are_those_of_the_entries_at_every_height(Store::open(home.path(), options(0)).unwrap());
}
