//! Parameters of the pipeline itself.

use borsh::{BorshDeserialize, BorshSerialize};
use chortle_kernel::{GenesisError, Item};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::state;

/// What a transaction costs, and how long an epoch is.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize, JsonSchema,
)]
#[serde(deny_unknown_fields, default)]
pub struct Params {
    /// Lowest price that the chain accepts, in nlol per gas.
    pub gas_price_min: u64,
    /// Length of an epoch, in milliseconds: at least [`EPOCH_MS_MIN`].
    pub epoch_ms: u64,
    /// Most gas that messages may take which block hooks dispatch in one block.
    pub hook_gas_max: u64,
}

impl chortle_kernel::Params for Params {
    const PATH: &'static str = "app/params";
    const ITEM: Item<Self> = state::PARAMS;

    fn validate(&self) -> Result<(), GenesisError> {
        if self.epoch_ms < EPOCH_MS_MIN {
            let sentence = format!("an epoch of {} ms is shorter than {EPOCH_MS_MIN} ms", self.epoch_ms);
            return Err(GenesisError::at("/epoch_ms", sentence));
        }
        Ok(())
    }
}

/// Shortest epoch: a second. Blocks are hardly faster.
pub const EPOCH_MS_MIN: u64 = 1_000;

/// Height and time of a block with the epoch it is in, kept in state so that every read of a height knows its time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct LastBlock {
    /// Height.
    pub height: u64,
    /// Time of the header, in milliseconds since 1970.
    pub time_unix_ms: u64,
    /// Number of the epoch.
    pub epoch: u64,
    /// When the epoch began: where the one before ended.
    pub epoch_began_unix_ms: u64,
}

impl LastBlock {
    /// The block after this one. Epochs that passed between two blocks count as one, since no block was in them.
    pub fn next(&self, height: u64, time_unix_ms: u64, epoch_ms: u64) -> Self {
        let passed = time_unix_ms.saturating_sub(self.epoch_began_unix_ms).checked_div(epoch_ms).unwrap_or(0);
        Self {
            height,
            time_unix_ms,
            epoch: self.epoch.saturating_add(passed.min(1)),
            epoch_began_unix_ms: self.epoch_began_unix_ms.saturating_add(passed.saturating_mul(epoch_ms)),
        }
    }
}

impl Default for Params {
    fn default() -> Self {
        Self { gas_price_min: 1, epoch_ms: 24 * 60 * 60 * 1_000, hook_gas_max: 50_000_000 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_epoch_begins_where_the_one_before_ended() {
        let genesis =
            LastBlock { time_unix_ms: 1_000, epoch: 7, epoch_began_unix_ms: 1_000, ..LastBlock::default() };
        for (time_unix_ms, epoch, began) in [
            (1_000, 7, 1_000),
            (10_999, 7, 1_000),
            (11_000, 8, 11_000),
            (10_999 + 30_000, 8, 31_000),
            (0, 7, 1_000),
        ] {
            let next = genesis.next(1, time_unix_ms, 10_000);
            assert_eq!((next.epoch, next.epoch_began_unix_ms), (epoch, began), "at {time_unix_ms}");
        }
    }
}
