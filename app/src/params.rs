//! Parameters of the pipeline itself.

use chortle_kernel::{GenesisError, Item, record};

record! {
    /// What a transaction costs, and how long an epoch is.
    #[derive(Copy)]
    #[serde(default)]
    pub struct Params {
        /// Lowest price that the chain accepts, in nlol per gas.
        pub gas_price_min: u64,
        /// Length of an epoch, in milliseconds: at least [`EPOCH_MS_MIN`].
        pub epoch_ms: u64,
        /// Most gas that messages may take which block hooks dispatch in one block.
        pub hook_gas_max: u64,
    }
}

impl chortle_kernel::Params for Params {
    const PATH: &'static str = "app/params";
    const ITEM: Item<Self> = PARAMS;

    fn validate(&self) -> Result<(), GenesisError> {
        if self.epoch_ms < EPOCH_MS_MIN {
            let sentence = format!("an epoch of {} ms is shorter than {EPOCH_MS_MIN} ms", self.epoch_ms);
            return Err(GenesisError::at("/epoch_ms", sentence));
        }
        Ok(())
    }
}

/// Fee parameters and the like, in state.
pub const PARAMS: Item<Params> = Item::new("app/params");

/// Shortest epoch: a second. Blocks are hardly faster.
pub const EPOCH_MS_MIN: u64 = 1_000;

impl Default for Params {
    fn default() -> Self {
        Self { gas_price_min: 1, epoch_ms: 24 * 60 * 60 * 1_000, hook_gas_max: 50_000_000 }
    }
}
