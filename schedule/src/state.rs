//! The key table.

use chortle_kernel::{Address, Item, KeyRow, Map};

use crate::types::{Content, Owner, Params, Schedule};

/// What governance can set of schedules.
pub const PARAMS: Item<Params> = Item::new("schedule/params");
/// Number of the next schedule. Only grows.
pub const NEXT_ID: Item<u64> = Item::new("schedule/next_id");
/// How many schedules there are; absent if none.
pub const OPEN: Item<u64> = Item::new("schedule/open");
/// The round of the last run. Only grows.
pub const ROUND: Item<u64> = Item::new("schedule/round");
/// Every schedule that has a run before it, by number.
pub const SCHEDULE: Map<u64, Schedule> = Map::new("schedule/schedule");
/// What a schedule runs; never changed.
pub const CONTENT: Map<u64, Content> = Map::new("schedule/content");
/// Accounts that have schedules.
pub const OWNER: Map<Address, Owner> = Map::new("schedule/owner");
/// What waits for a block time.
pub const BY_TIME: Map<(u64, u64), ()> = Map::new("schedule/by_time");
/// What waits for a height.
pub const BY_HEIGHT: Map<(u64, u64), ()> = Map::new("schedule/by_height");
/// What is due, by round.
pub const READY: Map<(u64, u64), ()> = Map::new("schedule/ready");
/// Schedules by their owner: for queries.
pub const BY_OWNER: Map<(Address, u64), ()> = Map::new("~schedule/by_owner");

/// Every row.
pub const KEYS: &[KeyRow] = &[
    PARAMS.row(),
    NEXT_ID.row(),
    OPEN.row(),
    ROUND.row(),
    SCHEDULE.row(),
    CONTENT.row(),
    OWNER.row(),
    BY_TIME.row(),
    BY_HEIGHT.row(),
    READY.row(),
    BY_OWNER.row(),
];
