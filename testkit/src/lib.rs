//! What tests and benchmarks of the whole chain stand on: networks of real processes, signed transactions by the
//! thousand, and an open-loop load generator. Map: README.md.

pub mod accounts;
pub mod attest;
pub mod genesis;
pub mod http;
pub mod kvstore;
pub mod lab;
pub mod load;
pub mod network;
pub mod next;
pub mod node;
pub mod observe;
pub mod output;
pub mod process;
mod registry;
pub mod report;
pub mod solo;

pub use accounts::Account;
pub use network::{Network, Options};
pub use node::Node;
