//! Keys: words, derivation, and the encrypted store.

pub mod derive;
pub mod password;
pub mod seal;
pub mod secret;
pub mod store;

pub use derive::HdPath;
pub use password::Asker;
pub use secret::{KeyKind, Secret, Words};
pub use store::{KeyFile, Opened, Store};
