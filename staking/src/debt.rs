//! What entries owe for faults of the validator that they left: settled when their pair is touched, always before they
//! are paid.

use chortle_kernel::{Address, Amount, Ctx, Failure, Halt, ReadState};
use chortle_token::{self as token, protocol};

use crate::{
    base::{self, corrupt, halt, lol},
    delegation, escrow, event, math,
    state::{FAULT, INDEX_AT, PARAMS, REDELEGATION, UNBONDING, VALIDATOR},
    types::{Fault, FaultKind, Wide},
    validator,
};

/// Burns slashed stake, less the treasury's part.
pub(crate) fn confiscate(ctx: &mut Ctx<'_>, from: &Address, amount: Amount) -> Result<(), Failure> {
    let bps = PARAMS.get(ctx.state)?.map_or(0, |params| params.slash_treasury_bps);
    let kept = math::part_bps_floor(amount, bps);
    token::transfer(ctx, from, &protocol::TREASURY, lol(kept))?;
    token::burn(ctx, from, lol(amount.checked_sub(kept).unwrap_or_default()))
}

/// What an entry that left `source` owes for faults decided since it last paid, by the height that decided: until it is
/// paid out it answers, also while it waits in the queue past its time. At most eleven reads.
fn debts(
    state: &dyn ReadState,
    source: &Address,
    (created_height, slashed_height): (u64, u64),
    initial: Amount,
) -> Result<Vec<(u64, Amount)>, Halt> {
    let mut debts = Vec::new();
    let mut add = |fault: Option<Fault>, height: u64| {
        // It is settled up to the height at which it began, at least.
        let applies = |fault: &Fault| height > slashed_height && fault.from_height <= created_height;
        if let Some(fault) = fault.filter(applies) {
            debts.push((height, part_of(&fault, created_height, initial)));
        }
    };
    // Downtime reaches two heights back, so only the next two heights can hold one for this entry.
    for ahead in 1..=2 {
        let height = created_height.saturating_add(ahead);
        add(FAULT.get(state, &(*source, height, FaultKind::Downtime.number()))?, height);
    }
    for height in VALIDATOR.get(state, source)?.map(|validator| validator.graves).unwrap_or_default() {
        for kind in FaultKind::GRAVE {
            add(FAULT.get(state, &(*source, height, kind.number()))?, height);
        }
    }
    debts.sort_by_key(|(height, _)| *height);
    Ok(debts)
}

/// What so much that began to leave at a height owes for a fault, rounded down.
pub(crate) fn part_of(fault: &Fault, created_height: u64, initial: Amount) -> Amount {
    if created_height < fault.evidence_height {
        math::part_ppb_floor(initial, fault.fraction_ppb)
    } else {
        initial.mul_div_floor(fault.fraction_ppb, fault.left_ppb).unwrap_or(initial).min(initial)
    }
}

/// The sum of what an entry owes.
pub(crate) fn owed(
    state: &dyn ReadState,
    source: &Address,
    created_height: u64,
    slashed_height: u64,
    initial: Amount,
) -> Result<Amount, Halt> {
    let debts = debts(state, source, (created_height, slashed_height), initial)?;
    Ok(debts.iter().fold(Amount::ZERO, |sum, (_, part)| sum.checked_add(*part).unwrap_or(Amount::MAX)))
}

/// Takes what a pair's unbonding entries owe for faults of the validator that they leave.
pub(crate) fn settle_unbondings(
    ctx: &mut Ctx<'_>,
    delegator: &Address,
    operator: &Address,
) -> Result<(), Halt> {
    let pair = (*delegator, *operator);
    let mut entries = UNBONDING.get(ctx.state, &pair)?.unwrap_or_default();
    let mut sum = Amount::ZERO;
    for entry in &mut entries {
        let since = entry.slashed_height;
        let part = owed(ctx.state, operator, entry.created_height, since, entry.initial)?.min(entry.balance);
        entry.slashed_height = ctx.block.height;
        entry.balance = entry.balance.checked_sub(part).unwrap_or_default();
        sum = sum.checked_add(part).ok_or_else(|| corrupt("slashes overflow"))?;
    }
    if !sum.is_zero() {
        UNBONDING.set(ctx.state, &pair, &entries);
        confiscate(ctx, &escrow::UNBONDING, sum).map_err(halt)?;
        ctx.emit(&event::EntrySlashed { delegator: *delegator, source: *operator, amount: sum });
    }
    Ok(())
}

/// Takes what stake that moved to `operator` owes for its sources: first from what the delegator has on its way out
/// here, then from its shares here, with what these earned since the slash.
pub(crate) fn settle_redelegations(
    ctx: &mut Ctx<'_>,
    delegator: &Address,
    operator: &Address,
) -> Result<(), Halt> {
    let pair = (*delegator, *operator);
    let Some(mut moves) = REDELEGATION.get(ctx.state, &pair)? else { return Ok(()) };
    let mut sum = Amount::ZERO;
    for entry in &mut moves {
        let (source, heights) = (entry.source, (entry.created_height, entry.slashed_height));
        let parts = debts(ctx.state, &source, heights, entry.initial)?;
        entry.slashed_height = ctx.block.height;
        for (height, part) in parts.into_iter().filter(|(_, part)| !part.is_zero()) {
            sum = sum.checked_add(part).ok_or_else(|| corrupt("slashes overflow"))?;
            let rest = take_unbonding(ctx, &pair, entry.created_height, part)?;
            let index = INDEX_AT.get(ctx.state, &((source, *operator), height))?;
            let index = index.ok_or_else(|| corrupt("a debt without its index"))?;
            let (shares, taken) = take_shares(ctx, &pair, rest, index)?;
            entry.shares = Wide(entry.shares.0.saturating_sub(shares));
            let amount = part.checked_sub(rest).and_then(|out| out.checked_add(taken)).unwrap_or_default();
            ctx.emit(&event::EntrySlashed { delegator: *delegator, source, amount });
        }
    }
    if sum.is_zero() {
        return Ok(());
    }
    REDELEGATION.set(ctx.state, &pair, &moves);
    let record = VALIDATOR.get(ctx.state, operator)?;
    let mut record = record.ok_or_else(|| corrupt("a delegation without validator"))?;
    record.owed = record.owed.checked_sub(sum).ok_or_else(|| corrupt("more was paid than was owed"))?;
    validator::save(ctx.state, ctx.block, operator, &record)
}

/// Takes from immature unbonding entries that began after the move. Answers what is still owed.
fn take_unbonding(
    ctx: &mut Ctx<'_>,
    pair: &(Address, Address),
    moved_height: u64,
    owed: Amount,
) -> Result<Amount, Halt> {
    settle_unbondings(ctx, &pair.0, &pair.1)?;
    let mut entries = UNBONDING.get(ctx.state, pair)?.unwrap_or_default();
    let mut rest = owed;
    for entry in entries.iter_mut().filter(|entry| entry.created_height >= moved_height) {
        let part = rest.min(entry.balance);
        entry.balance = entry.balance.checked_sub(part).unwrap_or_default();
        rest = rest.checked_sub(part).unwrap_or_default();
    }
    if rest != owed {
        UNBONDING.set(ctx.state, pair, &entries);
        let sum = owed.checked_sub(rest).unwrap_or_default();
        confiscate(ctx, &escrow::UNBONDING, sum).map_err(halt)?;
    }
    Ok(rest)
}

/// Takes from shares, rounded down, and what they earned since an index. Answers the shares and what they were worth.
fn take_shares(
    ctx: &mut Ctx<'_>,
    (delegator, operator): &(Address, Address),
    owed: Amount,
    index: Wide,
) -> Result<(u128, Amount), Halt> {
    let nothing = Ok((0, Amount::ZERO));
    let Some(mut record) = VALIDATOR.get(ctx.state, operator)? else { return nothing };
    let mut held = delegation::peek(ctx.state, delegator, operator)?;
    let (tokens, shares) = (record.tokens, record.shares.0);
    let out = math::mul_div_floor(math::wide(owed), shares, math::wide(tokens)).unwrap_or(0);
    let out = out.min(held.shares.0);
    let taken = if out == shares { tokens } else { math::tokens_of_floor(out, tokens, shares) };
    if out == 0 {
        return nothing;
    }
    // From the slash on these shares earned nothing.
    let grown = held.index.0.saturating_sub(index.0);
    let earned = math::mul_div_floor(out, grown, math::INDEX_ONE).and_then(math::amount);
    let earned = earned.unwrap_or(held.pending).min(held.pending);
    held.pending = held.pending.checked_sub(earned).unwrap_or_default();
    base::shift(ctx, &escrow::REWARDS, &protocol::TREASURY, earned).map_err(halt)?;
    held.shares.0 = held.shares.0.saturating_sub(out);
    record.shares.0 = shares.saturating_sub(out);
    record.tokens = tokens.checked_sub(taken).unwrap_or_default();
    if held.shares.0 == 0 {
        record.delegators = record.delegators.saturating_sub(1);
    }
    delegation::save(ctx.state, delegator, operator, &held)?;
    validator::jail_if_short(ctx, (delegator, operator), &mut record, held.shares.0)?;
    confiscate(ctx, &validator::pool(record.bonded), taken).map_err(halt)?;
    validator::save(ctx.state, ctx.block, operator, &record)?;
    Ok((out, taken))
}
