//! The section `grant` of the genesis document.

use chortle_kernel::{Ctx, GenesisError, GenesisSection, Halt, Order, ReadState};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    grant::insert,
    invariant::{ensure_sound, grants_are_counted_and_listed},
    state::{GRANT, NEXT_ID},
    types::Grant,
};

/// Grants in force.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Genesis {
    /// Number of the next grant.
    pub next: u64,
    /// The grants by number.
    pub list: Vec<(u64, Grant)>,
}

impl Default for Genesis {
    fn default() -> Self {
        Self { next: 1, list: Vec::new() }
    }
}

impl GenesisSection for Genesis {
    fn validate(&self) -> Result<(), GenesisError> {
        let mut before = 0;
        for (index, (id, grant)) in self.list.iter().enumerate() {
            let wrong = |sentence: String| GenesisError::at(format!("/list/{index}"), sentence);
            if *id <= before || *id >= self.next {
                return Err(wrong(format!("{id} is out of order, or not below the next number")));
            }
            before = *id;
            ensure_sound(grant).map_err(wrong)?;
        }
        Ok(())
    }

    fn init(&self, ctx: &mut Ctx<'_>) -> Result<(), GenesisError> {
        let wrong = |sentence: String| GenesisError::at("/list", sentence);
        NEXT_ID.set(ctx.state, &self.next);
        for (id, grant) in &self.list {
            insert(ctx.state, *id, grant).map_err(|halt| wrong(halt.0))?;
        }
        grants_are_counted_and_listed(ctx.state).map_err(wrong)
    }

    fn export(state: &dyn ReadState) -> Result<Self, Halt> {
        let list = GRANT.iter(state, Order::Ascending).collect::<Result<_, Halt>>()?;
        Ok(Self { next: NEXT_ID.get(state)?.unwrap_or(1), list })
    }
}
