//! The reads of the pipeline itself.

use chortle_kernel::{Query, QueryError, QueryKind, View};
use schemars::JsonSchema;
use serde::Deserialize;

use crate::{params::Params, state};

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

/// Reads of the pipeline itself.
pub const QUERIES: &[QueryKind] = &[QueryKind::of::<ParamsQuery>()];
