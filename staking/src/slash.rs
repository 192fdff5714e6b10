//! Faults: what is taken at once, what entries that left owe from now on, and what power that costs.
//!
//! A fault takes `floor(f · stake at the offence)` in all, and of nobody more than that fraction of what he has there.
//! The part of entries that left since is a sum for each destination, so the work is independent of their number.

use chortle_kernel::{
    Address, Amount, Ctx, Failure, Halt,
    block::{ConsensusAddress, Misbehavior, MisbehaviorKind},
    bounds::UNIX_MS_MAX,
};

use crate::{
    base::corrupt,
    debt, event, history, math, outflow,
    state::{BY_KEY, EARNINGS, FAULT, INDEX_AT, OFFENCE, PARAMS, SET, VALIDATOR},
    types::{Fault, FaultKind, Offence, Params, Validator},
    validator,
};

/// What a module charges a validator with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Charge {
    /// Why; `Downtime` jails, all else tombstones.
    pub kind: FaultKind,
    /// Height of the offence.
    pub height: u64,
    /// The part of the stake behind that height that it costs, in parts per billion.
    pub fraction_ppb: u64,
}

/// Decides a charge by the consensus address of any key that the validator ever had. False if it cannot act: nobody has
/// the key, he is out already, or nothing of his is bound any more. Call it from a hook that runs before a block's
/// transactions: what begins to leave in the same block does not answer for it.
pub fn punish(ctx: &mut Ctx<'_>, address: &ConsensusAddress, charge: Charge) -> Result<bool, Failure> {
    let Some(params) = PARAMS.get(ctx.state)? else { return Ok(false) };
    let Some((operator, mut record)) = answerable(ctx, address)? else { return Ok(false) };
    if charge.height > ctx.block.height {
        return Ok(false);
    }
    if charge.kind == FaultKind::Downtime {
        if record.jailed {
            return Ok(false);
        }
        let params = Params { downtime_ppb: charge.fraction_ppb, ..params };
        downtime(ctx, &params, &operator, &mut record, ctx.block.height.saturating_sub(1))?;
        return Ok(true);
    }
    let set = SET.get(ctx.state)?.unwrap_or_default();
    let total = set.iter().fold(0u64, |sum, member| sum.saturating_add(member.power));
    let power = set.iter().find(|member| member.operator == operator).map_or(0, |member| member.power);
    bury(ctx, &operator, &mut record, charge, (power, total))?;
    Ok(true)
}

/// Acts on evidence, if it can: what is unknown, stale, of the future or of somebody already out is skipped.
pub(crate) fn judge(ctx: &mut Ctx<'_>, params: &Params, evidence: &Misbehavior) -> Result<(), Failure> {
    let kind = match evidence.kind {
        MisbehaviorKind::DuplicateVote => FaultKind::DuplicateVote,
        MisbehaviorKind::LightClientAttack => FaultKind::LightClientAttack,
        MisbehaviorKind::Unknown => return Ok(()),
    };
    let Some((operator, mut record)) = answerable(ctx, &evidence.validator)? else { return Ok(()) };
    let Some(age_blocks) = ctx.block.height.checked_sub(evidence.height) else { return Ok(()) };
    let age_ms = ctx.block.time_unix_ms.saturating_sub(evidence.time_unix_ms);
    if age_ms > params.unbonding_ms && age_blocks > history::evidence_blocks_max(params) {
        return Ok(());
    }
    let charge = Charge { kind, height: evidence.height, fraction_ppb: params.evidence_ppb };
    bury(ctx, &operator, &mut record, charge, (evidence.power, evidence.total_power))
}

/// The validator of a key, if something of it is bound and it is not out for good.
fn answerable(ctx: &mut Ctx<'_>, address: &ConsensusAddress) -> Result<Option<(Address, Validator)>, Halt> {
    let Some(operator) = BY_KEY.get(ctx.state, address)? else { return Ok(None) };
    let Some(record) = VALIDATOR.get(ctx.state, &operator)? else { return Ok(None) };
    let gone = !record.bonded && record.unbonding_until_unix_ms <= ctx.block.time_unix_ms;
    Ok(Some((operator, record)).filter(|(_, record)| !record.tombstoned && !gone))
}

/// Slashes, tombstones, and opens the window in which others can join.
fn bury(
    ctx: &mut Ctx<'_>,
    operator: &Address,
    record: &mut Validator,
    charge: Charge,
    (power, total_power): (u64, u64),
) -> Result<(), Failure> {
    record.jailed = true;
    record.tombstoned = true;
    record.jailed_until_unix_ms = UNIX_MS_MAX;
    // The stake behind block h is the stake at the end of h-2: what left at h-1 or later was behind it.
    let stake = history::stake_at(ctx.state, operator, charge.height.saturating_sub(2))?;
    let fault = Fault {
        kind: charge.kind,
        fault_height: charge.height,
        from_height: charge.height.saturating_sub(1),
        fraction_ppb: charge.fraction_ppb.min(math::ONE_PPB),
        evidence_height: ctx.block.height,
        left_ppb: math::ONE_PPB,
        stake,
        taken: Amount::ZERO,
        time_unix_ms: ctx.block.time_unix_ms,
    };
    let fault = slash(ctx, operator, record, fault)?;
    let offence = Offence { fault, power, total_power, epoch: ctx.block.epoch, closed: false };
    OFFENCE.set(ctx.state, operator, &offence);
    ctx.emit(&event::Jailed { operator: *operator, until_unix_ms: None, tombstoned: true });
    Ok(())
}

/// Slashes and jails for downtime that ended with a height.
pub(crate) fn downtime(
    ctx: &mut Ctx<'_>,
    params: &Params,
    operator: &Address,
    record: &mut Validator,
    fault_height: u64,
) -> Result<(), Failure> {
    validator::jail(ctx, operator, record)?;
    let stake = history::stake_at(ctx.state, operator, fault_height.saturating_sub(2))?;
    let fault = Fault {
        kind: FaultKind::Downtime,
        fault_height,
        from_height: fault_height.saturating_sub(1),
        fraction_ppb: params.downtime_ppb,
        evidence_height: ctx.block.height,
        left_ppb: math::ONE_PPB,
        stake,
        taken: Amount::ZERO,
        time_unix_ms: ctx.block.time_unix_ms,
    };
    slash(ctx, operator, record, fault).map(drop)
}

/// Takes what an offence costs above its first slash, now that all who took part are known by their power.
pub(crate) fn top_up(
    ctx: &mut Ctx<'_>,
    params: &Params,
    operator: &Address,
    offence: &Offence,
    power: u128,
) -> Result<(), Failure> {
    let (first, total) = (&offence.fault, u128::from(offence.total_power));
    let fraction = math::correlated_ppb_floor(power, total, params.evidence_ppb);
    let fraction_ppb = fraction.saturating_sub(first.fraction_ppb);
    let Some(mut record) = VALIDATOR.get(ctx.state, operator)?.filter(|_| fraction_ppb > 0) else {
        return Ok(());
    };
    let fault = Fault {
        kind: FaultKind::Correlated,
        fraction_ppb,
        left_ppb: math::ONE_PPB.saturating_sub(first.fraction_ppb),
        taken: Amount::ZERO,
        time_unix_ms: ctx.block.time_unix_ms,
        ..first.clone()
    };
    slash(ctx, operator, &mut record, fault).map(drop)
}

/// Decides a fault: takes its part of the stake that is there, and notes what all that left owes.
fn slash(
    ctx: &mut Ctx<'_>,
    operator: &Address,
    record: &mut Validator,
    mut fault: Fault,
) -> Result<Fault, Failure> {
    let height = ctx.block.height;
    let total = math::part_ppb_floor(fault.stake, fault.fraction_ppb);
    let mut owed = Amount::ZERO;
    for destination in outflow::destinations(ctx.state, operator)? {
        let part = owed_by(ctx, &(*operator, destination), &fault)?;
        owed = owed.checked_add(part).ok_or_else(|| corrupt("slashes overflow"))?;
        if destination != *operator && !part.is_zero() {
            charge_destination(ctx, operator, &destination, part)?;
        }
    }
    // Whatever left for good before the evidence: who stayed pays his own part and no more.
    let own = record.tokens.mul_div_ceil(fault.fraction_ppb, fault.left_ppb).unwrap_or(record.tokens);
    let taken = total.checked_sub(owed).unwrap_or_default().min(own).min(record.tokens);
    record.tokens = record.tokens.checked_sub(taken).unwrap_or_default();
    debt::confiscate(ctx, &validator::pool(record.bonded), taken)?;
    fault.taken = taken;
    FAULT.set(ctx.state, &(*operator, height, fault.kind.number()), &fault);
    if fault.kind != FaultKind::Downtime {
        record.graves.push(height);
    }
    validator::save(ctx.state, ctx.block, operator, record)?;
    let Fault { kind, fault_height, fraction_ppb, .. } = fault;
    ctx.emit(&event::Slashed { operator: *operator, kind, fault_height, fraction_ppb, taken });
    Ok(fault)
}

/// What all that went one way and still answers owes for a fault.
fn owed_by(ctx: &Ctx<'_>, pair: &(Address, Address), fault: &Fault) -> Result<Amount, Halt> {
    let all = outflow::since(ctx.state, pair, fault.from_height)?;
    let late = outflow::since(ctx.state, pair, fault.evidence_height.max(fault.from_height))?;
    let early = all.checked_sub(late).unwrap_or_default();
    let early = debt::part_of(fault, fault.from_height.min(fault.evidence_height.saturating_sub(1)), early);
    let late = debt::part_of(fault, fault.evidence_height, late);
    early.checked_add(late).ok_or_else(|| corrupt("slashes overflow"))
}

/// What moved to a destination has no power there from this block on, and earns nothing more.
fn charge_destination(
    ctx: &mut Ctx<'_>,
    source: &Address,
    destination: &Address,
    part: Amount,
) -> Result<(), Halt> {
    let record = VALIDATOR.get(ctx.state, destination)?;
    let mut record = record.ok_or_else(|| corrupt("stake moved to nobody"))?;
    record.owed = record.owed.checked_add(part).ok_or_else(|| corrupt("slashes overflow"))?;
    let index = EARNINGS.get(ctx.state, destination)?.unwrap_or_default().index;
    INDEX_AT.set(ctx.state, &((*source, *destination), ctx.block.height), &index);
    validator::save(ctx.state, ctx.block, destination, &record)
}
