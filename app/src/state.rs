//! Key table of the pipeline.

use chortle_kernel::{Address, Item, KeyRow, Map};

use crate::params::Params;

/// The chain's name, from genesis.
pub const CHAIN_ID: Item<String> = Item::new("app/chain_id");
/// Fee parameters.
pub const PARAMS: Item<Params> = Item::new("app/params");
/// Unordered nonces in use: an expiry in milliseconds and its sender. Begin-block forgets what expired.
pub const UNORDERED: Map<(u64, Address), ()> = Map::new("app/unordered");

/// Every row, for golden files.
pub const KEYS: &[KeyRow] = &[CHAIN_ID.row(), PARAMS.row(), UNORDERED.row()];
