//! The key table.

use chortle_kernel::{Address, Amount, AssetId, Item, KeyRow, Map};

use crate::{
    payment::AnnouncedPayment,
    totals::Totals,
    types::{Account, Asset, Holding, Params, Rules, Snapshot, Sweep},
};

/// Nonce and LOL of an address; absent if both are zero.
pub const ACCOUNT: Map<Address, Account> = Map::new("token/account");
/// Balance of a plain issued asset (never LOL); absent if zero.
pub const BALANCE: Map<(Address, AssetId), Amount> = Map::new("token/balance");
/// Every asset, LOL included.
pub const ASSET: Map<AssetId, Asset> = Map::new("token/asset");
/// Base units of LOL and of each plain asset that exist, zero included.
pub const SUPPLY: Map<AssetId, Amount> = Map::new("token/supply");
/// Number of the next plain asset. Only grows.
pub const NEXT_ASSET_ID: Item<AssetId> = Item::new("token/next_asset_id");
/// Number of the next ruled asset. Only grows.
pub const NEXT_RULED_ID: Item<AssetId> = Item::new("token/next_ruled_id");
/// What a transfer of a ruled asset must know; admins write it.
pub const RULES: Map<AssetId, Rules> = Map::new("token/rules");
/// The figures of a ruled asset that transfers move, its supply among them.
pub const TOTALS: Map<AssetId, Totals> = Map::new("token/totals");
/// What an account has of a ruled asset; absent if there is nothing to say.
pub const HOLDING: Map<(Address, AssetId), Holding> = Map::new("token/holding");
/// Index of holders of issued assets, the largest first: asset, 2^64-1 minus the stored balance, account. Derived.
pub const HOLDERS: Map<(AssetId, u64, Address), ()> = Map::new("~token/holders");
/// Index of supplies: what existed at the end of each epoch that changed it.
pub const SUPPLY_HISTORY: Map<(AssetId, u64), Amount> = Map::new("~token/supply_history");
/// Index of assets by their creator.
pub const BY_CREATOR: Map<(Address, AssetId), ()> = Map::new("~token/by_creator");
/// What governance can set.
pub const PARAMS: Item<Params> = Item::new("token/params");

/// Assets with the badge of governance.
pub const VERIFIED: Map<AssetId, ()> = Map::new("token/verified");

/// Heights at which balances of an asset vote, while a vote needs them.
pub const SNAPSHOT: Map<(AssetId, u64), Snapshot> = Map::new("token/snapshot");
/// What an account had of an asset before it was first touched after a snapshot; forgotten when no snapshot needs it.
pub const BALANCE_THEN: Map<(AssetId, Address, u64), Amount> = Map::new("token/balance_then");
/// Assets with such rows that no snapshot may need any more, and how far they were looked at.
pub const SWEEP: Map<AssetId, Sweep> = Map::new("token/sweep");
/// Payments out of an asset's treasury or liquidity account that its admin announced.
pub const PAYMENT: Map<AssetId, AnnouncedPayment> = Map::new("token/payment");

/// Every row.
pub const KEYS: &[KeyRow] = &[
    ACCOUNT.row(),
    BALANCE.row(),
    ASSET.row(),
    SUPPLY.row(),
    NEXT_ASSET_ID.row(),
    PARAMS.row(),
    NEXT_RULED_ID.row(),
    RULES.row(),
    TOTALS.row(),
    HOLDING.row(),
    HOLDERS.row(),
    SUPPLY_HISTORY.row(),
    BY_CREATOR.row(),
    VERIFIED.row(),
    SNAPSHOT.row(),
    BALANCE_THEN.row(),
    SWEEP.row(),
    PAYMENT.row(),
];
