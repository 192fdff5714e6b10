//! The key table.

use chortle_kernel::{Address, AssetId, KeyRow, Map};

use crate::types::Allowance;

/// What an owner lets a spender send of an asset; absent if zero.
pub const ALLOWANCE: Map<(Address, Address, AssetId), Allowance> = Map::new("allowance/allowance");
/// Allowances by spender, owner and asset: for queries.
pub const BY_SPENDER: Map<(Address, Address, AssetId), ()> = Map::new("~allowance/by_spender");

/// Every row.
pub const KEYS: &[KeyRow] = &[ALLOWANCE.row(), BY_SPENDER.row()];
