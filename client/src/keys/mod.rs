//! Keys: words, derivation, and the encrypted store.

pub mod derive;
pub mod kind;
pub mod password;
pub mod seal;
pub mod secret;
pub mod store;

pub use derive::HdPath;
pub use kind::KeyKind;
pub use password::Asker;
pub use secret::{Secret, Words};
pub use store::{KeyFile, Opened, Store};
