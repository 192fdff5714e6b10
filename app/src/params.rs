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

impl Default for Params {
    fn default() -> Self {
        Self { gas_price_min: 1 }
    }
}
