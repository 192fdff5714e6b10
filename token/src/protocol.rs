//! Accounts of the protocol: no key signs for them, no user can send to them, no admin touches them.
//!
//! An address says itself whether it is one, and whether it is pooled. Modules name their own in their lists of
//! escrows.

use chortle_kernel::{Address, AssetId, Escrow, Reject, ensure};

use crate::error::Error;

/// Collects fees until staking distributes them.
pub const FEES: Address = Address::protocol("fees");
/// What the chain owns and governance spends.
pub const TREASURY: Address = Address::protocol("treasury");

/// Those of the ledger. What gathers in them is nobody's claim: the balance itself is the book.
pub const ESCROWS: &[Escrow] = &[
    Escrow { name: "fees", address: FEES, pooled: false, held: None },
    Escrow { name: "treasury", address: TREASURY, pooled: false, held: None },
];

const TREASURY_KIND: u8 = b't';
const LIQUIDITY_KIND: u8 = b'l';
const REWARDS_KIND: u8 = b'r';

/// The account of an asset that its holders govern.
pub const fn treasury_of(asset: AssetId) -> Address {
    Address::of_asset(TREASURY_KIND, asset)
}

/// The account of an asset where the liquidity part of its tax gathers.
pub const fn liquidity_of(asset: AssetId) -> Address {
    Address::of_asset(LIQUIDITY_KIND, asset)
}

/// The account of an asset that holds the LOL its holders have earned and not yet got.
pub const fn rewards_of(asset: AssetId) -> Address {
    Address::of_asset(REWARDS_KIND, asset)
}

/// The ruled asset whose totals hold this account's balance of it: its treasury or its liquidity account.
pub fn kept_by_totals(address: &Address) -> Option<AssetId> {
    let kept = [TREASURY_KIND, LIQUIDITY_KIND].map(Some).contains(&address.asset_kind());
    address.asset().filter(|asset| kept && asset.is_ruled())
}

/// The name of a protocol account, if it is one.
pub fn name(address: &Address) -> Option<&str> {
    match address.asset_kind() {
        Some(TREASURY_KIND) => Some("treasury of an asset"),
        Some(LIQUIDITY_KIND) => Some("liquidity of an asset"),
        Some(REWARDS_KIND) => Some("rewards of an asset"),
        _ if address.asset().map(Address::community).as_ref() == Some(address) => Some("holders of an asset"),
        Some(_) => Some("of an asset"),
        None => address.protocol_name(),
    }
}

/// Whether an account is the protocol's.
pub fn is_protocol(address: &Address) -> bool {
    address.is_protocol()
}

/// Refuses a protocol account where a user names a recipient.
pub fn ensure_user_account(address: &Address) -> Result<(), Reject> {
    let name = || name(address).unwrap_or_default().to_owned();
    ensure(!is_protocol(address), Error::ProtocolAccount { account: *address, name: name() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accounts_of_assets_are_known_by_their_bytes() {
        let asset = AssetId(1_000_000_017);
        let accounts = [treasury_of(asset), liquidity_of(asset), rewards_of(asset)];
        let names = accounts.each_ref().map(|account| name(account).unwrap());
        assert_eq!(names, ["treasury of an asset", "liquidity of an asset", "rewards of an asset"]);
        assert_eq!(name(&Address([7; 20])), None);
        assert_ne!(treasury_of(AssetId(1)), treasury_of(AssetId(2)));
        let kept = accounts.each_ref().map(kept_by_totals);
        assert_eq!(kept, [Some(asset), Some(asset), None], "rewards are LOL");
        assert_eq!(kept_by_totals(&treasury_of(AssetId(1))), None, "a plain asset has no totals");
    }
}
