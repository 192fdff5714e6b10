//! What a person needs to use Chortle from outside: keys, exact amounts, transactions, and a REST client.
//!
//! The command line `chortle` is a thin face of this library. Map: README.md.

#![cfg_attr(not(test), deny(clippy::disallowed_methods))]
#![forbid(unsafe_code)]
#![deny(clippy::print_stdout, clippy::print_stderr)]

pub mod amount;
pub mod build;
pub mod cli;
pub mod disk;
pub mod draft;
pub mod error;
pub mod file;
pub mod flags;
pub mod keys;
pub mod order;
pub mod rest;
pub mod routes;
pub mod schema;
pub mod signing;
pub mod stream;
pub mod summary;
pub mod time;
pub mod tls;
pub mod values;
pub mod verify;

pub use error::{Class, Code, Error, Result};
