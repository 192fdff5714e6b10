//! Whether this program is the one for a block: by the upgrades that it knows, and those that the chain has had.
//!
//! See docs/adr/0022-upgrades.md.

use std::{collections::BTreeMap, fmt, sync::Arc};

use chortle_kernel::{Ctx, GenesisError, GenesisSection, Halt, Order, ReadState, State};
use chortle_upgrade::{
    Applied, Binary, Born, Genesis, Plan, apply,
    state::{APPLIED, PLAN},
};
use serde_json::{Map, Value};

use crate::{modules::Registry, upgrades::Upgrade};

/// Why a program must not make a block.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unfit {
    /// An upgrade that it does not know begins with this block.
    Due(Plan),
    /// The chain goes by an upgrade that it does not know.
    Behind {
        /// Its name.
        name: String,
        /// Since when, and which program has it.
        applied: Applied,
    },
    /// It knows an upgrade to which the chain has not come.
    Early {
        /// Its name.
        name: &'static str,
        /// The height for which it is planned, if it is.
        height: Option<u64>,
    },
}

impl Unfit {
    /// The upgrade whose program goes on, if it is another one, with that program's hashes.
    pub fn wanted(&self) -> Option<(&str, &[Binary])> {
        match self {
            Self::Due(plan) => Some((&plan.name, &plan.binaries)),
            Self::Behind { name, applied } => Some((name, &applied.binaries)),
            Self::Early { .. } => None,
        }
    }

    /// The height at which that upgrade begins; 0 where the chain was born with it.
    pub fn height(&self) -> u64 {
        match self {
            Self::Due(plan) => plan.height,
            Self::Behind { applied, .. } => applied.height,
            Self::Early { height, .. } => height.unwrap_or_default(),
        }
    }
}

impl fmt::Display for Unfit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Due(Plan { name, height, .. }) => {
                write!(f, "upgrade {} begins at height {height}, and this program does not know it", &**name)
            }
            Self::Behind { name, applied: Applied { height: 0, .. } } => {
                write!(f, "the chain was born with upgrade {name}, and this program does not know it")
            }
            Self::Behind { name, applied } => {
                let height = applied.height;
                write!(
                    f,
                    "the chain has upgrade {name} since height {height}, and this program does not know it"
                )
            }
            Self::Early { name, height: Some(height) } => {
                write!(
                    f,
                    "this program is for upgrade {name}, which begins at height {height}, and no sooner"
                )
            }
            Self::Early { name, height: None } => {
                write!(f, "this program is for upgrade {name}, to which the chain has not come")
            }
        }
    }
}

/// Whether a program with these upgrades is the one for the block at a height on top of a state: it knows every upgrade
/// that the chain has had, and has none left over but the one that begins with this very block, which is answered.
pub fn fitting(
    registry: &'static Registry,
    state: &dyn ReadState,
    height: u64,
) -> Result<Result<Option<&'static Upgrade>, Unfit>, Halt> {
    let known = |name: &str| registry.upgrades().iter().find(|upgrade| upgrade.name == name);
    let mut applied = BTreeMap::new();
    for row in APPLIED.iter(state, Order::Ascending) {
        let (name, row) = row?;
        applied.insert(name, row);
    }
    // The latest first: its program knows the others too.
    let unknown = applied.iter().filter(|(name, _)| known(name).is_none());
    if let Some((name, row)) = unknown.max_by_key(|(_, row)| row.height) {
        return Ok(Err(Unfit::Behind { name: name.clone(), applied: row.clone() }));
    }
    let plan = PLAN.get(state)?;
    let due = plan.as_ref().filter(|plan| plan.height <= height);
    let begins = match due {
        Some(plan) => match known(&plan.name) {
            Some(upgrade) if plan.height == height => Some(upgrade),
            _ => return Ok(Err(Unfit::Due(plan.clone()))),
        },
        None => None,
    };
    let is_now = |upgrade: &Upgrade| begins.is_some_and(|begins| begins.name == upgrade.name);
    let left = registry.upgrades().iter().find(|one| !applied.contains_key(one.name) && !is_now(one));
    Ok(match left {
        Some(upgrade) => {
            let height = plan.filter(|plan| *plan.name == *upgrade.name).map(|plan| plan.height);
            Err(Unfit::Early { name: upgrade.name, height })
        }
        None => Ok(begins),
    })
}

/// Runs an upgrade inside the block with which it begins.
pub(crate) fn run(ctx: &mut Ctx<'_>, upgrade: &Upgrade) -> Result<(), Halt> {
    (upgrade.migrate)(ctx).map_err(|halt| Halt::new(format!("upgrade {}: {}", upgrade.name, halt.0)))?;
    apply(ctx)
}

/// Writes into the sections of a fresh chain what it is born with: the upgrades that the program knows.
pub(crate) fn bear(registry: &Registry, sections: &mut Map<String, Value>) {
    let name = chortle_upgrade::MODULE.name;
    let born = |upgrade: &Upgrade| serde_json::json!({ "name": upgrade.name, "height": 0, "binaries": [] });
    let born: BTreeMap<_, _> = registry.upgrades().iter().map(|one| (one.name, born(one))).collect();
    if let Some(applied) = sections.get_mut(name).and_then(|section| section.get_mut("applied")) {
        *applied = born.into_values().collect();
    }
}

/// Refuses a state of genesis that goes by an upgrade which the program does not know: it could not even be begun. What
/// the program knows beyond is found when the first block begins.
pub(crate) fn ensure_born(registry: &Registry, state: &dyn ReadState) -> Result<(), GenesisError> {
    for row in APPLIED.iter(state, Order::Ascending) {
        let (name, _) = row.map_err(|halt| GenesisError::at("/upgrade", halt.0))?;
        if !registry.upgrades().iter().any(|upgrade| upgrade.name == name) {
            let sentence = format!("the chain begins with upgrade {name}, which this program does not know");
            return Err(GenesisError::at("/upgrade/applied", sentence));
        }
    }
    Ok(())
}

/// What keeps a program from beginning a chain of this genesis, by the section of upgrades alone.
pub fn fitting_genesis(
    registry: &'static Registry,
    sections: &Value,
    initial_height: u64,
) -> Result<Option<Unfit>, Halt> {
    let Some(section) = sections.get(chortle_upgrade::MODULE.name) else { return Ok(None) };
    let read = Genesis::parse(section).map_err(|error| Halt::new(error.to_string()))?;
    let mut state = State::over(Arc::new(BTreeMap::new()));
    for Born { name, height, binaries } in read.applied.iter() {
        APPLIED.set(&mut state, name, &Applied { height: *height, binaries: binaries.clone() });
    }
    if let Some(plan) = &read.plan {
        PLAN.set(&mut state, plan);
    }
    Ok(fitting(registry, &state, initial_height)?.err())
}
