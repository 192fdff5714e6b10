//! The index of holders by rank: a line for each balance of an issued asset, moved by the store as balances change.
//!
//! LOL is not ranked: every transaction moves it, and its index would cost each of them what its values cost.

use chortle_kernel::{Entry, Halt, codec};

use crate::{
    state::{BALANCE, HOLDERS, HOLDING},
    types::Holding,
};

/// The line of a balance or a holding; none of anything else, and none of nothing.
pub(crate) fn line(key: &[u8], value: &[u8]) -> Result<Option<Entry>, Halt> {
    let ((account, asset), balance) = if let Some(holder) = BALANCE.read_key(key) {
        (holder, codec::decode_stored(key, value)?)
    } else if let Some(holder) = HOLDING.read_key(key) {
        let holding: Holding = codec::decode_stored(key, value)?;
        (holder, holding.balance)
    } else {
        return Ok(None);
    };
    if balance.is_zero() {
        return Ok(None);
    }
    let inverted = u64::MAX.saturating_sub(balance.base_units());
    Ok(Some((HOLDERS.key(&(asset, inverted, account)), codec::encode(&()))))
}
