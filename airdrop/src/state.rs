//! The key table.

use chortle_kernel::{Address, AssetId, Item, KeyRow, Map};

use crate::types::{Airdrop, Chunk};

/// Every airdrop, by number, ended ones too.
pub const AIRDROP: Map<u64, Airdrop> = Map::new("airdrop/airdrop");
/// Number of the next airdrop. Only grows.
pub const NEXT_ID: Item<u64> = Item::new("airdrop/next_id");
/// Who was paid, in chunks of 256 recipients; absent if nobody of a chunk was.
pub const BITS: Map<(u64, u32), Chunk> = Map::new("airdrop/bits");
/// The airdrop of each airdrop key that was used.
pub const BY_KEY: Map<[u8; 32], u64> = Map::new("airdrop/by_key");
/// Airdrops by their sponsor: for queries.
pub const BY_SPONSOR: Map<(Address, u64), ()> = Map::new("~airdrop/by_sponsor");
/// Airdrops by their asset: for queries.
pub const BY_ASSET: Map<(AssetId, u64), ()> = Map::new("~airdrop/by_asset");

/// Every row.
pub const KEYS: &[KeyRow] =
    &[AIRDROP.row(), NEXT_ID.row(), BITS.row(), BY_KEY.row(), BY_SPONSOR.row(), BY_ASSET.row()];
