//! Typed, ordered state: keys with a fixed meaning over any [`ReadState`], and a block's overlay with savepoints.

mod item;
mod key;
mod overlay;
mod read;

pub use item::{Item, KeyRow, Map};
pub use key::{StartsWith, StateKey};
pub use overlay::{Savepoint, State, Writes};
pub use read::{Entries, Entry, KeyRange, Order, ReadState};
