//! What `app` and the shell ask of the ledger: fees, units, sequence numbers, escrows, and whose balance an entry of
//! the state is. No other file of theirs needs to know which module keeps it.

use chortle_kernel::{Address, AssetId, Halt, Query, ReadState};
use chortle_token as token;

pub use token::{Asset, FeeOutcome, balance, check_escrow, take_fee};

/// Path of the read that shows an account, under `/v1`.
pub const ACCOUNT_PATH: &str = <token::query::AccountOf as Query>::PATH;

/// The record of an issued asset, if there is one of this number.
pub fn asset(state: &dyn ReadState, id: AssetId) -> Result<Option<Asset>, Halt> {
    token::state::ASSET.get(state, &id)
}

/// The sequence number that comes after the last one of an account.
pub fn nonce(state: &dyn ReadState, address: &Address) -> Result<u64, Halt> {
    Ok(token::account(state, address)?.nonce)
}

/// The balances that a key of the state holds: one, or those of an asset's treasury and liquidity account.
pub fn balances_of(key: &[u8]) -> Vec<(Address, AssetId)> {
    if let Some(asset) = token::state::TOTALS.read_key(key) {
        let kept = [token::protocol::treasury_of(asset), token::protocol::liquidity_of(asset)];
        return kept.map(|address| (address, asset)).into();
    }
    let native = token::state::ACCOUNT.read_key(key).map(|address| (address, AssetId::NATIVE));
    let plain = || token::state::BALANCE.read_key(key);
    native.or_else(plain).or_else(|| token::state::HOLDING.read_key(key)).into_iter().collect()
}
