//! The index of holders by rank: a line for each balance of an issued asset, moved by the store as balances change.
//!
//! LOL is not ranked: every transaction moves it, and its index would cost each of them what its values cost.

use chortle_kernel::{Address, Amount, AssetId, Entry, Halt, codec};

use crate::{
    state::{BALANCE, HOLDERS, HOLDING},
    types::Holding,
};

/// The line of a balance of a plain asset.
pub(crate) fn of_balance(key: &[u8], value: &[u8]) -> Result<Option<Entry>, Halt> {
    let Some(holder) = BALANCE.read_key(key) else { return Ok(None) };
    Ok(line(holder, codec::decode_stored(key, value)?))
}

/// The line of a holding of a ruled asset.
pub(crate) fn of_holding(key: &[u8], value: &[u8]) -> Result<Option<Entry>, Halt> {
    let Some(holder) = HOLDING.read_key(key) else { return Ok(None) };
    let holding: Holding = codec::decode_stored(key, value)?;
    Ok(line(holder, holding.balance))
}

/// Nothing has no line.
fn line((account, asset): (Address, AssetId), balance: Amount) -> Option<Entry> {
    let inverted = u64::MAX.checked_sub(balance.base_units()).filter(|_| !balance.is_zero())?;
    Some((HOLDERS.key(&(asset, inverted, account)), codec::encode(&())))
}
