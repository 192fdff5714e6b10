use chortle_kernel::{
    Address, Amount, AssetId, Halt, Order, Page, PageArgs, Query, QueryError, ReadState, View,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::asset::{find, percent};
use crate::{ledger, protocol, state::HOLDERS, types::Asset};

/// A holder of an asset.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct HolderAnswer {
    /// 1 for the largest. Ranks go by what is stored; what a holder is due is in the amount only.
    pub rank: u64,
    /// Whose.
    pub account: Address,
    /// Its name, if it belongs to the protocol.
    pub protocol: Option<String>,
    /// Base units, what it is due included.
    pub amount: Amount,
    /// The same for people.
    pub display: String,
    /// Its part of the supply, in percent.
    pub percent: String,
}

/// Lists the holders of an issued asset, the largest first. Holders of LOL are not ranked.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
pub struct Holders {
    /// Number of the asset, or its full name.
    pub asset: AssetId,
    /// Which page.
    #[serde(flatten)]
    pub page: PageArgs,
}

impl Query for Holders {
    const NAME: &'static str = "holders";
    const PATH: &'static str = "tokens/{asset}/holders";
    type Answer = Page<HolderAnswer>;

    fn run(&self, view: View<'_>) -> Result<Self::Answer, QueryError> {
        let asset = find(view.state, self.asset)?;
        if self.asset == AssetId::NATIVE {
            return Err(QueryError::Argument("holders of LOL are not ranked".to_owned()));
        }
        // The cursor carries the rank, so that a page does not count those before it.
        let after: Option<(u64, u64, Address)> = self.page.after()?;
        let (mut rank, after) = after
            .map_or((0, None), |(rank, inverted, account)| (rank, Some((self.asset, inverted, account))));
        let rows = HOLDERS.iter_under(view.state, &self.asset, after.as_ref(), Order::Ascending);
        let rows = rows.map(|row| {
            let ((_, inverted, account), ()) = row?;
            rank = rank.saturating_add(1);
            Ok(((rank, inverted, account), ()))
        });
        let supply = ledger::supply(view.state, self.asset)?;
        Page::collect(rows, self.page.limit()?, |(rank, _, account), ()| {
            Ok(show(view.state, (self.asset, &asset), *rank, account, supply)?)
        })
    }
}

fn show(
    state: &dyn ReadState,
    (id, asset): (AssetId, &Asset),
    rank: u64,
    account: &Address,
    supply: Amount,
) -> Result<HolderAnswer, Halt> {
    let amount = ledger::balance(state, account, id)?;
    Ok(HolderAnswer {
        rank,
        account: *account,
        protocol: protocol::name(account).map(str::to_owned),
        amount,
        display: asset.display(id, amount),
        percent: percent(amount, supply),
    })
}
