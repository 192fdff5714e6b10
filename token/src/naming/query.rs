//! Names, as people read them.

use chortle_kernel::{AssetId, Order, Page, PageArgs, Query, QueryError, View};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::skeleton;
use crate::{
    query::{AssetAnswer, find, show_asset},
    state::{BY_NAME, RESERVED},
    types::Name,
};

/// Lists the assets whose name can be taken for this one, oldest first.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
pub struct NameLookAlikes {
    /// A name such as Doge of the North.
    pub name: Name,
    /// Which page.
    #[serde(flatten)]
    pub page: PageArgs,
}

impl Query for NameLookAlikes {
    const NAME: &'static str = "name_look_alikes";
    const PATH: &'static str = "names/{name}";
    type Answer = Page<AssetAnswer>;

    fn run(&self, view: View<'_>) -> Result<Self::Answer, QueryError> {
        let skeleton = skeleton(&self.name);
        let after = self.page.after()?.map(|id: AssetId| (skeleton.clone(), id));
        let rows = BY_NAME.iter_under(view.state, &skeleton, after.as_ref(), Order::Ascending);
        let rows = rows.map(|row| row.map(|((_, id), ())| (id, ())));
        Page::collect(rows, self.page.limit()?, |id, ()| Ok(show_asset(view, *id, find(view.state, *id)?)?))
    }
}

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
        let after = self.page.after()?;
        let rows = RESERVED.iter_after(view.state, after.as_ref(), Order::Ascending);
        Page::collect(rows, self.page.limit()?, |skeleton, symbol| {
            Ok(ReservedAnswer { symbol: symbol.to_string(), skeleton: skeleton.clone() })
        })
    }
}
