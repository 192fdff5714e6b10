//! Parameters of the pipeline itself.

use borsh::{BorshDeserialize, BorshSerialize};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What a transaction costs.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize, JsonSchema,
)]
#[serde(deny_unknown_fields)]
pub struct Params {
    /// Lowest price that the chain accepts, in nlol per gas.
    pub gas_price_min: u64,
}

/// Height and time of a block, kept in state so that every read of a height knows its time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct LastBlock {
    /// Height.
    pub height: u64,
    /// Time of the header, in milliseconds since 1970.
    pub time_unix_ms: u64,
}

impl Default for Params {
    fn default() -> Self {
        Self { gas_price_min: 1 }
    }
}
