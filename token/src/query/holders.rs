use chortle_kernel::{
    Address, Amount, AssetId, Halt, Order, Page, PageArgs, Query, QueryError, ReadState, View,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{
    asset::{find, percent},
    merge::merge,
};
use crate::{
    ledger, protocol,
    state::{HOLDERS, TOTALS},
    types::Asset,
};

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
    /// Base units as they are stored: of all holders, with the `pot` of an asset that is shared in itself, they sum to
    /// the supply.
    pub stored: Amount,
    /// The same for people.
    pub display: String,
    /// Its part of the supply, in percent.
    pub percent: String,
}

/// Lists the holders of an issued asset, the largest first. Its treasury and its liquidity account are among them;
/// holders of LOL are not ranked.
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
        let after: Option<(u64, u64, Address)> = self.page.after(view)?;
        let (mut rank, after) =
            after.map_or((0, None), |(rank, inverted, account)| (rank, Some((inverted, account))));
        let rows = ranked(view.state, self.asset, after)?.map(|row| {
            let (place, ()) = row?;
            rank = rank.saturating_add(1);
            Ok(((rank, place.0, place.1), ()))
        });
        let supply = ledger::supply(view.state, self.asset)?;
        Page::collect(view, rows, self.page.limit()?, |(rank, inverted, account), ()| {
            let row = (*rank, account, stored(*inverted));
            Ok(show(view.state, (self.asset, &asset), row, supply)?)
        })
    }
}

/// A place among the holders of an asset: 2^64-1 minus what is stored, and whose it is.
pub(super) type Place = (u64, Address);

/// What is stored at a place.
pub(super) fn stored(inverted: u64) -> Amount {
    Amount::new(u64::MAX.saturating_sub(inverted)).unwrap_or_default()
}

/// All that have something of an asset, the largest first, from after a place on.
pub(super) fn ranked(
    state: &dyn ReadState,
    asset: AssetId,
    after: Option<Place>,
) -> Result<impl Iterator<Item = Result<(Place, ()), Halt>>, Halt> {
    let from = after.map(|(inverted, account)| (asset, inverted, account));
    let rows = HOLDERS.iter_under(state, &asset, from.as_ref(), Order::Ascending);
    let rows = rows.map(|row| row.map(|((_, inverted, account), ())| ((inverted, account), ())));
    let kept = kept_by_totals(state, asset)?.into_iter();
    let kept =
        kept.filter(move |place| after.is_none_or(|after| *place > after)).map(|place| Ok((place, ())));
    Ok(merge(rows, kept))
}

/// The accounts of a ruled asset whose balances stand in its totals, as the index would rank them.
fn kept_by_totals(state: &dyn ReadState, asset: AssetId) -> Result<Vec<Place>, Halt> {
    if !asset.is_ruled() {
        return Ok(Vec::new());
    }
    let totals = TOTALS.get(state, &asset)?.unwrap_or_default();
    let kept =
        [(totals.treasury, protocol::treasury_of(asset)), (totals.liquidity, protocol::liquidity_of(asset))];
    let ranked = |(held, account): (Amount, Address)| {
        Some((u64::MAX.saturating_sub(held.base_units()), account)).filter(|_| !held.is_zero())
    };
    let mut rows: Vec<_> = kept.into_iter().filter_map(ranked).collect();
    rows.sort_unstable();
    Ok(rows)
}

fn show(
    state: &dyn ReadState,
    (id, asset): (AssetId, &Asset),
    (rank, account, stored): (u64, &Address, Amount),
    supply: Amount,
) -> Result<HolderAnswer, Halt> {
    let amount = ledger::balance(state, account, id)?;
    Ok(HolderAnswer {
        rank,
        account: *account,
        protocol: protocol::name(account).map(str::to_owned),
        amount,
        stored,
        display: asset.display(id, amount),
        percent: percent(amount, supply),
    })
}
