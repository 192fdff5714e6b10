//! The key table.

use chortle_kernel::{Item, KeyRow, Map};

use crate::types::{Applied, Params, Plan};

/// What governance can set of upgrades.
pub const PARAMS: Item<Params> = Item::new("upgrade/params");
/// The upgrade that is to come; absent if none.
pub const PLAN: Item<Plan> = Item::new("upgrade/plan");
/// The upgrades that the chain has had, by name.
pub const APPLIED: Map<String, Applied> = Map::new("upgrade/applied");

/// Every row.
pub const KEYS: &[KeyRow] = &[PARAMS.row(), PLAN.row(), APPLIED.row()];
