//! The key table.

use chortle_kernel::{AssetId, KeyRow, Map};

use crate::types::Reserved;

/// Assets by the skeleton of their symbol, with the height that created them: what looks alike stands together,
/// oldest first.
pub const BY_SYMBOL: Map<(String, AssetId), u64> = Map::new("naming/by_symbol");
/// Assets by the skeletons of their name, with the height that created them, oldest first: for queries.
pub const BY_NAME: Map<(String, AssetId), u64> = Map::new("~naming/by_name");
/// What governance has reserved, by its skeleton.
pub const RESERVED: Map<String, Reserved> = Map::new("naming/reserved");

/// Every row.
pub const KEYS: &[KeyRow] = &[BY_SYMBOL.row(), BY_NAME.row(), RESERVED.row()];
