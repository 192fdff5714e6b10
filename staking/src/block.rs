//! What the protocol does on its own. Nothing here grows with the number of delegators.

use std::collections::BTreeMap;

use chortle_kernel::{Address, Amount, AssetId, Ctx, Failure, Halt, Order, State, block::Vote};
use chortle_token::{self as token, protocol};

use crate::{
    base::{self, corrupt, halt, lol},
    delegation, escrow, event, math, mature, set, slash, snapshot, stake,
    state::{BY_KEY, EARNINGS, ISSUANCE, OFFENCE, PARAMS, RESTAKE, RESTAKE_AFTER, VALIDATOR},
    types::{Issuance, Offence, Params, Wide},
    validator, window,
};

/// Longest time that one block issues for: a chain that stood still does not pay for it.
const ISSUED_MS_MAX: u64 = 3_600_000;
/// Rewards, liveness, evidence, correlation.
pub(crate) fn begin(ctx: &mut Ctx<'_>) -> Result<(), Halt> {
    let Some(params) = PARAMS.get(ctx.state)? else { return Ok(()) };
    let block = ctx.block;
    issue(ctx, &params).map_err(halt)?;
    allocate(ctx, &params, &block.votes).map_err(halt)?;
    for vote in &block.votes {
        watch(ctx, &params, vote).map_err(halt)?;
    }
    for evidence in &block.misbehavior {
        slash::judge(ctx, &params, evidence).map_err(halt)?;
    }
    close_windows(ctx, &params).map_err(halt)
}

/// Matures, restakes, and sends what changed in the set.
pub(crate) fn end(ctx: &mut Ctx<'_>) -> Result<(), Halt> {
    let Some(params) = PARAMS.get(ctx.state)? else { return Ok(()) };
    mature::mature(ctx, &params)?;
    restake(ctx, &params)?;
    set::update_set(ctx, &params)?;
    snapshot::sweep(ctx.state)
}

/// Issues for the time since the last block, and burns a part of the fees. A block without votes leaves both to the
/// next one, which allocates them.
fn issue(ctx: &mut Ctx<'_>, params: &Params) -> Result<(), Failure> {
    if ctx.block.votes.iter().all(|vote| vote.power == 0) {
        return Ok(());
    }
    let now = ctx.block.time_unix_ms;
    let before = ISSUANCE.get(ctx.state)?.ok_or_else(|| corrupt("no issuance"))?;
    let elapsed_ms = now.saturating_sub(before.time_unix_ms).min(ISSUED_MS_MAX);
    let supply = token::supply(ctx.state, AssetId::NATIVE)?;
    let bonded = token::native_balance(ctx.state, &escrow::BONDED)?;
    let rate = controller(params).next_rate(before.rate, bonded, supply, elapsed_ms);
    ISSUANCE.set(ctx.state, &Issuance { rate, time_unix_ms: now });
    let room = Amount::MAX.checked_sub(supply).unwrap_or_default();
    let issued = math::issued_floor(supply, rate, elapsed_ms).min(room);
    token::mint(ctx, &protocol::FEES, lol(issued))?;
    let fees = token::native_balance(ctx.state, &protocol::FEES)?.checked_sub(issued).unwrap_or_default();
    token::burn(ctx, &protocol::FEES, lol(math::part_bps_floor(fees, params.fee_burn_bps)))
}

pub(crate) fn controller(params: &Params) -> math::Controller {
    math::Controller {
        min_bps: params.issuance_min_bps,
        max_bps: params.issuance_max_bps,
        change_bps: params.issuance_change_bps,
        target_bps: params.bonded_target_bps,
    }
}

/// Shares what the fee account holds by the powers of the last commit. What nobody earned goes to the treasury, the
/// part above the cap on rewards with it: whoever splits gains nothing that is not by its stake.
fn allocate(ctx: &mut Ctx<'_>, params: &Params, votes: &[Vote]) -> Result<(), Failure> {
    let total = votes.iter().fold(0u64, |sum, vote| sum.saturating_add(vote.power));
    if total == 0 {
        return Ok(());
    }
    let pool = token::native_balance(ctx.state, &protocol::FEES)?;
    let tax = math::part_bps_floor(pool, params.tax_bps);
    let net = pool.checked_sub(tax).unwrap_or_default();
    let sums = math::PowerSums::of(votes.iter().map(|vote| vote.power));
    let mut paid = Amount::ZERO;
    for vote in votes.iter().filter(|vote| vote.signed) {
        let power = math::rewarded_power_floor(vote.power, sums, params.reward_cap_bps);
        let part = net.mul_div_floor(power, total).unwrap_or_default();
        if reward(ctx.state, ctx.block.epoch, &vote.validator, part)? {
            paid = paid.checked_add(part).ok_or_else(|| corrupt("rewards above their pool"))?;
        }
    }
    token::transfer(ctx, &protocol::FEES, &escrow::REWARDS, lol(paid))?;
    let rest = pool.checked_sub(paid).ok_or_else(|| corrupt("rewards above their pool"))?;
    token::transfer(ctx, &protocol::FEES, &protocol::TREASURY, lol(rest))
}

/// Credits a validator; false if it earns nothing.
fn reward(state: &mut State, epoch: u64, key: &[u8; 20], part: Amount) -> Result<bool, Halt> {
    let Some(operator) = BY_KEY.get(state, key)? else { return Ok(false) };
    let Some(validator) = VALIDATOR.get(state, &operator)? else { return Ok(false) };
    if validator.jailed || validator.shares.0 == 0 || part.is_zero() {
        return Ok(false);
    }
    let mut earned = validator::earnings(state, &operator)?;
    let commission = math::part_bps_floor(part, validator.commission.rate_in(epoch));
    let net = math::wide(part.checked_sub(commission).unwrap_or_default());
    let grown = net
        .checked_mul(math::INDEX_ONE)
        .and_then(|product| product.checked_add(earned.carry.0))
        .and_then(|sum| Some((sum.checked_div(validator.shares.0)?, sum.checked_rem(validator.shares.0)?)));
    let Some((step, carry)) = grown else { return Ok(false) };
    let Some(index) = earned.index.0.checked_add(step) else { return Ok(false) };
    let Some(commission) = earned.commission.checked_add(commission) else { return Ok(false) };
    earned.index = Wide(index);
    earned.carry = Wide(carry);
    earned.commission = commission;
    EARNINGS.set(state, &operator, &earned);
    Ok(true)
}

/// Notes whether a validator signed, and jails it past the bound.
fn watch(ctx: &mut Ctx<'_>, params: &Params, vote: &Vote) -> Result<(), Failure> {
    let Some(operator) = BY_KEY.get(ctx.state, &vote.validator)? else { return Ok(()) };
    let Some(mut validator) = VALIDATOR.get(ctx.state, &operator)? else { return Ok(()) };
    let height = ctx.block.height;
    if validator.jailed || !validator.bonded {
        return Ok(());
    }
    let missed = window::observe(ctx.state, params, (&operator, height), vote.signed)?;
    let signed_min = params.window_blocks.saturating_mul(params.signed_min_bps).div_ceil(math::ONE_BPS);
    let missed_max = params.window_blocks.saturating_sub(signed_min);
    if missed.is_none_or(|missed| missed <= missed_max) {
        return Ok(());
    }
    // The commit is that of the block before.
    slash::downtime(ctx, params, &operator, &mut validator, height.saturating_sub(1))?;
    window::forget(ctx.state, params, &operator)?;
    Ok(())
}

/// Most windows that one block closes; the rest waits for the next.
const CLOSED_MAX: usize = 16;

/// Two epochs after an offence no other can join it: what they did together costs the square of their share. Offences
/// are summed by epoch once, so the work is in their number.
fn close_windows(ctx: &mut Ctx<'_>, params: &Params) -> Result<(), Failure> {
    let epoch = ctx.block.epoch;
    let (mut sums, mut due): (BTreeMap<u64, u128>, Vec<(Address, Offence)>) = Default::default();
    for row in OFFENCE.iter(ctx.state, Order::Ascending) {
        let (operator, offence) = row?;
        let sum = sums.entry(offence.epoch).or_default();
        *sum = sum.saturating_add(u128::from(offence.power));
        let rests = if offence.closed { 4 } else { 2 };
        if due.len() < CLOSED_MAX && epoch >= offence.epoch.saturating_add(rests) {
            due.push((operator, offence));
        }
    }
    for (operator, offence) in due {
        if epoch >= offence.epoch.saturating_add(4) {
            OFFENCE.remove(ctx.state, &operator);
        } else {
            OFFENCE.set(ctx.state, &operator, &Offence { closed: true, ..offence.clone() });
        }
        if offence.closed {
            continue;
        }
        let near = offence.epoch.saturating_sub(1)..=offence.epoch.saturating_add(1);
        let part = sums.range(near).fold(0u128, |sum, (_, power)| sum.saturating_add(*power));
        slash::top_up(ctx, params, &operator, &offence, part)?;
    }
    Ok(())
}

/// Delegates the rewards of those who asked for it, a few each block, in turn.
fn restake(ctx: &mut Ctx<'_>, params: &Params) -> Result<(), Halt> {
    let after = RESTAKE_AFTER.get(ctx.state)?;
    let budget = usize::try_from(params.restake_per_block).unwrap_or(usize::MAX);
    let rows: Vec<(Address, Address)> = RESTAKE
        .iter_after(ctx.state, after.as_ref(), Order::Ascending)
        .take(budget)
        .map(|row| row.map(|(pair, ())| pair))
        .collect::<Result<_, _>>()?;
    match rows.last().filter(|_| rows.len() == budget) {
        Some(last) => RESTAKE_AFTER.set(ctx.state, last),
        None if after.is_some() => RESTAKE_AFTER.remove(ctx.state),
        None => {}
    }
    for (delegator, operator) in rows {
        // What cannot be restaked stays where it is, and is tried again when its turn comes.
        let _kept = ctx.try_keep(|ctx| restake_one(ctx, params, &delegator, &operator))?;
    }
    Ok(())
}

fn restake_one(
    ctx: &mut Ctx<'_>,
    params: &Params,
    delegator: &Address,
    operator: &Address,
) -> Result<(), Failure> {
    let mut held = stake::held(ctx, delegator, operator)?;
    let validator = validator::validator(ctx.state, operator)?;
    if held.shares.0 == 0 {
        RESTAKE.remove(ctx.state, &(*delegator, *operator));
        return Ok(());
    }
    if held.pending < params.restake_min || validator.jailed {
        return Ok(());
    }
    let amount = std::mem::take(&mut held.pending);
    delegation::save(ctx.state, delegator, operator, &held)?;
    base::shift(ctx, &escrow::REWARDS, &validator::pool(validator.bonded), amount)?;
    stake::bond(ctx, delegator, operator, amount)?;
    ctx.emit(&event::Restaked { delegator: *delegator, operator: *operator, amount });
    Ok(())
}
