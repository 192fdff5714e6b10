//! What existed of each asset at the end of each epoch that changed it: an index that genesis carries.

use std::collections::BTreeMap;

use chortle_kernel::{Amount, AssetId, Ctx, GenesisError, Halt, Order, ReadState, State};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{scan, state::SUPPLY_HISTORY};

/// What existed of an asset at the end of an epoch.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GenesisSupply {
    /// Of which asset, LOL included.
    pub asset: AssetId,
    /// Which epoch; one that changed nothing has no row.
    pub epoch: u64,
    /// How much, in base units.
    pub supply: Amount,
}

/// Notes what exists at the end of this epoch, as far as it has come.
pub(crate) fn record(ctx: &mut Ctx<'_>, asset: AssetId, supply: Amount) {
    SUPPLY_HISTORY.set(ctx.state, &(asset, ctx.block.epoch), &supply);
}

/// Refuses rows of unknown assets or out of order; [`init`] refuses those after genesis.
pub(crate) fn validate(
    rows: &[GenesisSupply],
    supplies: &BTreeMap<AssetId, Amount>,
) -> Result<(), GenesisError> {
    let mut last = None;
    for (index, GenesisSupply { asset, epoch, .. }) in rows.iter().enumerate() {
        let at = |field: &str| format!("/supply_history/{index}/{field}");
        if !supplies.contains_key(asset) {
            return Err(GenesisError::at(at("asset"), format!("asset {asset} is not listed under assets")));
        }
        if last.is_some_and(|last| last >= (*asset, *epoch)) {
            let sentence = "rows are sorted by asset, then epoch, each pair once";
            return Err(GenesisError::at(at("epoch"), sentence));
        }
        last = Some((*asset, *epoch));
    }
    Ok(())
}

/// Writes the rows. What exists at genesis is one more of its epoch where the rows do not end with it.
pub(crate) fn init(
    rows: &[GenesisSupply],
    supplies: &BTreeMap<AssetId, Amount>,
    epoch: u64,
    state: &mut State,
) -> Result<(), GenesisError> {
    let mut ends = BTreeMap::new();
    for (index, row) in rows.iter().enumerate() {
        if row.epoch > epoch {
            let sentence = format!("epoch {} is after that of genesis, {epoch}", row.epoch);
            return Err(GenesisError::at(format!("/supply_history/{index}/epoch"), sentence));
        }
        SUPPLY_HISTORY.set(state, &(row.asset, row.epoch), &row.supply);
        ends.insert(row.asset, row.supply);
    }
    for (asset, supply) in supplies {
        if ends.get(asset).copied().unwrap_or_default() != *supply {
            SUPPLY_HISTORY.set(state, &(*asset, epoch), supply);
        }
    }
    Ok(())
}

/// Every row, in key order.
pub(crate) fn export(state: &dyn ReadState) -> Result<Vec<GenesisSupply>, Halt> {
    let rows = SUPPLY_HISTORY.iter(state, Order::Ascending);
    rows.map(|row| row.map(|((asset, epoch), supply)| GenesisSupply { asset, epoch, supply })).collect()
}

/// No supply changes without a row.
pub(crate) fn history_ends_with_the_supply(state: &dyn ReadState) -> Result<(), String> {
    for (asset, supply) in scan::supplies(state)? {
        let last = SUPPLY_HISTORY.iter_under(state, &asset, None, Order::Descending).next();
        let last = last.transpose()?.map_or(Amount::ZERO, |(_, supply)| supply);
        if last != supply {
            return Err(format!("asset {asset}: the supply is {supply}, its history ends with {last}"));
        }
    }
    Ok(())
}
