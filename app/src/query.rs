//! The reads of the pipeline itself.

use chortle_kernel::{Halt, Order, Page, PageArgs, Query, QueryError, QueryKind, View};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{
    param_history::{self, ParamPoint},
    params::Params,
    state,
};

/// Fee parameters in force.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ParamsQuery {}

impl Query for ParamsQuery {
    const NAME: &'static str = "params";
    const PATH: &'static str = "app/params";
    type Answer = Params;

    fn run(&self, view: View<'_>) -> Result<Params, QueryError> {
        state::PARAMS
            .get(view.state)?
            .ok_or_else(|| QueryError::NotFound("the chain has no genesis yet".to_owned()))
    }
}

/// A parameter that changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct ParamPointAnswer {
    /// The set that it belongs to: `staking/params`.
    pub path: String,
    /// Its name.
    pub name: String,
    /// What it was; null where nothing before it is known.
    pub old: Value,
    /// What it became.
    pub new: Value,
    /// Height of the block; that of genesis is the one before the first.
    pub height: u64,
    /// Time of the block.
    pub time_unix_ms: u64,
    /// Number of the proposal that said so; null if it stood in genesis, or if the program itself changed it.
    pub proposal: Option<u64>,
}

fn shown(point: ParamPoint) -> Result<ParamPointAnswer, QueryError> {
    let ParamPoint { height, time_unix_ms, path, name, old, new, proposal } = point;
    let old = old.as_deref().map(param_history::value_of).transpose()?.unwrap_or_default();
    let new = param_history::value_of(&new)?;
    Ok(ParamPointAnswer { path, name, old, new, height, time_unix_ms, proposal })
}

/// Lists what parameters were and became, the newest first; of one set if it is named.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
pub struct ParamHistory {
    /// Only those of this set.
    #[serde(default)]
    #[schemars(extend("examples" = ["staking/params"]))]
    pub path: Option<String>,
    /// Which page.
    #[serde(flatten)]
    pub page: PageArgs,
}

impl Query for ParamHistory {
    const NAME: &'static str = "param_history";
    const PATH: &'static str = "params/history";
    type Answer = Page<ParamPointAnswer>;

    fn run(&self, view: View<'_>) -> Result<Self::Answer, QueryError> {
        let (limit, after) = (self.page.limit()?, self.page.after::<(u64, u32)>(view)?);
        let Some(path) = &self.path else {
            let rows = state::PARAM_HISTORY.iter_after(view.state, after.as_ref(), Order::Descending);
            return Page::collect(view, rows, limit, |_, point| shown(point));
        };
        let of = |after: Option<(u64, u32)>| {
            let after = after.map(|(height, place)| (path.clone(), height, place));
            state::PARAM_HISTORY_OF.iter_under(view.state, path, after.as_ref(), Order::Descending)
        };
        if of(None).next().is_none() {
            return Err(QueryError::NotFound(format!("there is no set of parameters '{path}'")));
        }
        let rows = of(after).map(|row| row.map(|((_, height, place), ())| ((height, place), ())));
        Page::collect(view, rows, limit, |at, ()| {
            let lost = || Halt::new("a line of an index stands for no point of a parameter's history");
            shown(state::PARAM_HISTORY.get(view.state, at)?.ok_or_else(lost)?)
        })
    }
}

/// Reads of the pipeline itself.
pub const QUERIES: &[QueryKind] = &[QueryKind::of::<ParamsQuery>(), QueryKind::of::<ParamHistory>()];
