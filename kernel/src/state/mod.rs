//! Typed, ordered state: keys with a fixed meaning over any [`ReadState`], and a block's overlay with savepoints.

mod item;
mod key;
mod overlay;
mod read;

pub use item::{INDEX_MARK, Item, KeyRow, Map, is_index_key};
pub use key::{StartsWith, StateKey};
pub use overlay::{Savepoint, State, Writes};
pub use read::{Entries, Entry, KeyRange, Order, ReadState};
