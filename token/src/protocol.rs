//! Accounts that the protocol owns: no key signs for them, no user can send to them, no admin touches them.
//!
//! A later module adds its line to [`ALL`]; the addresses are written out so that a transfer compares bytes instead
//! of hashing names, and a test holds them to [`Address::protocol`].

use chortle_kernel::{Address, AssetId, Reject};

use crate::error::Error;

/// Collects fees until staking distributes them.
pub const FEES: Address = Address([
    0xa6, 0x5c, 0x92, 0x7b, 0xef, 0xdd, 0x4c, 0x0e, 0xb8, 0x91, 0x71, 0xd8, 0x79, 0xf8, 0xe6, 0x75, 0x04,
    0xbb, 0x36, 0xe4,
]);
/// What the chain owns and governance spends.
pub const TREASURY: Address = Address([
    0x0e, 0x44, 0x04, 0x07, 0xbc, 0x00, 0xeb, 0x66, 0x39, 0x42, 0x9e, 0x94, 0x2e, 0xd2, 0x4f, 0x39, 0xc4,
    0x35, 0x7f, 0x22,
]);
/// On whose behalf passed proposals run.
pub const GOVERNANCE: Address = Address([
    0x0b, 0x8a, 0x9d, 0xb8, 0xc9, 0x6d, 0xeb, 0xe7, 0x6a, 0xfb, 0x4f, 0x3d, 0xeb, 0x44, 0x6e, 0xc7, 0xf8,
    0x83, 0xd6, 0x39,
]);
/// Holds what locks hold.
pub const LOCKS: Address = Address([
    0xf6, 0xe3, 0x11, 0x16, 0xf7, 0x39, 0x62, 0xe3, 0x8b, 0xde, 0x1c, 0x2b, 0x09, 0xa2, 0x86, 0xe5, 0xbe,
    0x0f, 0xc3, 0xf9,
]);
/// Holds what airdrops have promised.
pub const AIRDROPS: Address = Address([
    0x9e, 0x98, 0xcb, 0x90, 0x82, 0xe7, 0xd8, 0x99, 0x25, 0x7a, 0x0f, 0x48, 0xc2, 0xb4, 0xfc, 0xde, 0x57,
    0x3b, 0x5d, 0x1e,
]);
/// Stake of validators in the set.
pub const BONDED: Address = Address([
    0xc1, 0x4c, 0x46, 0x6f, 0x53, 0xbf, 0x9e, 0x59, 0x3f, 0x41, 0x49, 0x5e, 0x6d, 0xdc, 0x37, 0x96, 0x7a,
    0x64, 0x29, 0xce,
]);
/// Stake of validators outside the set, and stake on its way out.
pub const UNBONDING: Address = Address([
    0x24, 0xcd, 0x56, 0x2e, 0x21, 0xc7, 0x42, 0x9f, 0x49, 0x6e, 0x25, 0x1a, 0x3d, 0x2c, 0x69, 0x37, 0x5d,
    0xfc, 0x04, 0x27,
]);
/// Rewards and commission that nobody claimed yet.
pub const REWARDS: Address = Address([
    0xf9, 0x1c, 0x90, 0xb4, 0x9f, 0x65, 0x22, 0x5f, 0xa5, 0x68, 0xb5, 0x3a, 0xda, 0x1f, 0x1b, 0xbb, 0x63,
    0xc5, 0xbc, 0x14,
]);

/// Every protocol account with its name.
pub const ALL: &[(&str, Address)] = &[
    ("fees", FEES),
    ("treasury", TREASURY),
    ("governance", GOVERNANCE),
    ("locks", LOCKS),
    ("airdrops", AIRDROPS),
    ("bonded", BONDED),
    ("unbonding", UNBONDING),
    ("rewards", REWARDS),
];

/// Accounts whose balance earns by redistribution though they are the protocol's, because what they hold belongs to
/// many who are settled apart, by [`crate::reflection`]. They count as eligible and are never settled themselves.
pub const SETTLED_APART: &[Address] = &[LOCKS];

/// How the accounts of an asset begin: the first bytes of [`Address::protocol`] of `asset`. A key that hashes to one of
/// them is as hard to find as for any address.
const OF_ASSET: [u8; 11] = [0x56, 0xc5, 0x4a, 0x68, 0x82, 0x94, 0x24, 0xb3, 0x98, 0xea, 0x04];
const TREASURY_KIND: u8 = b't';
const LIQUIDITY_KIND: u8 = b'l';
const REWARDS_KIND: u8 = b'r';

/// The account of an asset that its holders govern.
pub const fn treasury_of(asset: AssetId) -> Address {
    of_asset(TREASURY_KIND, asset)
}

/// The account of an asset where the liquidity leg of its tax gathers.
pub const fn liquidity_of(asset: AssetId) -> Address {
    of_asset(LIQUIDITY_KIND, asset)
}

/// The account of an asset that holds the LOL its holders have earned and not yet got.
pub const fn rewards_of(asset: AssetId) -> Address {
    of_asset(REWARDS_KIND, asset)
}

const fn of_asset(kind: u8, asset: AssetId) -> Address {
    let [a, b, c, d, e, f, g, h, i, j, k] = OF_ASSET;
    let [m, n, o, p, q, r, s, t] = asset.0.to_be_bytes();
    Address([a, b, c, d, e, f, g, h, i, j, k, kind, m, n, o, p, q, r, s, t])
}

/// The name of a protocol account, if it is one.
pub fn name(address: &Address) -> Option<&'static str> {
    if let Some([kind, ..]) = address.0.strip_prefix(&OF_ASSET) {
        match *kind {
            TREASURY_KIND => return Some("treasury of an asset"),
            LIQUIDITY_KIND => return Some("liquidity of an asset"),
            REWARDS_KIND => return Some("rewards of an asset"),
            _ => {}
        }
    }
    ALL.iter().find(|(_, account)| account == address).map(|(name, _)| *name)
}

/// Whether an account is the protocol's.
pub fn is_protocol(address: &Address) -> bool {
    name(address).is_some()
}

/// Refuses a protocol account where a user names a recipient.
pub fn ensure_user_account(address: &Address) -> Result<(), Reject> {
    match name(address) {
        Some(name) => Err(Error::ProtocolAccount { account: *address, name }.into()),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn written_addresses_are_those_of_the_names() {
        for (name, address) in ALL {
            assert_eq!(Address::protocol(name), *address, "{name} is {:#04x?}", Address::protocol(name).0);
        }
        let prefix = Address::protocol("asset");
        assert_eq!(prefix.0[..11], OF_ASSET, "{:#04x?}", &prefix.0[..11]);
    }

    #[test]
    fn accounts_of_assets_are_known_by_their_bytes() {
        let asset = AssetId(1_000_000_017);
        let accounts = [treasury_of(asset), liquidity_of(asset), rewards_of(asset)];
        let names = accounts.map(|account| name(&account).unwrap());
        assert_eq!(names, ["treasury of an asset", "liquidity of an asset", "rewards of an asset"]);
        assert_eq!(name(&Address([7; 20])), None);
        assert_ne!(treasury_of(AssetId(1)), treasury_of(AssetId(2)));
    }
}
