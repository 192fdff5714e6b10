//! An ABCI 2.0 server for CometBFT v0.38 over a unix socket or loopback TCP.
//!
//! Frames come in, [`call::Call`]s go to the application, [`call::Reply`]s go back in the same order.
//! [`wire`] is the only place that names wire types.

pub mod address;
pub mod call;
mod connection;
mod dispatch;
pub mod frame;
mod limits;
mod server;
pub mod wire;

/// The catalogue of what the server refuses itself: 1, a request that says nothing; 2, one that panics the application.
pub const ABCI_CODESPACE: &str = "abci";

pub use address::Address;
pub use limits::Limits;
pub use server::Server;
