//! Key table of the pipeline.

use chortle_kernel::{Address, Item, KeyRow, Map};

use crate::params::{LastBlock, Params};

/// The chain's name, from genesis.
pub const CHAIN_ID: Item<String> = Item::new("app/chain_id");
/// Fee parameters.
pub const PARAMS: Item<Params> = Item::new("app/params");
/// Most gas in a block, from the consensus parameters.
pub const BLOCK_GAS_MAX: Item<u64> = Item::new("app/block_gas_max");
/// The block that this state is the result of; in the genesis state, the height before the first and the genesis time.
pub const LAST_BLOCK: Item<LastBlock> = Item::new("app/last_block");
/// Unordered nonces in use: an expiry in milliseconds and its sender. Begin-block forgets what expired.
pub const UNORDERED: Map<(u64, Address), ()> = Map::new("app/unordered");

/// Every row, for golden files.
pub const KEYS: &[KeyRow] =
    &[CHAIN_ID.row(), PARAMS.row(), BLOCK_GAS_MAX.row(), LAST_BLOCK.row(), UNORDERED.row()];
