//! Allowances, as people read them.

use chortle_kernel::{
    Address, Amount, AssetId, Halt, Order, Page, PageArgs, Query, QueryError, QueryKind, View,
};
use chortle_token as token;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    state::{ALLOWANCE, BY_SPENDER},
    types::Allowance,
};

/// Every read.
pub const QUERIES: &[QueryKind] = &[
    QueryKind::of::<AllowancesOfOwner>(),
    QueryKind::of::<AllowancesOfSpender>(),
    QueryKind::of::<AllowanceOf>(),
];

/// An allowance.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct AllowanceAnswer {
    /// Whose tokens.
    pub owner: Address,
    /// Who may send them.
    pub spender: Address,
    /// Which asset.
    pub asset: AssetId,
    /// What can be spent now: zero if it has expired.
    pub left: Amount,
    /// The same for people: `1.5 DOGE#17`.
    pub left_display: String,
    /// What was allowed and not spent, expired or not.
    pub amount: Amount,
    /// From when on it counts as nothing; never if absent.
    pub expires_unix_ms: Option<u64>,
    /// Whether that time has come.
    pub expired: bool,
}

/// Lists what an account lets others send.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
pub struct AllowancesOfOwner {
    /// The owner, as lol1… or 0x….
    pub address: Address,
    /// Which page.
    #[serde(flatten)]
    pub page: PageArgs,
}

impl Query for AllowancesOfOwner {
    const NAME: &'static str = "allowances";
    const PATH: &'static str = "accounts/{address}/allowances";
    type Answer = Page<AllowanceAnswer>;

    fn run(&self, view: View<'_>) -> Result<Self::Answer, QueryError> {
        let after = self.page.after(view)?.map(|(spender, asset)| (self.address, spender, asset));
        let rows = ALLOWANCE.iter_under(view.state, &self.address, after.as_ref(), Order::Ascending);
        let rows = rows.map(|row| row.map(|((_, spender, asset), allowance)| ((spender, asset), allowance)));
        Page::collect(view, rows, self.page.limit()?, |(spender, asset), allowance| {
            show(view, (self.address, *spender, *asset), &allowance)
        })
    }
}

/// Lists what others let an account send.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
pub struct AllowancesOfSpender {
    /// The spender, as lol1… or 0x….
    pub address: Address,
    /// Which page.
    #[serde(flatten)]
    pub page: PageArgs,
}

impl Query for AllowancesOfSpender {
    const NAME: &'static str = "spendable_allowances";
    const PATH: &'static str = "accounts/{address}/spendable_allowances";
    type Answer = Page<AllowanceAnswer>;

    fn run(&self, view: View<'_>) -> Result<Self::Answer, QueryError> {
        let after = self.page.after(view)?.map(|(owner, asset)| (self.address, owner, asset));
        let rows = BY_SPENDER.iter_under(view.state, &self.address, after.as_ref(), Order::Ascending);
        let rows = rows.map(|row| row.map(|((_, owner, asset), ())| ((owner, asset), ())));
        Page::collect(view, rows, self.page.limit()?, |(owner, asset), ()| {
            let key = (*owner, self.address, *asset);
            let allowance = ALLOWANCE.get(view.state, &key)?;
            let allowance =
                allowance.ok_or_else(|| Halt::new("an allowance is listed and does not exist"))?;
            show(view, key, &allowance)
        })
    }
}

/// Shows one allowance. It reads single keys only, so `prove=true` proves it.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AllowanceOf {
    /// The owner, as lol1… or 0x….
    pub address: Address,
    /// The spender.
    pub spender: Address,
    /// Number of the asset, or its full name; 0 is LOL.
    pub asset: AssetId,
}

impl Query for AllowanceOf {
    const NAME: &'static str = "allowance";
    const PATH: &'static str = "accounts/{address}/allowances/{spender}/{asset}";
    type Answer = AllowanceAnswer;

    fn run(&self, view: View<'_>) -> Result<Self::Answer, QueryError> {
        let key = (self.address, self.spender, self.asset);
        let allowance = ALLOWANCE.get(view.state, &key)?;
        show(view, key, &allowance.unwrap_or(Allowance { amount: Amount::ZERO, expires_unix_ms: None }))
    }
}

fn show(
    view: View<'_>,
    (owner, spender, asset): (Address, Address, AssetId),
    allowance: &Allowance,
) -> Result<AllowanceAnswer, QueryError> {
    let left = allowance.left(view.time_unix_ms);
    Ok(AllowanceAnswer {
        owner,
        spender,
        asset,
        left,
        left_display: token::query::find(view.state, asset)?.display(asset, left),
        amount: allowance.amount,
        expires_unix_ms: allowance.expires_unix_ms,
        expired: allowance.is_expired(view.time_unix_ms),
    })
}
