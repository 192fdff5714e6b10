//! Reads of the whole ledger: for genesis and invariants.

use chortle_kernel::{Amount, AssetId, Halt, Order, ReadState};

use crate::state::{SUPPLY, TOTALS};

/// Every supply: of LOL and plain assets, then of ruled ones.
pub(crate) fn supplies(state: &dyn ReadState) -> Result<Vec<(AssetId, Amount)>, Halt> {
    let ruled = TOTALS.iter(state, Order::Ascending).map(|row| row.map(|(id, totals)| (id, totals.supply)));
    SUPPLY.iter(state, Order::Ascending).chain(ruled).collect()
}
