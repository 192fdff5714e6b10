//! Names, as people read them.

use chortle_kernel::{Order, Page, PageArgs, Query, QueryError, QueryKind, View};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::state::RESERVED;

/// Every read.
pub const QUERIES: &[QueryKind] = &[QueryKind::of::<ReservedSymbols>()];

/// A reserved symbol or name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct ReservedAnswer {
    /// As governance wrote it.
    pub symbol: String,
    /// What it looks like: nothing else that does can be created.
    pub skeleton: String,
}

/// Lists the symbols and names that governance has reserved, by what they look like.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
pub struct ReservedSymbols {
    /// Which page.
    #[serde(flatten)]
    pub page: PageArgs,
}

impl Query for ReservedSymbols {
    const NAME: &'static str = "reserved";
    const PATH: &'static str = "reserved_symbols";
    type Answer = Page<ReservedAnswer>;

    fn run(&self, view: View<'_>) -> Result<Self::Answer, QueryError> {
        let after = self.page.after(view)?;
        let rows = RESERVED.iter_after(view.state, after.as_ref(), Order::Ascending);
        Page::collect(view, rows, self.page.limit()?, |skeleton, symbol| {
            Ok(ReservedAnswer { symbol: symbol.to_string(), skeleton: skeleton.clone() })
        })
    }
}
