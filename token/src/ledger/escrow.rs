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

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use chortle_kernel::{Address, Halt, State};

    use super::*;
    use crate::{
        common::amount,
        ledger::plain::set_account,
        types::{Account, Asset},
    };

    fn says_five(_: &dyn ReadState) -> Result<Vec<(AssetId, u128)>, Halt> {
        Ok(vec![(AssetId::NATIVE, 5)])
    }

    #[test]
    fn an_escrow_has_exactly_what_its_module_says() {
        let address = Address::protocol("jar");
        let escrow = Escrow { name: "jar", address, pooled: false, held: Some(says_five) };
        let mut state = State::over(Arc::new(BTreeMap::new()));
        ASSET.set(&mut state, &AssetId::NATIVE, &Asset::native());
        for (units, holds) in [(4, false), (5, true), (6, false)] {
            set_account(&mut state, &address, &Account { nonce: 0, balance: amount(units) });
            assert_eq!(check_escrow(&state, &escrow).is_ok(), holds, "{units}");
            assert!(check_escrow(&state, &Escrow { held: None, ..escrow }).is_ok(), "anyone's gifts");
        }
    }
}
