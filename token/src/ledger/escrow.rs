//! Whether an escrow has what its module says it holds.

use std::collections::BTreeMap;

use chortle_kernel::{AssetId, Escrow, Order, ReadState};

use super::balance;
use crate::state::ASSET;

/// Refuses an escrow whose balances are not exactly what its module's own books say, asset by asset.
pub fn check_escrow(state: &dyn ReadState, escrow: &Escrow) -> Result<(), String> {
    let Some(held) = escrow.held else { return Ok(()) };
    let held: BTreeMap<AssetId, u128> = held(state)?.into_iter().collect();
    for row in ASSET.iter(state, Order::Ascending) {
        let (asset, _) = row?;
        let balance = u128::from(balance(state, &escrow.address, asset)?.base_units());
        let sum = held.get(&asset).copied().unwrap_or_default();
        if balance != sum {
            let name = escrow.name;
            return Err(format!("asset {asset}: {name} has {balance} base units and holds {sum}"));
        }
    }
    Ok(())
}
