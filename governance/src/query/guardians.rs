//! Guardians and bodies, as people read them.

use chortle_kernel::{Address, Query, QueryError, View};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    state::{BODIES, GUARDED, GUARDIANS, USED},
    types::{Bodies, Guarded, Guardians, Used},
};

fn missing() -> QueryError {
    QueryError::NotFound("this chain was started without governance".to_owned())
}

/// The guardians, and what they did.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct GuardiansAnswer {
    /// Who they are and what limits them.
    pub rules: Guardians,
    /// How many of them end a pause before its time.
    pub majority: u64,
    /// Pauses that they, or a third of all power, began and that some limit may count, the oldest first. One is in
    /// force until its end.
    pub guarded: Vec<Guarded>,
}

/// Shows the guardians: who may pause at once, how often, for how long, and what they paused lately.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GuardiansNow {}

impl Query for GuardiansNow {
    const NAME: &'static str = "guardians";
    const PATH: &'static str = "governance/guardians";
    type Answer = GuardiansAnswer;

    fn run(&self, view: View<'_>) -> Result<Self::Answer, QueryError> {
        let rules = GUARDIANS.get(view.state)?.ok_or_else(missing)?;
        let majority = u64::try_from(rules.majority()).unwrap_or(u64::MAX);
        let guarded = GUARDED.get(view.state)?.unwrap_or_default();
        Ok(GuardiansAnswer { rules, majority, guarded })
    }
}

/// What a body's proposals count for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct BodyUsed {
    /// The body's account.
    pub account: Address,
    /// Its proposals by the optimistic track that a period may still count, the oldest first.
    pub used: Vec<Used>,
}

/// The bodies, and what they did.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct BodiesAnswer {
    /// Who they are, and how what they propose is voted on.
    pub rules: Bodies,
    /// What each of them has used.
    pub used: Vec<BodyUsed>,
}

/// Shows the bodies that can propose by the optimistic track, and what they have used of their caps.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct BodiesNow {}

impl Query for BodiesNow {
    const NAME: &'static str = "bodies";
    const PATH: &'static str = "governance/bodies";
    type Answer = BodiesAnswer;

    fn run(&self, view: View<'_>) -> Result<Self::Answer, QueryError> {
        let rules = BODIES.get(view.state)?.ok_or_else(missing)?;
        let used_by = |account| -> Result<BodyUsed, QueryError> {
            Ok(BodyUsed { account, used: USED.get(view.state, &account)?.unwrap_or_default() })
        };
        let used = rules.bodies.iter().map(|body| used_by(body.account)).collect::<Result<_, _>>()?;
        Ok(BodiesAnswer { rules, used })
    }
}
