//! Symbols that callers write beside an asset's number: a false one is refused. The number alone decides, and nobody
//! who wrote the one means the other.

use chortle_app::{ledger, shows::Shows};
use chortle_kernel::{AssetId, ReadState, asset::NATIVE_SYMBOL};
use serde_json::Value;

use super::problem::{Outcome, Problem};

/// Refuses a value in which an asset is called by a symbol that is not its own.
pub(super) fn ensure(state: &dyn ReadState, shows: &Shows, value: &Value) -> Outcome<()> {
    shows.assets(value).into_iter().try_for_each(|text| ensure_one(state, text))
}

fn ensure_one(state: &dyn ReadState, text: &str) -> Outcome<()> {
    // What is no asset, or none that exists, is refused by who reads it.
    let (Some((written, _)), Ok(id)) = (text.rsplit_once('#'), text.parse::<AssetId>()) else {
        return Ok(());
    };
    let symbol = match ledger::asset(state, id)? {
        Some(asset) => asset.symbol.to_string(),
        None if id == AssetId::NATIVE => NATIVE_SYMBOL.to_owned(),
        None => return Ok(()),
    };
    if written == symbol {
        return Ok(());
    }
    Err(Problem::argument(format!("asset {id} is {symbol}, not {written}"))
        .hint("symbols are not unique: write the number of the asset that you mean"))
}
