use chortle_kernel::{Address, Amount, AssetId, Order, Page, PageArgs, Query, QueryError, View};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::asset::{AssetAnswer, find, show_asset};
use crate::state::{BY_CREATOR, SUPPLY_HISTORY};

/// What existed at the end of an epoch.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct SupplyPoint {
    /// Which epoch; one that changed nothing has no point.
    pub epoch: u64,
    /// Base units that existed at its end, or exist now if it has not ended.
    pub supply: Amount,
    /// The same for people.
    pub display: String,
}

/// Lists how the supply of an asset changed, by epoch.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
pub struct SupplyHistory {
    /// Number of the asset, or its full name.
    pub asset: AssetId,
    /// Which page.
    #[serde(flatten)]
    pub page: PageArgs,
}

impl Query for SupplyHistory {
    const NAME: &'static str = "supply_history";
    const PATH: &'static str = "tokens/{asset}/supply_history";
    type Answer = Page<SupplyPoint>;

    fn run(&self, view: View<'_>) -> Result<Self::Answer, QueryError> {
        let asset = find(view.state, self.asset)?;
        let after = self.page.after(view)?.map(|epoch: u64| (self.asset, epoch));
        let rows = SUPPLY_HISTORY.iter_under(view.state, &self.asset, after.as_ref(), Order::Ascending);
        let rows = rows.map(|row| row.map(|((_, epoch), supply)| (epoch, supply)));
        Page::collect(view, rows, self.page.limit()?, |epoch, supply| {
            Ok(SupplyPoint { epoch: *epoch, supply, display: asset.display(self.asset, supply) })
        })
    }
}

/// Lists the assets that an account created, by number.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
pub struct Created {
    /// The account, as lol1… or 0x….
    pub address: Address,
    /// Which page.
    #[serde(flatten)]
    pub page: PageArgs,
}

impl Query for Created {
    const NAME: &'static str = "created";
    const PATH: &'static str = "accounts/{address}/created";
    type Answer = Page<AssetAnswer>;

    fn run(&self, view: View<'_>) -> Result<Self::Answer, QueryError> {
        let after = self.page.after(view)?.map(|asset: AssetId| (self.address, asset));
        let rows = BY_CREATOR.iter_under(view.state, &self.address, after.as_ref(), Order::Ascending);
        let rows = rows.map(|row| row.map(|((_, asset), ())| (asset, ())));
        Page::collect(view, rows, self.page.limit()?, |id, ()| {
            Ok(show_asset(view, *id, find(view.state, *id)?)?)
        })
    }
}
