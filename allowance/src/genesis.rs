//! The section `allowance` of the genesis document.

use std::collections::BTreeSet;

use chortle_kernel::{Address, Amount, AssetId, Ctx, GenesisError, GenesisSection, Halt, Order, ReadState};
use chortle_token as token;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{allowance::set, state::ALLOWANCE, types::Allowance};

/// Allowances in force.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Genesis {
    /// The allowances.
    pub list: Vec<GenesisAllowance>,
}

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

impl GenesisSection for Genesis {
    fn validate(&self) -> Result<(), GenesisError> {
        let mut seen = BTreeSet::new();
        for (index, entry) in self.list.iter().enumerate() {
            let at = |field: &str| format!("/list/{index}{field}");
            if entry.amount.is_zero() {
                return Err(GenesisError::at(at("/amount"), "an allowance of zero: leave the entry out"));
            }
            if entry.owner == entry.spender {
                return Err(GenesisError::at(at("/spender"), "the owner needs no allowance"));
            }
            token::protocol::ensure_user_account(&entry.spender)
                .map_err(|reject| GenesisError::at(at("/spender"), reject.sentence))?;
            if !seen.insert((entry.owner, entry.spender, entry.asset)) {
                return Err(GenesisError::at(at(""), "this allowance is listed twice"));
            }
        }
        Ok(())
    }

    fn init(&self, ctx: &mut Ctx<'_>) -> Result<(), GenesisError> {
        for (index, entry) in self.list.iter().enumerate() {
            let GenesisAllowance { owner, spender, asset, amount, expires_unix_ms } = *entry;
            token::asset(ctx.state, asset)
                .map_err(|failure| GenesisError::at(format!("/list/{index}/asset"), failure.to_string()))?;
            set(ctx.state, &owner, &spender, asset, &Allowance { amount, expires_unix_ms });
        }
        Ok(())
    }

    fn export(state: &dyn ReadState) -> Result<Self, Halt> {
        let rows = ALLOWANCE.iter(state, Order::Ascending).map(|row| {
            let ((owner, spender, asset), Allowance { amount, expires_unix_ms }) = row?;
            Ok(GenesisAllowance { owner, spender, asset, amount, expires_unix_ms })
        });
        Ok(Self { list: rows.collect::<Result<_, Halt>>()? })
    }
}
