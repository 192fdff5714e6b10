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
mod pulse;
mod server;
pub mod wire;

chortle_kernel::error_codes! {
    /// What the server refuses itself.
    pub enum Error in "abci" for Operator {
        1 malformed Malformed { reason: String } => "{reason}"
            => "the engine asked for something that makes no sense: see that its version is the one that this node was made for",
        2 panicked Panicked {} =>
            "the node has a fault that this request brings out: it was not served, report it"
            => "send its log to whoever maintains the program",
    }
}

pub use address::Address;
pub use limits::Limits;
pub use pulse::Pulse;
pub use server::Server;
