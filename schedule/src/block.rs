//! What the protocol does on its own: it gives what is due its turn, and runs what has it. The work of a block is
//! bounded, and touches only what is due.

use chortle_kernel::{
    Acting, Amount, Ctx, Halt, List, Map, Order, Reject, ensure, gate::is_pause, tx::RawMessage,
};
use chortle_token::{self as token, protocol::FEES};

use crate::{
    error::Error,
    event::Ran,
    schedule::{corrupt, end, lol, ours, own_gas, run_gas, save},
    state::{BY_HEIGHT, BY_TIME, CONTENT, OWNER, PARAMS, READY, ROUND, SCHEDULE},
    types::{MESSAGES_MAX, Owner, Params, Queue, SCHEDULES, Schedule},
};

/// Most schedules by one clock that get their turn in one block.
pub const TURNS_MAX: usize = 64;
/// Most runs of one block.
pub const RUNS_MAX: usize = 64;
/// How long what a pause stops waits before it is tried again.
pub const AGAIN_MS: u64 = 3_600_000;

/// Gives what is due its turn, then runs what has it.
pub fn due(ctx: &mut Ctx<'_>) -> Result<(), Halt> {
    let Some(params) = PARAMS.get(ctx.state)? else { return Ok(()) };
    let (time, height) = (ctx.block.time_unix_ms, ctx.block.height);
    // Whoever pauses the module stops its runs. All keep their places.
    if ctx.pauses().of_message("schedule", "run", time).is_some() {
        return Ok(());
    }
    give_turns(ctx, &BY_TIME, time)?;
    give_turns(ctx, &BY_HEIGHT, height)?;
    run_ready(ctx, &params)
}

/// Each account has one turn a round, so whoever has much waiting waits for himself and for nobody else.
fn give_turns(ctx: &mut Ctx<'_>, queue: &Map<(u64, u64), ()>, now: u64) -> Result<(), Halt> {
    let rows = queue.iter(ctx.state, Order::Ascending);
    let rows = rows.take_while(|row| !matches!(row, Ok(((at, _), ())) if *at > now)).take(TURNS_MAX);
    for ((_, id), ()) in rows.collect::<Result<Vec<_>, Halt>>()? {
        let before = found(ctx, id)?;
        let owner = OWNER.get(ctx.state, &before.owner)?.unwrap_or_default();
        let running = ROUND.get(ctx.state)?.unwrap_or_default();
        let round = owner.round.saturating_add(1).max(running);
        OWNER.set(ctx.state, &before.owner, &Owner { round, ..owner });
        let after = Schedule { place: Queue::Ready(round), ..before.clone() };
        save(ctx.state, id, &before, &after);
    }
    Ok(())
}

fn run_ready(ctx: &mut Ctx<'_>, params: &Params) -> Result<(), Halt> {
    let mut left = params.block_gas_max;
    for _ in 0..RUNS_MAX {
        let Some(row) = READY.iter(ctx.state, Order::Ascending).next() else { break };
        let ((round, id), ()) = row?;
        let schedule = found(ctx, id)?;
        // What no block has room for any more is refused in its turn; all else waits for the next block in order.
        let gas = if schedule.gas > params.block_gas_max { 0 } else { schedule.gas };
        let room = left.min(ctx.gas_left());
        let Some(after) = room.checked_sub(gas).and_then(|_| left.checked_sub(gas)) else { break };
        left = after;
        ROUND.set(ctx.state, &round);
        run(ctx, id, &schedule, params)?;
    }
    Ok(())
}

fn found(ctx: &Ctx<'_>, id: u64) -> Result<Schedule, Halt> {
    SCHEDULE.get(ctx.state, &id)?.ok_or_else(|| corrupt("what is due is no schedule"))
}

/// Runs a schedule once. It has moved on before its messages run: none of them can meet it as one that is due.
fn run(ctx: &mut Ctx<'_>, id: u64, schedule: &Schedule, params: &Params) -> Result<(), Halt> {
    let tried = match judge(ctx, id, schedule, params)? {
        Err(refused) => Err(refused),
        Ok(messages) => ctx
            .try_keep(|ctx| {
                settle(ctx, id, schedule, schedule.gas, None)?;
                ctx.dispatch(Acting::Account(schedule.owner), &messages, u64::MAX)
            })?
            .map_err(|reject| (schedule.gas, reject)),
    };
    match tried {
        Ok(()) => Ok(()),
        Err((_, reject)) if is_pause(&reject) && may_wait(ctx, schedule) => {
            wait(ctx, id, schedule, params);
            Ok(())
        }
        Err((gas, reject)) => settle(ctx, id, schedule, gas, Some(&reject)),
    }
}

type Judged = Result<List<RawMessage, MESSAGES_MAX>, (u64, Reject)>;

/// What a run would send, or what refuses it before anything runs, which costs what the schedule itself takes.
fn judge(ctx: &Ctx<'_>, id: u64, schedule: &Schedule, params: &Params) -> Result<Judged, Halt> {
    let content = CONTENT.get(ctx.state, &id)?.ok_or_else(|| corrupt("a schedule has no messages"))?;
    let (price, found) = (ctx.block.gas_price, schedule.gas_price_max);
    let max = schedule.gas.min(params.block_gas_max);
    let judged = ensure(price <= found, Error::PriceTooLow { found, price })
        .and_then(|()| ensure(schedule.gas <= max, Error::TooMuchGas { gas: schedule.gas, max }))
        .and_then(|()| ctx.decode(&content.messages))
        .and_then(|calls| run_gas(&content.messages, &calls, max));
    let own = own_gas(&content.messages).min(schedule.gas);
    Ok(judged.map(|_| content.messages).map_err(|reject| (own, reject)))
}

/// Takes what a run costs and moves the schedule on: to its next run, or to its end.
fn settle(
    ctx: &mut Ctx<'_>,
    id: u64,
    schedule: &Schedule,
    gas: u64,
    refused: Option<&Reject>,
) -> Result<(), Halt> {
    let ticks = schedule.ticks(ctx.block.time_unix_ms, ctx.block.height);
    let price = ctx.block.gas_price.min(schedule.gas_price_max);
    let short = || corrupt("a schedule cannot pay its run");
    let fee = gas.checked_mul(price).and_then(Amount::new).ok_or_else(short)?;
    let mut after = Schedule {
        escrowed: schedule.escrowed.checked_sub(fee).ok_or_else(short)?,
        times_left: schedule.times_left.saturating_sub(ticks),
        next: schedule.next.saturating_add(schedule.every.saturating_mul(ticks)),
        runs: schedule.runs.saturating_add(1),
        until_unix_ms: 0,
        failure: refused.map(Reject::code),
        ..schedule.clone()
    };
    token::transfer(ctx, &SCHEDULES, &FEES, lol(fee)).map_err(ours)?;
    ctx.emit(&Ran {
        schedule: id,
        owner: schedule.owner,
        ticks,
        fee,
        times_left: after.times_left,
        failure: after.failure.clone(),
        why: refused.map_or_else(String::new, |reject| reject.sentence.clone()),
    });
    if after.times_left == 0 {
        return end(ctx, id, &after, false);
    }
    after.place = Queue::at(after.clock, after.next);
    save(ctx.state, id, schedule, &after);
    Ok(())
}

/// Whether a run that a pause stops is still to be tried again.
fn may_wait(ctx: &Ctx<'_>, schedule: &Schedule) -> bool {
    schedule.until_unix_ms == 0 || ctx.block.time_unix_ms < schedule.until_unix_ms
}

/// Nothing was done and nothing is paid: it is tried again, and what it misses meanwhile is one run with it.
fn wait(ctx: &mut Ctx<'_>, id: u64, schedule: &Schedule, params: &Params) {
    let now = ctx.block.time_unix_ms;
    let until_unix_ms = match schedule.until_unix_ms {
        0 => now.saturating_add(params.window_ms),
        until => until,
    };
    let again = now.saturating_add(AGAIN_MS).min(until_unix_ms);
    let after = Schedule { place: Queue::Time(again), until_unix_ms, ..schedule.clone() };
    save(ctx.state, id, schedule, &after);
}
