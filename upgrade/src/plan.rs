//! How a plan comes, goes, and becomes the rules.

use chortle_kernel::{Ctx, Failure, Halt, ReadState, Reject, ensure};

use crate::{
    error::Error,
    event::{BecameActive, PlanCancelled, Scheduled},
    state::{APPLIED, PARAMS, PLAN},
    types::{AHEAD_BLOCKS_MAX, Applied, Plan},
};

/// Whether the chain goes by the rules of an upgrade: the one question by which a rule may choose between old and new.
/// The same on every node at every height.
pub fn is_applied(state: &dyn ReadState, name: &str) -> Result<bool, Halt> {
    APPLIED.has(state, &name.to_owned())
}

/// Plans an upgrade.
pub(crate) fn schedule(ctx: &mut Ctx<'_>, plan: Plan) -> Result<(), Failure> {
    let (now, height, name) = (ctx.block.height, plan.height, plan.name.to_string());
    let params = PARAMS.get(ctx.state)?.unwrap_or_default();
    if let Some(Plan { name, height, .. }) = PLAN.get(ctx.state)? {
        return Err(Error::PlannedAlready { name: name.to_string(), height }.into());
    }
    if let Some(Applied { height, .. }) = APPLIED.get(ctx.state, &name)? {
        return Err(Error::NameUsed { name, height }.into());
    }
    let (earliest, latest) = (now.saturating_add(params.notice_blocks), now.saturating_add(AHEAD_BLOCKS_MAX));
    ensure(height >= earliest, Error::TooNear { height, earliest })?;
    ensure(height <= latest, Error::TooFar { height, latest })?;

    PLAN.set(ctx.state, &plan);
    ctx.emit(&Scheduled { name, height, binaries: plan.binaries, info: plan.info.to_string() });
    Ok(())
}

/// Takes a plan away before its height.
pub(crate) fn cancel(ctx: &mut Ctx<'_>, name: &str) -> Result<(), Failure> {
    let plan = PLAN.get(ctx.state)?.filter(|plan| *plan.name == *name);
    let plan = plan.ok_or_else(|| Reject::from(Error::NotPlanned { name: name.to_owned() }))?;
    PLAN.remove(ctx.state);
    ctx.emit(&PlanCancelled { name: name.to_owned(), height: plan.height });
    Ok(())
}

/// Ends the plan that names this block: its rules hold from here on. The app calls it, after the migration and in the
/// same block.
pub fn apply(ctx: &mut Ctx<'_>) -> Result<(), Halt> {
    let height = ctx.block.height;
    let plan = PLAN.get(ctx.state)?.filter(|plan| plan.height == height);
    let plan = plan.ok_or_else(|| Halt::new("no upgrade is planned for this height"))?;
    let name = plan.name.to_string();
    if APPLIED.has(ctx.state, &name)? {
        return Err(Halt::new(format!("upgrade {name} would be applied twice")));
    }
    APPLIED.set(ctx.state, &name, &Applied { height, binaries: plan.binaries });
    PLAN.remove(ctx.state);
    ctx.emit(&BecameActive { name });
    Ok(())
}
