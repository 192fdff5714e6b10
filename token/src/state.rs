//! The key table.

use chortle_kernel::{Address, Amount, AssetId, Item, KeyRow, Map};

use crate::{
    airdrop::{Airdrop, Chunk},
    allowance::Allowance,
    lock::Lock,
    naming::Reserved,
    pool::Pool,
    types::{Account, Asset, Holding, Params, Rules},
};

/// Nonce and LOL of an address; absent if both are zero.
pub const ACCOUNT: Map<Address, Account> = Map::new("token/account");
/// Balance of a plain issued asset (never LOL); absent if zero.
pub const BALANCE: Map<(Address, AssetId), Amount> = Map::new("token/balance");
/// Every asset, LOL included.
pub const ASSET: Map<AssetId, Asset> = Map::new("token/asset");
/// Base units of LOL and of each plain asset that exist, zero included.
pub const SUPPLY: Map<AssetId, Amount> = Map::new("token/supply");
/// Assets by the skeleton of their symbol, with the height that created them: what looks alike stands together,
/// oldest first.
pub const BY_SKELETON: Map<(String, AssetId), u64> = Map::new("token/by_skeleton");
/// Number of the next plain asset. Only grows.
pub const NEXT_ASSET_ID: Item<AssetId> = Item::new("token/next_asset_id");
/// Number of the next ruled asset. Only grows.
pub const NEXT_RULED_ID: Item<AssetId> = Item::new("token/next_ruled_id");
/// What a transfer of a ruled asset must know; admins write it.
pub const RULES: Map<AssetId, Rules> = Map::new("token/rules");
/// The figures of a ruled asset that transfers move, its supply among them.
pub const POOL: Map<AssetId, Pool> = Map::new("token/pool");
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

/// Every lock that holds something, by number.
pub const LOCK: Map<u64, Lock> = Map::new("token/lock");
/// Number of the next lock. Only grows.
pub const NEXT_LOCK_ID: Item<u64> = Item::new("token/next_lock_id");
/// Locks by their owner: for queries.
pub const LOCK_BY_OWNER: Map<(Address, u64), ()> = Map::new("~token/lock_by_owner");
/// Locks by who paid them in: for queries.
pub const LOCK_BY_FUNDER: Map<(Address, u64), ()> = Map::new("~token/lock_by_funder");
/// Locks by their asset: for queries.
pub const LOCK_BY_ASSET: Map<(AssetId, u64), ()> = Map::new("~token/lock_by_asset");
/// What an owner lets a spender send of an asset; absent if zero.
pub const ALLOWANCE: Map<(Address, Address, AssetId), Allowance> = Map::new("token/allowance");
/// Allowances by spender, owner and asset: for queries.
pub const ALLOWANCE_BY_SPENDER: Map<(Address, Address, AssetId), ()> =
    Map::new("~token/allowance_by_spender");
/// Every airdrop, by number, ended ones too.
pub const AIRDROP: Map<u64, Airdrop> = Map::new("token/airdrop");
/// Number of the next airdrop. Only grows.
pub const NEXT_AIRDROP_ID: Item<u64> = Item::new("token/next_airdrop_id");
/// Who was paid, in chunks of 256 recipients; absent if nobody of a chunk was.
pub const AIRDROP_BITS: Map<(u64, u32), Chunk> = Map::new("token/airdrop_bits");
/// The airdrop of each campaign key that was used.
pub const AIRDROP_BY_KEY: Map<[u8; 32], u64> = Map::new("token/airdrop_by_key");
/// Airdrops by their sponsor: for queries.
pub const AIRDROP_BY_SPONSOR: Map<(Address, u64), ()> = Map::new("~token/airdrop_by_sponsor");
/// Airdrops by their asset: for queries.
pub const AIRDROP_BY_ASSET: Map<(AssetId, u64), ()> = Map::new("~token/airdrop_by_asset");
/// Assets by the skeletons of their name, oldest first: for queries.
pub const BY_NAME: Map<(String, AssetId), ()> = Map::new("~token/by_name");
/// What governance has reserved, by its skeleton.
pub const RESERVED: Map<String, Reserved> = Map::new("token/reserved");
/// Assets with the badge of governance.
pub const VERIFIED: Map<AssetId, ()> = Map::new("token/verified");

/// Every row.
pub const KEYS: &[KeyRow] = &[
    ACCOUNT.row(),
    BALANCE.row(),
    ASSET.row(),
    SUPPLY.row(),
    BY_SKELETON.row(),
    NEXT_ASSET_ID.row(),
    PARAMS.row(),
    NEXT_RULED_ID.row(),
    RULES.row(),
    POOL.row(),
    HOLDING.row(),
    HOLDERS.row(),
    SUPPLY_HISTORY.row(),
    BY_CREATOR.row(),
    LOCK.row(),
    NEXT_LOCK_ID.row(),
    LOCK_BY_OWNER.row(),
    LOCK_BY_FUNDER.row(),
    LOCK_BY_ASSET.row(),
    ALLOWANCE.row(),
    ALLOWANCE_BY_SPENDER.row(),
    AIRDROP.row(),
    NEXT_AIRDROP_ID.row(),
    AIRDROP_BITS.row(),
    AIRDROP_BY_KEY.row(),
    AIRDROP_BY_SPONSOR.row(),
    AIRDROP_BY_ASSET.row(),
    BY_NAME.row(),
    RESERVED.row(),
    VERIFIED.row(),
];
