//! Key table of the pipeline.

use chortle_kernel::{hash::Hash, Address, Item, KeyRow, Map};

use crate::last_block::LastBlock;
pub use crate::params::PARAMS;

/// The chain's name, from genesis.
pub const CHAIN_ID: Item<String> = Item::new("app/chain_id");
/// The hash of the chain's genesis: every transaction names it.
pub const GENESIS: Item<Hash> = Item::new("app/genesis");
/// The limits that the engine has.
pub use chortle_kernel::engine::ENGINE;
/// What is paused.
pub use chortle_kernel::gate::PAUSES;

/// The block that this state is the result of; in the genesis state, the height before the first and the genesis time.
pub const LAST_BLOCK: Item<LastBlock> = Item::new("app/last_block");
/// Unordered nonces in use: an expiry in milliseconds and its sender. Begin-block forgets what expired.
pub const UNORDERED: Map<(u64, Address), ()> = Map::new("app/unordered");

/// Every row, for golden files.
pub const KEYS: &[KeyRow] =
    &[CHAIN_ID.row(), GENESIS.row(), PARAMS.row(), ENGINE.row(), PAUSES.row(), LAST_BLOCK.row(), UNORDERED.row()];
