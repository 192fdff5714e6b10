//! The key table.

use chortle_kernel::{Address, AssetId, Item, KeyRow, Map};

use crate::types::Lock;

/// Every lock that holds something, by number.
pub const LOCK: Map<u64, Lock> = Map::new("lock/lock");
/// Number of the next lock. Only grows.
pub const NEXT_ID: Item<u64> = Item::new("lock/next_id");
/// Locks by their owner: for queries.
pub const BY_OWNER: Map<(Address, u64), ()> = Map::new("~lock/by_owner");
/// Locks by who paid them in: for queries.
pub const BY_FUNDER: Map<(Address, u64), ()> = Map::new("~lock/by_funder");
/// Locks by their asset: for queries.
pub const BY_ASSET: Map<(AssetId, u64), ()> = Map::new("~lock/by_asset");

/// Every row.
pub const KEYS: &[KeyRow] = &[LOCK.row(), NEXT_ID.row(), BY_OWNER.row(), BY_FUNDER.row(), BY_ASSET.row()];
