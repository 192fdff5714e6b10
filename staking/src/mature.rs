//! What falls due: unbondings that are paid, redelegations that stop answering for their source.

use chortle_kernel::{Address, Amount, Ctx, Failure, Halt, Order, State};

use crate::{
    base::{self, corrupt},
    debt, escrow, event, outflow,
    state::{HELD, QUEUE, REDELEGATION, UNBONDING, VALIDATOR},
    types::{Due, DueKind, Params, Redelegation},
    validator,
};

/// How long a payment that was refused waits.
const AGAIN_MS: u64 = 3_600_000;

/// Takes what fell due off the queue, up to the budget; the rest waits for the next block. What answers for an offence
/// whose correlation window is open is held until it closes, and goes first then.
pub(crate) fn mature(ctx: &mut Ctx<'_>, params: &Params) -> Result<(), Halt> {
    let now = ctx.block.time_unix_ms;
    let budget = usize::try_from(params.mature_per_block).unwrap_or(usize::MAX);
    let mut ready = release(ctx.state, budget)?;
    let due: Vec<((u64, u64), Due)> = QUEUE
        .iter(ctx.state, Order::Ascending)
        .take_while(|row| !matches!(row, Ok(((time, _), _)) if *time > now))
        .take(budget.saturating_sub(ready.len()))
        .collect::<Result<_, _>>()?;
    for (key, due) in due {
        QUEUE.remove(ctx.state, &key);
        ready.push((key.1, due));
    }
    for (number, due) in ready {
        match answers_to(ctx.state, &due, now)? {
            Some(source) => HELD.set(ctx.state, &(source, number), &due),
            None if due.kind == DueKind::Unbonding => {
                // What the account cannot take now stays bound to it and is tried again.
                if ctx.try_keep(|ctx| pay_unbonding(ctx, &due))?.is_err() {
                    QUEUE.set(ctx.state, &(now.saturating_add(AGAIN_MS), number), &due);
                }
            }
            None => end_redelegation(ctx, &due)?,
        }
    }
    Ok(())
}

/// Takes back held rows of offenders whose window has closed. Open windows are skipped by one read each.
fn release(state: &mut State, budget: usize) -> Result<Vec<(u64, Due)>, Halt> {
    let (mut ready, mut after) = (Vec::new(), None);
    while ready.len() < budget {
        let Some(row) = HELD.iter_after(state, after.as_ref(), Order::Ascending).next() else { break };
        let ((source, number), due) = row?;
        if validator::window_is_open(state, &source)? {
            after = Some((source, u64::MAX));
        } else {
            HELD.remove(state, &(source, number));
            ready.push((number, due));
        }
    }
    Ok(ready)
}

/// The offender whose open window what falls due must wait for.
fn answers_to(state: &State, due: &Due, now_unix_ms: u64) -> Result<Option<Address>, Halt> {
    let moves = REDELEGATION.get(state, &(due.delegator, due.validator))?.unwrap_or_default();
    let mut waits = None;
    match due.kind {
        DueKind::Unbonding => {
            if validator::window_is_open(state, &due.validator)? {
                return Ok(Some(due.validator));
            }
            for entry in moves.iter().filter(|entry| entry.created_height <= due.created_height) {
                if validator::window_is_open(state, &entry.source)? {
                    waits = Some(entry.source);
                }
            }
        }
        DueKind::Redelegation => {
            for entry in moves.iter().filter(|entry| is_due(entry, due, now_unix_ms)) {
                if !validator::window_is_open(state, &entry.source)? {
                    return Ok(None);
                }
                waits = Some(entry.source);
            }
        }
    }
    Ok(waits)
}

fn is_due(entry: &Redelegation, due: &Due, now_unix_ms: u64) -> bool {
    entry.created_height == due.created_height && entry.completion_unix_ms <= now_unix_ms
}

fn pay_unbonding(ctx: &mut Ctx<'_>, due: &Due) -> Result<(), Failure> {
    let (delegator, operator, now) = (due.delegator, due.validator, ctx.block.time_unix_ms);
    let pair = (delegator, operator);
    debt::settle_redelegations(ctx, &delegator, &operator)?;
    debt::settle_unbondings(ctx, &delegator, &operator)?;
    let mut entries = UNBONDING.get(ctx.state, &pair)?.unwrap_or_default();
    let found = entries
        .iter()
        .position(|entry| entry.created_height == due.created_height && entry.completion_unix_ms <= now);
    let Some(index) = found else { return Ok(()) };
    let entry = entries.remove(index);
    if entries.is_empty() {
        UNBONDING.remove(ctx.state, &pair);
    } else {
        UNBONDING.set(ctx.state, &pair, &entries);
    }
    outflow::remove(ctx.state, &(operator, operator), entry.created_height, entry.initial)?;
    base::shift(ctx, &escrow::UNBONDING, &delegator, entry.balance)?;
    ctx.emit(&event::Unbonded { delegator, operator, amount: entry.balance });
    Ok(())
}

fn end_redelegation(ctx: &mut Ctx<'_>, due: &Due) -> Result<(), Halt> {
    let pair = (due.delegator, due.validator);
    debt::settle_redelegations(ctx, &due.delegator, &due.validator)?;
    let mut moves = REDELEGATION.get(ctx.state, &pair)?.unwrap_or_default();
    let mut found = None;
    for (index, entry) in moves.iter().enumerate() {
        let free = !validator::window_is_open(ctx.state, &entry.source)?;
        if free && found.is_none() && is_due(entry, due, ctx.block.time_unix_ms) {
            found = Some(index);
        }
    }
    let Some(index) = found else { return Ok(()) };
    let entry = moves.remove(index);
    if moves.is_empty() {
        REDELEGATION.remove(ctx.state, &pair);
    } else {
        REDELEGATION.set(ctx.state, &pair, &moves);
    }
    let way = (entry.source, due.validator);
    outflow::remove(ctx.state, &way, entry.created_height, entry.initial)?;
    outflow::forget_indexes(ctx.state, &way)?;
    let record = VALIDATOR.get(ctx.state, &due.validator)?;
    let mut record = record.ok_or_else(|| corrupt("a delegation without validator"))?;
    record.moved = record.moved.saturating_sub(1);
    if record.moved == 0 {
        // What rounding left of it.
        record.owed = Amount::ZERO;
    }
    validator::save(ctx.state, ctx.block, &due.validator, &record)
}
