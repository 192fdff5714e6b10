//! The section `upgrade` of the genesis document.

use chortle_kernel::{Ctx, GenesisError, GenesisSection, Halt, List, Order, Params as _, ReadState};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    state::{APPLIED, PARAMS, PLAN},
    types::{Applied, Binaries, Params, Plan, ensure_binaries, ensure_info, ensure_name},
};

/// Most upgrades that a document names.
const APPLIED_MAX: usize = 10_000;

/// An upgrade whose rules hold from the start.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Born {
    /// Its name.
    pub name: String,
    /// Height from which on its rules hold; 0, as a fresh chain has it, says from birth.
    #[serde(default)]
    pub height: u64,
    /// The program, as its plan named it.
    #[serde(default)]
    pub binaries: Binaries,
}

/// The section: what a chain was born with, and in an export what it has had and what is planned.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Genesis {
    /// What governance can set of upgrades.
    pub params: Params,
    /// Upgrades whose rules hold: the program must know each of them, and no other.
    pub applied: List<Born, APPLIED_MAX>,
    /// The upgrade that is to come.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub plan: Option<Plan>,
}

impl GenesisSection for Genesis {
    fn validate(&self) -> Result<(), GenesisError> {
        let within =
            |error: GenesisError| GenesisError::at(format!("/params{}", error.pointer), error.sentence);
        self.params.validate().map_err(within)?;
        let mut before = "";
        for (index, born) in self.applied.iter().enumerate() {
            let wrong = |sentence: String| GenesisError::at(format!("/applied/{index}"), sentence);
            ensure_name(&born.name).map_err(|reject| wrong(reject.sentence))?;
            if born.name.as_str() <= before {
                return Err(wrong(format!("{} is out of order, or there twice", born.name)));
            }
            before = &born.name;
        }
        let Some(plan) = &self.plan else { return Ok(()) };
        let wrong = |sentence: String| GenesisError::at("/plan", sentence);
        ensure_name(&plan.name)
            .and_then(|()| ensure_info(&plan.info))
            .and_then(|()| ensure_binaries(&plan.binaries))
            .map_err(|reject| wrong(reject.sentence))?;
        match self.applied.iter().any(|born| *plan.name == *born.name) {
            true => Err(wrong(format!("the chain has had upgrade {}", &*plan.name))),
            false => Ok(()),
        }
    }

    fn init(&self, ctx: &mut Ctx<'_>) -> Result<(), GenesisError> {
        let height = ctx.block.height;
        PARAMS.set(ctx.state, &self.params);
        for (index, born) in self.applied.iter().enumerate() {
            if born.height > height {
                let sentence = format!("{} would come at height {}: plan it", born.name, born.height);
                return Err(GenesisError::at(format!("/applied/{index}/height"), sentence));
            }
            let applied = Applied { height: born.height, binaries: born.binaries.clone() };
            APPLIED.set(ctx.state, &born.name, &applied);
        }
        let Some(plan) = &self.plan else { return Ok(()) };
        if plan.height <= height {
            let sentence = format!("the first block is after height {height}: the plan would never come");
            return Err(GenesisError::at("/plan/height", sentence));
        }
        PLAN.set(ctx.state, plan);
        Ok(())
    }

    fn export(state: &dyn ReadState) -> Result<Self, Halt> {
        let rows = APPLIED.iter(state, Order::Ascending).map(|row| {
            let (name, Applied { height, binaries }) = row?;
            Ok(Born { name, height, binaries })
        });
        let applied = List::parse(rows.collect::<Result<Vec<_>, Halt>>()?).map_err(Halt::new)?;
        Ok(Self { params: PARAMS.get(state)?.unwrap_or_default(), applied, plan: PLAN.get(state)? })
    }
}
