//! The key table.

use chortle_kernel::{Address, Item, KeyRow, Map};

use crate::types::Grant;

/// Every grant that is not used up, by number.
pub const GRANT: Map<u64, Grant> = Map::new("grant/grant");
/// Number of the next grant. Only grows.
pub const NEXT_ID: Item<u64> = Item::new("grant/next_id");
/// How many grants an account has given; absent if none.
pub const COUNT: Map<Address, u64> = Map::new("grant/count");
/// Grants by who gave them: for queries.
pub const BY_GRANTER: Map<(Address, u64), ()> = Map::new("~grant/by_granter");
/// Grants by who may use them: for queries.
pub const BY_GRANTEE: Map<(Address, u64), ()> = Map::new("~grant/by_grantee");

/// Every row.
pub const KEYS: &[KeyRow] = &[GRANT.row(), NEXT_ID.row(), COUNT.row(), BY_GRANTER.row(), BY_GRANTEE.row()];
