use chortle_kernel::{Address, AssetId, List, Query, QueryError, View};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::asset::{BalanceAnswer, BalanceOf};
use crate::ledger;

/// Most accounts that one answer shows.
const ACCOUNTS_MAX: usize = 100;

/// An account among others.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct AccountRow {
    /// The address as `lol1…`.
    pub address: Address,
    /// The sequence number that its next ordered transaction must carry.
    pub nonce: u64,
    /// What it has of the asset that was asked for.
    pub balance: BalanceAnswer,
}

/// Shows nonces and balances of many accounts at once, in the order asked for.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Accounts {
    /// The accounts, as lol1… or 0x…, with commas between; at most 100.
    #[serde(default)]
    pub addresses: List<Address, ACCOUNTS_MAX>,
    /// Of which asset: its number, or its full name; LOL if absent.
    pub asset: Option<AssetId>,
}

impl Query for Accounts {
    const NAME: &'static str = "accounts";
    const PATH: &'static str = "accounts";
    type Answer = Vec<AccountRow>;

    fn run(&self, view: View<'_>) -> Result<Self::Answer, QueryError> {
        let asset = self.asset.unwrap_or(AssetId::NATIVE);
        let row = |address: &Address| {
            let balance = BalanceOf { address: *address, asset }.run(view)?;
            let nonce = ledger::account(view.state, address)?.nonce;
            Ok(AccountRow { address: *address, nonce, balance })
        };
        self.addresses.iter().map(row).collect()
    }
}
