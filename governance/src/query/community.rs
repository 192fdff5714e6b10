//! Proposals of an asset's holders.

use chortle_kernel::{AssetId, Order, Page, PageArgs, Query, QueryError, View};
use schemars::JsonSchema;
use serde::Deserialize;

use super::{ProposalLine, found, line};
use crate::state::BY_COMMUNITY;

/// Lists the proposals on which the holders of an asset vote, the newest first.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
pub struct ProposalsOfHolders {
    /// Number of the asset.
    pub asset: AssetId,
    /// Which page.
    #[serde(flatten)]
    pub page: PageArgs,
}

impl Query for ProposalsOfHolders {
    const NAME: &'static str = "proposals_of_holders";
    const PATH: &'static str = "tokens/{asset}/proposals";
    type Answer = Page<ProposalLine>;

    fn run(&self, view: View<'_>) -> Result<Self::Answer, QueryError> {
        let after = self.page.after(view)?.map(|id: u64| (self.asset, id));
        let rows = BY_COMMUNITY.iter_under(view.state, &self.asset, after.as_ref(), Order::Descending);
        let rows = rows.map(|row| row.map(|((_, id), ())| (id, ())));
        Page::collect(view, rows, self.page.limit()?, |id, ()| {
            line(view.state, *id, &found(view.state, *id)?)
        })
    }
}
