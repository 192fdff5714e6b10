//! The key table.

use chortle_kernel::{Address, Amount, AssetId, Item, KeyRow, Map};

use crate::types::{Account, Asset, Params};

/// Nonce and LOL of an address; absent if both are zero.
pub const ACCOUNT: Map<Address, Account> = Map::new("token/account");
/// Balance of an issued asset (never LOL); absent if zero.
pub const BALANCE: Map<(Address, AssetId), Amount> = Map::new("token/balance");
/// Every asset, LOL included.
pub const ASSET: Map<AssetId, Asset> = Map::new("token/asset");
/// Base units of each asset that exist, zero included.
pub const SUPPLY: Map<AssetId, Amount> = Map::new("token/supply");
/// Assets by the skeleton of their symbol, with the height that created them: what looks alike stands together,
/// oldest first.
pub const BY_SKELETON: Map<(String, AssetId), u64> = Map::new("token/by_skeleton");
/// Number of the next asset. Only grows.
pub const NEXT_ASSET_ID: Item<AssetId> = Item::new("token/next_asset_id");
/// What governance can set.
pub const PARAMS: Item<Params> = Item::new("token/params");

/// Every row.
pub const KEYS: &[KeyRow] = &[
    ACCOUNT.row(),
    BALANCE.row(),
    ASSET.row(),
    SUPPLY.row(),
    BY_SKELETON.row(),
    NEXT_ASSET_ID.row(),
    PARAMS.row(),
];
