//! What the protocol does on its own. Nothing here grows with the number of delegators.

use chortle_kernel::{
    Address, Amount, AssetId, Bytes, Ctx, Failure, Halt, Order, State,
    block::{Misbehavior, MisbehaviorKind, Vote},
};
use chortle_token::{self as token, protocol};

use crate::{
    event,
    ledger::{self, corrupt, lol},
    mature, rules, set, slash,
    slash::halt,
    state::{
        BY_KEY, EARNINGS, ISSUANCE, MISSED, OFFENCE, PARAMS, RESTAKE, RESTAKE_AFTER, SIGNING, VALIDATOR,
    },
    types::{FaultKind, Issuance, Offence, Params, Signing, Wide},
};

/// Longest time that one block issues for: a chain that stood still does not pay for it.
const ISSUED_MS_MAX: u64 = 3_600_000;
/// Bits of a chunk of the signing window.
pub(crate) const CHUNK_BITS: u64 = 1_024;

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
        punish(ctx, &params, evidence).map_err(halt)?;
    }
    close_windows(ctx, &params).map_err(halt)
}

/// Matures, restakes, and sends what changed in the set.
pub(crate) fn end(ctx: &mut Ctx<'_>) -> Result<(), Halt> {
    let Some(params) = PARAMS.get(ctx.state)? else { return Ok(()) };
    mature::mature(ctx, &params)?;
    restake(ctx, &params)?;
    set::update_set(ctx, &params)
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
    let bonded = token::native_balance(ctx.state, &protocol::BONDED)?;
    let rate = controller(params).next_rate(before.rate, bonded, supply, elapsed_ms);
    ISSUANCE.set(ctx.state, &Issuance { rate, time_unix_ms: now });
    let room = Amount::MAX.checked_sub(supply).unwrap_or_default();
    let issued = rules::issued_floor(supply, rate, elapsed_ms).min(room);
    token::mint(ctx, &protocol::FEES, lol(issued))?;
    let fees = token::native_balance(ctx.state, &protocol::FEES)?.checked_sub(issued).unwrap_or_default();
    token::burn(ctx, &protocol::FEES, lol(rules::part_bps_floor(fees, params.fee_burn_bps)))
}

pub(crate) fn controller(params: &Params) -> rules::Controller {
    rules::Controller {
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
    let tax = rules::part_bps_floor(pool, params.tax_bps);
    let net = pool.checked_sub(tax).unwrap_or_default();
    let sums = rules::PowerSums::of(votes.iter().map(|vote| vote.power));
    let mut paid = Amount::ZERO;
    for vote in votes.iter().filter(|vote| vote.signed) {
        let power = rules::rewarded_power_floor(vote.power, sums, params.reward_cap_bps);
        let part = net.mul_div_floor(power, total).unwrap_or_default();
        if reward(ctx.state, ctx.block.epoch, &vote.validator, part)? {
            paid = paid.checked_add(part).ok_or_else(|| corrupt("rewards above their pool"))?;
        }
    }
    token::transfer(ctx, &protocol::FEES, &protocol::REWARDS, lol(paid))?;
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
    let mut earned = ledger::earnings(state, &operator)?;
    let commission = rules::part_bps_floor(part, validator.commission.rate_in(epoch));
    let net = rules::wide(part.checked_sub(commission).unwrap_or_default());
    let grown = net
        .checked_mul(rules::INDEX_ONE)
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
    // Only a member that was jailed and could not leave, because the set would have been empty, has none here.
    let fresh = Signing { start_height: height, missed: 0 };
    let mut signing = SIGNING.get(ctx.state, &operator)?.unwrap_or(fresh);
    if height < signing.start_height {
        return Ok(());
    }
    let position = height.checked_rem(params.window_blocks).unwrap_or(0);
    let was = flip(ctx.state, &operator, position, !vote.signed)?;
    if was == vote.signed {
        let missed = signing.missed;
        signing.missed = if was { missed.saturating_sub(1) } else { missed.saturating_add(1) };
    }
    if was == vote.signed || signing.start_height == height {
        SIGNING.set(ctx.state, &operator, &signing);
    }
    let signed_min = params.window_blocks.saturating_mul(params.signed_min_bps).div_ceil(rules::ONE_BPS);
    let missed_max = params.window_blocks.saturating_sub(signed_min);
    let full = height.saturating_sub(signing.start_height) >= params.window_blocks;
    if !full || signing.missed <= missed_max {
        return Ok(());
    }
    let until = ctx.block.time_unix_ms.saturating_add(params.downtime_jail_ms);
    validator.jailed = true;
    validator.jailed_until_unix_ms = until;
    // The commit is that of the block before, and the stake behind it is older by two: what left since owes.
    let from = height.saturating_sub(2);
    let stake = slash::stake_at(ctx.state, &operator, height.saturating_sub(3))?;
    let (heights, part) = ((height.saturating_sub(1), from), (stake, params.downtime_ppb));
    slash::slash(ctx, &operator, &mut validator, FaultKind::Downtime, heights, part)?;
    forget_window(ctx.state, params, &operator)?;
    ctx.emit(&event::Jailed { operator, until_unix_ms: until, tombstoned: false });
    Ok(())
}

/// Sets a bit of the window and answers what it was. A chunk is written only if it changes.
fn flip(state: &mut State, operator: &Address, position: u64, miss: bool) -> Result<bool, Halt> {
    let chunk = u32::try_from(position.checked_div(CHUNK_BITS).unwrap_or(0)).unwrap_or(u32::MAX);
    let key = (*operator, chunk);
    let bit = position.checked_rem(CHUNK_BITS).unwrap_or(0);
    let stored = MISSED.get(state, &key)?.map(|bits| bits.to_vec());
    let mut bits = stored.unwrap_or_else(|| vec![0; 128]);
    let at = usize::try_from(bit.checked_div(8).unwrap_or(0)).unwrap_or(0);
    let mask = 1u8.checked_shl(u32::try_from(bit.checked_rem(8).unwrap_or(0)).unwrap_or(0)).unwrap_or(0);
    let Some(byte) = bits.get_mut(at) else { return Err(corrupt("a short signing window")) };
    let was = *byte & mask != 0;
    if was != miss {
        *byte ^= mask;
        if bits.iter().all(|byte| *byte == 0) {
            MISSED.remove(state, &key);
        } else {
            MISSED.set(state, &key, &Bytes::parse(bits).map_err(Halt::new)?);
        }
    }
    Ok(was)
}

/// Empties a signing window.
pub(crate) fn forget_window(state: &mut State, params: &Params, operator: &Address) -> Result<(), Halt> {
    let chunks = params.window_blocks.div_ceil(CHUNK_BITS);
    for chunk in 0..u32::try_from(chunks).unwrap_or(u32::MAX) {
        if MISSED.has(state, &(*operator, chunk))? {
            MISSED.remove(state, &(*operator, chunk));
        }
    }
    SIGNING.remove(state, operator);
    Ok(())
}

/// Acts on evidence, if it can: what is unknown, stale, of the future or of somebody already out is skipped.
fn punish(ctx: &mut Ctx<'_>, params: &Params, evidence: &Misbehavior) -> Result<(), Failure> {
    let kind = match evidence.kind {
        MisbehaviorKind::DuplicateVote => FaultKind::DuplicateVote,
        MisbehaviorKind::LightClientAttack => FaultKind::LightClientAttack,
        MisbehaviorKind::Unknown => return Ok(()),
    };
    let Some(operator) = BY_KEY.get(ctx.state, &evidence.validator)? else { return Ok(()) };
    let Some(mut validator) = VALIDATOR.get(ctx.state, &operator)? else { return Ok(()) };
    let Some(age_blocks) = ctx.block.height.checked_sub(evidence.height) else { return Ok(()) };
    let age_ms = ctx.block.time_unix_ms.saturating_sub(evidence.time_unix_ms);
    let stale = age_ms > params.unbonding_ms && age_blocks > slash::evidence_blocks_max(params);
    let gone = !validator.bonded && validator.unbonding_until_unix_ms <= ctx.block.time_unix_ms;
    if validator.tombstoned || stale || gone {
        return Ok(());
    }
    validator.jailed = true;
    validator.tombstoned = true;
    validator.jailed_until_unix_ms = u64::MAX;
    // The stake behind block h is the stake at the end of h-2: what left at h-1 or later was behind it.
    let stake = slash::stake_at(ctx.state, &operator, evidence.height.saturating_sub(2))?;
    let heights = (evidence.height, evidence.height.saturating_sub(1));
    let fault = slash::slash(ctx, &operator, &mut validator, kind, heights, (stake, params.evidence_ppb))?;
    let offence = Offence {
        fault,
        power: evidence.power,
        total_power: evidence.total_power,
        epoch: ctx.block.epoch,
        closed: false,
    };
    OFFENCE.set(ctx.state, &operator, &offence);
    ctx.emit(&event::Jailed { operator, until_unix_ms: u64::MAX, tombstoned: true });
    Ok(())
}

/// Two epochs after an offence no other can join it: what they did together costs the square of their share. The rows
/// are at most as many as validators that lost a part of their stake within four epochs.
fn close_windows(ctx: &mut Ctx<'_>, params: &Params) -> Result<(), Failure> {
    let epoch = ctx.block.epoch;
    let rows: Vec<(Address, Offence)> =
        OFFENCE.iter(ctx.state, Order::Ascending).collect::<Result<_, _>>()?;
    for (operator, offence) in &rows {
        if epoch >= offence.epoch.saturating_add(4) {
            OFFENCE.remove(ctx.state, operator);
        }
        if offence.closed || epoch < offence.epoch.saturating_add(2) {
            continue;
        }
        let near = rows.iter().filter(|(_, other)| other.epoch.abs_diff(offence.epoch) <= 1);
        let part = near.fold(0u128, |sum, (_, other)| sum.saturating_add(u128::from(other.power)));
        let total = u128::from(offence.total_power);
        let fraction = rules::correlated_ppb_floor(part, total, params.evidence_ppb);
        let more = fraction.saturating_sub(offence.fault.fraction_ppb);
        if let Some(mut validator) = VALIDATOR.get(ctx.state, operator)?.filter(|_| more > 0) {
            let heights = (offence.fault.fault_height, offence.fault.from_height);
            let part = (offence.fault.stake, more);
            slash::slash(ctx, operator, &mut validator, FaultKind::Correlated, heights, part)?;
        }
        if epoch < offence.epoch.saturating_add(4) {
            OFFENCE.set(ctx.state, operator, &Offence { closed: true, ..offence.clone() });
        }
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
    let validator = ledger::validator(ctx.state, operator)?;
    let mut held = ledger::peek(ctx.state, delegator, operator)?;
    if held.shares.0 == 0 {
        RESTAKE.remove(ctx.state, &(*delegator, *operator));
        return Ok(());
    }
    if held.pending < params.restake_min || validator.jailed {
        return Ok(());
    }
    let amount = std::mem::take(&mut held.pending);
    ledger::save_delegation(ctx.state, delegator, operator, &held);
    ledger::shift(ctx, &protocol::REWARDS, &ledger::pool(validator.bonded), amount)?;
    ledger::bond(ctx, delegator, operator, amount)?;
    ctx.emit(&event::Restaked { delegator: *delegator, operator: *operator, amount });
    Ok(())
}
