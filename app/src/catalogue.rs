//! What the list of modules says of itself: every error code, every set of parameters, and every read.

use chortle_kernel::{Class, ErrorRow, Query, QueryError, QueryKind, View, failure::SeenBy};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::{
    modules::{MODULES, Registry},
    own_module::NAME,
};

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
    /// What to do, where the sentence does not say so itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hint: Option<&'static str>,
    /// Names of the fields, in order.
    pub fields: &'static [&'static str],
    /// Who can meet it.
    pub seen_by: SeenBy,
}

impl From<&ErrorRow> for ErrorCode {
    fn from(row: &ErrorRow) -> Self {
        let ErrorRow { name, sentence, hint, fields, seen_by, .. } = *row;
        Self { code: row.code(), name, sentence, hint, fields, seen_by }
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

/// Every set of parameters that governance can change, with the values in force.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ParamSetsQuery {}

/// A set of parameters.
#[derive(Serialize, JsonSchema)]
pub struct ParamSet {
    /// What a change names: `staking/params`.
    pub path: &'static str,
    /// What a change of it weighs.
    pub class: Class,
    /// The values in force, by name.
    pub values: Map<String, Value>,
}

impl Query for ParamSetsQuery {
    const NAME: &'static str = "param_sets";
    const PATH: &'static str = "params";
    type Answer = Vec<ParamSet>;

    fn run(&self, view: View<'_>) -> Result<Vec<ParamSet>, QueryError> {
        let mut sets = Vec::new();
        for set in MODULES.param_sets() {
            if let Some(Value::Object(values)) = (set.get)(view.state)? {
                sets.push(ParamSet { path: set.path, class: set.class, values });
            }
        }
        Ok(sets)
    }
}

/// The reads of the list itself.
static OWN: [QueryKind; 2] = [QueryKind::of::<ErrorsQuery>(), QueryKind::of::<ParamSetsQuery>()];

/// Every read, under the name of its module.
pub fn queries(registry: &Registry) -> impl Iterator<Item = (&'static str, &'static QueryKind)> + use<> {
    let of_modules =
        registry.modules().flat_map(|module| module.queries.iter().map(|kind| (module.name, kind)));
    OWN.iter().map(|kind| (NAME, kind)).chain(of_modules)
}
