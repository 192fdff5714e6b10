//! Grants, as people read them.

use chortle_kernel::{Address, Amount, AssetId, Order, Page, PageArgs, Query, QueryError, QueryKind, View};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    state::{BY_GRANTEE, BY_GRANTER, GRANT},
    types::{Covers, Grant},
};

/// Every read.
pub const QUERIES: &[QueryKind] =
    &[QueryKind::of::<GrantOf>(), QueryKind::of::<GrantsOfGranter>(), QueryKind::of::<GrantsOfGrantee>()];

/// What may leave of an asset.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct BudgetAnswer {
    /// The asset.
    pub asset: AssetId,
    /// Most in all; no limit but that of the periods if null.
    pub cap: Option<Amount>,
    /// Most in one period; no limit but that in all if null.
    pub period_cap: Option<Amount>,
    /// What has left.
    pub spent: Amount,
    /// What may leave now: zero if the grant has expired.
    pub left: Amount,
}

/// A grant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct GrantAnswer {
    /// Its number.
    pub grant: u64,
    /// Who gave it: whose messages run, or who pays.
    pub granter: Address,
    /// Who may use it.
    pub grantee: Address,
    /// What it is for.
    pub covers: Covers,
    /// The kinds of message; of a grant of fees none names them all.
    pub kinds: Vec<String>,
    /// What may leave, asset by asset.
    pub budgets: Vec<BudgetAnswer>,
    /// How many more messages, or transactions whose fee is paid; no limit if null.
    pub uses_left: Option<u64>,
    /// Length of a period, in milliseconds; 0 if there is none.
    pub period_ms: u64,
    /// When the period that runs ends; null if there is none.
    pub period_ends_unix_ms: Option<u64>,
    /// From when on it is worth nothing; never if null.
    pub expires_unix_ms: Option<u64>,
    /// Whether that time has come.
    pub expired: bool,
}

fn show(view: View<'_>, id: u64, mut grant: Grant) -> GrantAnswer {
    let now_unix_ms = view.time_unix_ms;
    let expired = grant.is_expired(now_unix_ms);
    grant.roll(now_unix_ms);
    let ends = grant.period.saturating_add(1).saturating_mul(grant.period_ms);
    let budgets = grant.budgets.iter().map(|budget| BudgetAnswer {
        asset: budget.asset,
        cap: budget.cap,
        period_cap: budget.period_cap,
        spent: budget.spent,
        left: if expired { Amount::ZERO } else { budget.left() },
    });
    GrantAnswer {
        grant: id,
        granter: grant.granter,
        grantee: grant.grantee,
        covers: grant.covers,
        kinds: grant.kinds.iter().map(|kind| (**kind).to_owned()).collect(),
        budgets: budgets.collect(),
        uses_left: grant.uses_left,
        period_ms: grant.period_ms,
        period_ends_unix_ms: (grant.period_ms > 0).then(|| grant.given_unix_ms.saturating_add(ends)),
        expires_unix_ms: grant.expires_unix_ms,
        expired,
    }
}

fn found(view: View<'_>, id: u64) -> Result<GrantAnswer, QueryError> {
    let missing =
        || QueryError::NotFound(format!("there is no grant {id}: revoked, used up, or never given"));
    Ok(show(view, id, GRANT.get(view.state, &id)?.ok_or_else(missing)?))
}

/// Shows a grant: who may do what for whom, and what of it is left.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GrantOf {
    /// Its number.
    pub grant: u64,
}

impl Query for GrantOf {
    const NAME: &'static str = "grant";
    const PATH: &'static str = "grants/{grant}";
    type Answer = GrantAnswer;

    fn run(&self, view: View<'_>) -> Result<Self::Answer, QueryError> {
        found(view, self.grant)
    }
}

/// Lists the grants that an account gave.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
pub struct GrantsOfGranter {
    /// Who gave them, as lol1… or 0x….
    pub address: Address,
    /// Which page.
    #[serde(flatten)]
    pub page: PageArgs,
}

impl Query for GrantsOfGranter {
    const NAME: &'static str = "grants";
    const PATH: &'static str = "accounts/{address}/grants";
    type Answer = Page<GrantAnswer>;

    fn run(&self, view: View<'_>) -> Result<Self::Answer, QueryError> {
        let after = self.page.after(view)?.map(|id: u64| (self.address, id));
        let rows = BY_GRANTER.iter_under(view.state, &self.address, after.as_ref(), Order::Ascending);
        let rows = rows.map(|row| row.map(|((_, id), ())| (id, ())));
        Page::collect(view, rows, self.page.limit()?, |id, ()| found(view, *id))
    }
}

/// Lists the grants that an account may use.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
pub struct GrantsOfGrantee {
    /// Who may use them, as lol1… or 0x….
    pub address: Address,
    /// Which page.
    #[serde(flatten)]
    pub page: PageArgs,
}

impl Query for GrantsOfGrantee {
    const NAME: &'static str = "received_grants";
    const PATH: &'static str = "accounts/{address}/received_grants";
    type Answer = Page<GrantAnswer>;

    fn run(&self, view: View<'_>) -> Result<Self::Answer, QueryError> {
        let after = self.page.after(view)?.map(|id: u64| (self.address, id));
        let rows = BY_GRANTEE.iter_under(view.state, &self.address, after.as_ref(), Order::Ascending);
        let rows = rows.map(|row| row.map(|((_, id), ())| (id, ())));
        Page::collect(view, rows, self.page.limit()?, |id, ()| found(view, *id))
    }
}
