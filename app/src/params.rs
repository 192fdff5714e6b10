//! Parameters of the pipeline itself.

use chortle_kernel::{GenesisError, Item, params::ensure_within, record};

record! {
    /// What a transaction costs, and how long an epoch is.
    #[derive(Copy)]
    #[serde(default)]
    pub struct Params {
        /// Lowest price that the chain accepts, in nlol per gas.
        pub gas_price_min: u64,
        /// Length of an epoch, in milliseconds: a second to 31 days.
        pub epoch_ms: u64,
        /// Most gas that messages may take which block hooks dispatch in one block.
        pub hook_gas_max: u64,
    }
}

impl chortle_kernel::Params for Params {
    const PATH: &'static str = "app/params";
    const ITEM: Item<Self> = PARAMS;

    fn validate(&self) -> Result<(), GenesisError> {
        ensure_within(&[
            ("gas_price_min", self.gas_price_min, (0, GAS_PRICE_MAX)),
            ("epoch_ms", self.epoch_ms, (EPOCH_MS_MIN, EPOCH_MS_MAX)),
            ("hook_gas_max", self.hook_gas_max, (HOOK_GAS_MIN, HOOK_GAS_MAX)),
        ])
    }
}

/// Fee parameters and the like, in state.
pub const PARAMS: Item<Params> = Item::new("app/params");

/// Shortest epoch: a second. Blocks are hardly faster.
pub const EPOCH_MS_MIN: u64 = 1_000;
/// Longest epoch: what is announced must come.
pub const EPOCH_MS_MAX: u64 = 31 * 24 * 60 * 60 * 1_000;
/// Highest price of gas: a vote that lowers it again costs a hundred LOL or so.
pub const GAS_PRICE_MAX: u64 = 100_000;
/// Least gas of hooks: any proposal that governance lets through can run.
pub const HOOK_GAS_MIN: u64 = 50_000_000;
/// Most gas of hooks: a block in which they use it up still ends in time.
pub const HOOK_GAS_MAX: u64 = 1_000_000_000;

impl Default for Params {
    fn default() -> Self {
        Self { gas_price_min: 1, epoch_ms: 24 * 60 * 60 * 1_000, hook_gas_max: 50_000_000 }
    }
}
