//! The engine's limits as parameters: which values hold, and how they reach the engine.

use crate::{Ctx, EngineParams, Failure, GenesisError, Item, Params, engine::ENGINE, gate, tx};

/// Smallest block: room for a few of the largest transactions.
const BLOCK_BYTES_MIN: u64 = 4 * tx::TX_BYTES_MAX as u64;
/// Largest block that the engine carries.
const BLOCK_BYTES_MAX: u64 = 100 * 1_024 * 1_024;
/// Least gas of a block: room for the dearest transaction.
const BLOCK_GAS_MIN: u64 = 100_000_000;

impl Params for EngineParams {
    const PATH: &'static str = "app/engine";
    const ITEM: Item<Self> = ENGINE;

    fn validate(&self) -> Result<(), GenesisError> {
        let bytes = self.block_bytes_max;
        if !(BLOCK_BYTES_MIN..=BLOCK_BYTES_MAX).contains(&bytes) {
            let sentence = format!("{bytes} is not within {BLOCK_BYTES_MIN} to {BLOCK_BYTES_MAX} bytes");
            return Err(GenesisError::at("/block_bytes_max", sentence));
        }
        if !(BLOCK_GAS_MIN..=i64::MAX.unsigned_abs()).contains(&self.block_gas_max) {
            let sentence = format!("a block has at least {BLOCK_GAS_MIN} gas, and at most 2^63 - 1");
            return Err(GenesisError::at("/block_gas_max", sentence));
        }
        if self.evidence_bytes_max > bytes {
            return Err(GenesisError::at("/evidence_bytes_max", "evidence must fit into a block"));
        }
        // The engine counts in signed numbers, and stops at a negative one.
        let ages = [self.evidence_age_blocks_max, self.evidence_age_ns_max, self.vote_extensions_height];
        if ages.iter().any(|age| *age > i64::MAX.unsigned_abs()) {
            return Err(GenesisError::at("", "ages and heights are at most 2^63 - 1"));
        }
        if self.evidence_age_blocks_max == 0 || self.evidence_age_ns_max == 0 {
            return Err(GenesisError::at("/evidence_age_blocks_max", "evidence must be able to arrive"));
        }
        Ok(())
    }

    fn changed(&self, old: &Self, ctx: &mut Ctx<'_>) -> Result<(), Failure> {
        let (was, is) = (old.vote_extensions_height, self.vote_extensions_height);
        if was != is && (was != 0 || is <= ctx.block.height.saturating_add(1)) {
            let reason = "vote extensions are switched on once, at a height to come".to_owned();
            return Err(gate::Error::ParamsRefused { path: Self::PATH.to_owned(), reason }.into());
        }
        ctx.set_engine(*self);
        Ok(())
    }
}
