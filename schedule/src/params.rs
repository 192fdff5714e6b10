//! Which values the parameters may have.

use chortle_kernel::{GenesisError, Item, params::ensure_within};

use crate::{
    state::PARAMS,
    types::{DAY_MS, Params},
};

/// Least gas of a run: room for any plain message.
const RUN_GAS_MIN: u64 = 2_000_000;
/// Most gas of a block's runs: a fifth less than hooks have at least, so that what governance decides has its part.
const BLOCK_GAS_MAX: u64 = 40_000_000;

impl chortle_kernel::Params for Params {
    const PATH: &'static str = "schedule/params";
    const ITEM: Item<Self> = PARAMS;

    fn validate(&self) -> Result<(), GenesisError> {
        ensure_within(&[
            ("block_gas_max", self.block_gas_max, (RUN_GAS_MIN, BLOCK_GAS_MAX)),
            ("run_gas_max", self.run_gas_max, (RUN_GAS_MIN, self.block_gas_max)),
            ("owner_max", self.owner_max, (1, 10_000)),
            ("open_max", self.open_max, (1, 100_000_000)),
            ("ahead_ms", self.ahead_ms, (DAY_MS, DAY_MS.saturating_mul(4_000))),
            ("ahead_blocks", self.ahead_blocks, (1_000, 1_000_000_000)),
            ("window_ms", self.window_ms, (1, DAY_MS.saturating_mul(60))),
        ])
    }
}
