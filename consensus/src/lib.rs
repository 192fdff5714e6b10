//! Consensus engines around one state machine.
//!
//! [`application::Application`] is what any engine may ask of Chortle. Two drivers play it: [`abci::Server`]
//! for a real CometBFT, which [`comet`] configures, supervises and reads, and [`driver::Driver`], a single
//! node inside the process for development and tests. [`grammar`] judges the order of the calls; [`script`]
//! plays an engine by hand; [`durable`] writes files that a power cut leaves whole.

#![cfg_attr(not(test), deny(clippy::disallowed_methods))]

pub mod abci;
pub mod application;
pub mod comet;
pub mod driver;
pub mod durable;
pub mod grammar;
pub mod script;

pub use application::Application;
