//! The set of validators: who is in it, with what power, and what the engine hears of it.

use chortle_kernel::{Address, Ctx, Halt, Order, block::ValidatorPower};

use crate::{
    base::{self, corrupt, halt},
    escrow, event, math, snapshot,
    state::{BY_POWER, CHANGED, SET, VALIDATOR},
    types::{ConsensusKey, Member, Params},
    window,
};

/// Computes the set if anything that decides it changed, and tells the engine the difference.
pub(crate) fn update_set(ctx: &mut Ctx<'_>, params: &Params) -> Result<(), Halt> {
    if CHANGED.get(ctx.state)?.is_none() {
        return Ok(());
    }
    CHANGED.remove(ctx.state);
    let top = usize::try_from(params.validators_max).unwrap_or(usize::MAX);
    let ranked: Vec<_> = BY_POWER.iter(ctx.state, Order::Ascending).take(top).collect::<Result<_, _>>()?;
    // The last validator may leave, yet the chain goes on: the set stays as it is until somebody joins.
    if ranked.is_empty() {
        return Ok(());
    }
    let mut set: Vec<Member> = ranked
        .iter()
        .map(|((rank, operator), key)| Member {
            key: ConsensusKey(*key),
            power: u64::MAX.saturating_sub(*rank),
            operator: *operator,
        })
        .collect();
    set.sort_by_key(|member| member.key);
    let before = SET.get(ctx.state)?.unwrap_or_default();
    if set == before {
        return Ok(());
    }
    let has = |set: &[Member], operator: &Address| set.iter().any(|member| member.operator == *operator);
    for member in before.iter().filter(|member| !has(&set, &member.operator)) {
        leave(ctx, params, &member.operator)?;
    }
    for member in set.iter().filter(|member| !has(&before, &member.operator)) {
        join(ctx, &member.operator)?;
    }
    for update in difference(&before, &set) {
        ctx.set_validator_power(update)?;
    }
    let total_power = set.iter().fold(0u64, |sum, member| sum.saturating_add(member.power));
    if total_power > math::TOTAL_POWER_MAX {
        return Err(corrupt("the set's power is above what the engine accepts"));
    }
    SET.set(ctx.state, &set);
    let validators = u64::try_from(set.len()).unwrap_or(u64::MAX);
    ctx.emit(&event::SetChanged { validators, total_power });
    Ok(())
}

/// What the engine must hear, by key: each key once, and no removal of a key that it does not have.
fn difference(before: &[Member], set: &[Member]) -> Vec<ValidatorPower> {
    let gone = before.iter().filter(|old| !set.iter().any(|new| new.key == old.key));
    let gone = gone.map(|old| ValidatorPower { key: old.key.0, power: 0 });
    let same = |new: &Member| before.iter().any(|old| old.key == new.key && old.power == new.power);
    let changed = set.iter().filter(|new| !same(new));
    let changed = changed.map(|new| ValidatorPower { key: new.key.0, power: new.power });
    let mut updates: Vec<_> = gone.chain(changed).collect();
    updates.sort();
    updates
}

fn join(ctx: &mut Ctx<'_>, operator: &Address) -> Result<(), Halt> {
    let before = VALIDATOR.get(ctx.state, operator)?.ok_or_else(|| corrupt("a member without record"))?;
    let mut validator = before.clone();
    base::shift(ctx, &escrow::UNBONDING, &escrow::BONDED, validator.tokens).map_err(halt)?;
    validator.bonded = true;
    validator.unbonding_until_unix_ms = 0;
    snapshot::keep_validator(ctx.state, operator, Some(&before), &validator)?;
    VALIDATOR.set(ctx.state, operator, &validator);
    // It signs from two heights on, and a vote is seen one later.
    window::start(ctx.state, operator, ctx.block.height.saturating_add(3))
}

fn leave(ctx: &mut Ctx<'_>, params: &Params, operator: &Address) -> Result<(), Halt> {
    let before = VALIDATOR.get(ctx.state, operator)?.ok_or_else(|| corrupt("a member without record"))?;
    let mut validator = before.clone();
    base::shift(ctx, &escrow::BONDED, &escrow::UNBONDING, validator.tokens).map_err(halt)?;
    validator.bonded = false;
    validator.unbonding_until_unix_ms = ctx.block.time_unix_ms.saturating_add(params.unbonding_ms);
    snapshot::keep_validator(ctx.state, operator, Some(&before), &validator)?;
    VALIDATOR.set(ctx.state, operator, &validator);
    if validator.tombstoned {
        return window::forget(ctx.state, params, operator);
    }
    window::pause(ctx.state, operator, ctx.block.height)
}
