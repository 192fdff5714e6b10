//! The reads of every module, and those of the pipeline itself.

use chortle_kernel::{ErrorRow, Query, QueryError, QueryKind, SeenBy, View};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    modules::{MODULES, Registry},
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

/// Every error code of the chain, in order of precedence within its codespace.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ErrorsQuery {}

/// One error code.
#[derive(Serialize, JsonSchema)]
pub struct ErrorCode {
    /// `codespace.number`: stable, never reused.
    pub code: String,
    /// The broken rule, in snake case.
    pub name: &'static str,
    /// What it says, with the fields in braces.
    pub sentence: &'static str,
    /// Names of the fields, in order.
    pub fields: &'static [&'static str],
    /// Who can meet it.
    pub seen_by: SeenBy,
}

impl From<&ErrorRow> for ErrorCode {
    fn from(row: &ErrorRow) -> Self {
        let ErrorRow { name, sentence, fields, seen_by, .. } = *row;
        Self { code: row.code(), name, sentence, fields, seen_by }
    }
}

impl Query for ErrorsQuery {
    const NAME: &'static str = "errors";
    const PATH: &'static str = "errors";
    type Answer = Vec<ErrorCode>;

    fn run(&self, _: View<'_>) -> Result<Vec<ErrorCode>, QueryError> {
        Ok(MODULES.error_catalogue().map(ErrorCode::from).collect())
    }
}

/// Reads of the pipeline itself.
pub const QUERIES: &[QueryKind] = &[QueryKind::of::<ParamsQuery>(), QueryKind::of::<ErrorsQuery>()];

/// Every read, under the name of its module.
pub fn all(registry: &Registry) -> impl Iterator<Item = (&'static str, &'static QueryKind)> + use<> {
    registry.modules().flat_map(|module| module.queries.iter().map(|kind| (module.name, kind)))
}
