//! Key table of the pipeline.

use chortle_kernel::{Address, Item, KeyRow, Map, block::ConsensusAddress, hash::Hash};

pub use crate::param_history::{PARAM_HISTORY, PARAM_HISTORY_OF};
pub use crate::params::PARAMS;
use crate::{consensus_key::ConsensusKey, last_block::LastBlock};

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
/// Consensus keys by their addresses: of the set, and of who left it not long ago.
pub const CONSENSUS_KEYS: Map<ConsensusAddress, ConsensusKey> = Map::new("app/consensus_keys");
/// Who left the set, by the height that took it out.
pub const LEFT_KEYS: Map<(u64, ConsensusAddress), ()> = Map::new("app/left_keys");

/// Every row, for golden files.
pub const KEYS: &[KeyRow] = &[
    CHAIN_ID.row(),
    GENESIS.row(),
    PARAMS.row(),
    ENGINE.row(),
    PAUSES.row(),
    LAST_BLOCK.row(),
    UNORDERED.row(),
    CONSENSUS_KEYS.row(),
    LEFT_KEYS.row(),
    PARAM_HISTORY.row(),
    PARAM_HISTORY_OF.row(),
];
