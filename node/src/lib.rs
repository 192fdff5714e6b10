//! The daemon: Chortle as one process. `README.md` has the map.
//!
//! [`state_machine`] is the state machine as an engine plays it, [`rest`] the server for people and programs, [`dev`] a
//! development chain in this process, and [`commands`] the command line of `chortled`.

#![cfg_attr(not(test), deny(clippy::disallowed_methods))]

pub mod commands;
pub mod dev;
pub mod failure;
pub mod genesis;
pub mod health;
pub mod home;
pub mod listeners;
pub mod logging;
pub mod machine;
pub mod metrics;
pub mod rest;
pub mod settings;
pub mod signer;
pub mod stall;
pub mod state_machine;
pub mod submit;
pub mod upgrade;
