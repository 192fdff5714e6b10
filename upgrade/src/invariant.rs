//! What holds of upgrades after every block.

use chortle_kernel::{Invariant, Order, ReadState};

use crate::{
    state::{APPLIED, PLAN},
    types::{ensure_binaries, ensure_info, ensure_name},
};

/// Every invariant.
pub const INVARIANTS: &[Invariant] = &[
    Invariant { name: "a_plan_can_be_followed", check: a_plan_can_be_followed },
    Invariant { name: "an_upgrade_came_once", check: an_upgrade_came_once },
];

fn a_plan_can_be_followed(state: &dyn ReadState) -> Result<(), String> {
    let Some(plan) = PLAN.get(state)? else { return Ok(()) };
    let judged = ensure_name(&plan.name)
        .and_then(|()| ensure_info(&plan.info))
        .and_then(|()| ensure_binaries(&plan.binaries));
    judged.map_err(|reject| reject.to_string())?;
    match plan.height {
        0 => Err(format!("upgrade {} is planned for no height", &*plan.name)),
        _ => Ok(()),
    }
}

fn an_upgrade_came_once(state: &dyn ReadState) -> Result<(), String> {
    for row in APPLIED.iter(state, Order::Ascending) {
        ensure_name(&row?.0).map_err(|reject| reject.to_string())?;
    }
    match PLAN.get(state)? {
        Some(plan) if APPLIED.has(state, &plan.name.to_string())? => {
            Err(format!("upgrade {} is planned and was applied", &*plan.name))
        }
        _ => Ok(()),
    }
}
