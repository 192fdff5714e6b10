//! The limits that the engine and the state machine share.

use crate::Item;

crate::record! {
    /// Limits of blocks and of evidence. The engine starts with those of the genesis document, and takes new ones from
    /// the block that changes them.
    #[derive(Copy, Default)]
    pub struct EngineParams {
        /// Largest block, in bytes.
        pub block_bytes_max: u64,
        /// Most gas in a block.
        pub block_gas_max: u64,
        /// Evidence older than both bounds is refused: in blocks …
        pub evidence_age_blocks_max: u64,
        /// … and in nanoseconds.
        pub evidence_age_ns_max: u64,
        /// Most bytes of evidence in a block.
        pub evidence_bytes_max: u64,
        /// Vote extensions are on from this height; 0 keeps them off.
        pub vote_extensions_height: u64,
    }
}

/// The limits in force.
pub const ENGINE: Item<EngineParams> = Item::new("app/engine");

impl EngineParams {
    /// Whether votes for the block at this height are extended; the next proposer is given what they added.
    pub fn vote_extensions_on(&self, height: u64) -> bool {
        self.vote_extensions_height != 0 && self.vote_extensions_height <= height
    }
}
