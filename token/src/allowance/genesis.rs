//! The part `allowances` of the genesis section.

use std::collections::BTreeSet;

use chortle_kernel::{Address, Amount, AssetId, GenesisError, Halt, Order, ReadState, State};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Allowance, set};
use crate::{protocol, state::ALLOWANCE};

/// An allowance.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GenesisAllowance {
    /// Whose tokens.
    pub owner: Address,
    /// Who may send them.
    pub spender: Address,
    /// Which asset.
    pub asset: AssetId,
    /// How much.
    pub amount: Amount,
    /// Until when; for ever if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_unix_ms: Option<u64>,
}

pub(crate) fn validate(
    list: &[GenesisAllowance],
    assets: impl Fn(AssetId) -> bool,
) -> Result<(), GenesisError> {
    let mut seen = BTreeSet::new();
    for (index, entry) in list.iter().enumerate() {
        let at = |field: &str| format!("/allowances/{index}{field}");
        if !assets(entry.asset) {
            let sentence = format!("asset {} is not under assets", entry.asset);
            return Err(GenesisError::at(at("/asset"), sentence));
        }
        if entry.amount.is_zero() {
            return Err(GenesisError::at(at("/amount"), "an allowance of zero: leave the entry out"));
        }
        if entry.owner == entry.spender {
            return Err(GenesisError::at(at("/spender"), "the owner needs no allowance"));
        }
        protocol::ensure_user_account(&entry.spender)
            .map_err(|reject| GenesisError::at(at("/spender"), reject.sentence))?;
        if !seen.insert((entry.owner, entry.spender, entry.asset)) {
            return Err(GenesisError::at(at(""), "this allowance is listed twice"));
        }
    }
    Ok(())
}

pub(crate) fn init(list: &[GenesisAllowance], state: &mut State) {
    for GenesisAllowance { owner, spender, asset, amount, expires_unix_ms } in list {
        let allowance = Allowance { amount: *amount, expires_unix_ms: *expires_unix_ms };
        set(state, owner, spender, *asset, &allowance);
    }
}

pub(crate) fn export(state: &dyn ReadState) -> Result<Vec<GenesisAllowance>, Halt> {
    let rows = ALLOWANCE.iter(state, Order::Ascending).map(|row| {
        let ((owner, spender, asset), Allowance { amount, expires_unix_ms }) = row?;
        Ok(GenesisAllowance { owner, spender, asset, amount, expires_unix_ms })
    });
    rows.collect()
}
