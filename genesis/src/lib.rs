//! The genesis document: one JSON file that CometBFT and the state machine read alike.
//!
//! It knows no module: `app_state` holds a section per module under the module's name, and whoever knows the modules
//! brings the check. Spec and map: README.md.
#![forbid(unsafe_code)]
#![cfg_attr(not(test), deny(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::unreachable))]
#![cfg_attr(not(test), deny(clippy::indexing_slicing, clippy::arithmetic_side_effects, clippy::string_slice))]
#![cfg_attr(
    not(test),
    deny(clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::cast_possible_wrap)
)]
#![cfg_attr(not(test), deny(clippy::cast_precision_loss, clippy::float_arithmetic, clippy::print_stdout))]
#![cfg_attr(not(test), deny(clippy::print_stderr, clippy::disallowed_methods, clippy::disallowed_types))]

mod builder;
mod document;
mod locate;

pub use builder::{BuildError, Builder, List};
pub use chortle_kernel::time::{TimeError, parse_rfc3339_ms, to_rfc3339};
pub use document::{
    Abci, BlockLimits, Document, EvidenceLimits, Params, PublicKey, Validator, Versions, check_chain_id,
};
pub use locate::{Problem, line_of};
