//! Upgrades, as people read them.

use chortle_kernel::{Order, Page, PageArgs, Query, QueryError, QueryKind, View};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    state::{APPLIED, PLAN},
    types::{Binaries, Plan},
};

/// Every read.
pub const QUERIES: &[QueryKind] = &[QueryKind::of::<PlanQuery>(), QueryKind::of::<AppliedQuery>()];

/// The upgrade that is to come.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct PlanAnswer {
    /// The plan; null if there is none.
    pub plan: Option<Plan>,
    /// How many blocks are still made by the old program; null if there is no plan.
    pub blocks_left: Option<u64>,
}

/// Shows the upgrade that is to come: its height, and the program that goes on from there.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PlanQuery {}

impl Query for PlanQuery {
    const NAME: &'static str = "plan";
    const PATH: &'static str = "upgrade/plan";
    type Answer = PlanAnswer;

    fn run(&self, view: View<'_>) -> Result<Self::Answer, QueryError> {
        let plan = PLAN.get(view.state)?;
        let next = view.height.saturating_add(1);
        let blocks_left = plan.as_ref().map(|plan| plan.height.saturating_sub(next));
        Ok(PlanAnswer { plan, blocks_left })
    }
}

/// An upgrade that the chain has had.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct AppliedAnswer {
    /// Its name.
    pub name: String,
    /// Height of the first block by its rules; 0 if the chain was born with them.
    pub height: u64,
    /// The program, as its plan named it; none if there was no plan.
    pub binaries: Binaries,
}

/// Lists the upgrades that the chain has had, by name.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
pub struct AppliedQuery {
    /// Which page.
    #[serde(flatten)]
    pub page: PageArgs,
}

impl Query for AppliedQuery {
    const NAME: &'static str = "applied";
    const PATH: &'static str = "upgrade/applied";
    type Answer = Page<AppliedAnswer>;

    fn run(&self, view: View<'_>) -> Result<Self::Answer, QueryError> {
        let after = self.page.after(view)?;
        let rows = APPLIED.iter_after(view.state, after.as_ref(), Order::Ascending);
        Page::collect(view, rows, self.page.limit()?, |name, applied| {
            let (height, binaries) = (applied.height, applied.binaries);
            Ok(AppliedAnswer { name: name.clone(), height, binaries })
        })
    }
}
