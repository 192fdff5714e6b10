//! Believing a chain without running it: headers by their signatures, values by their proofs. No clock, no network.
//!
//! Map: README.md.

pub mod answer;
pub mod header;
pub mod value;
