//! Doing what a proposal says: once, when its time has come, all of it or nothing.

use chortle_kernel::{Call, Ctx, Failure, Halt, Reject, codec, ensure, gate::is_pause, tx::RawMessage};

use crate::{
    electorate,
    error::Error,
    guard,
    msg::BeginPause,
    proposal::{self, corrupt},
    state::CONTENT,
    types::{Proposal, Stage, Third},
};

/// How long what a pause stops waits before it is tried again.
const AGAIN_MS: u64 = 3_600_000;

/// What comes of a try.
enum Tried {
    Done,
    Refused(Reject),
    /// Nothing was tried: wait until then.
    Wait(u64),
}

/// Tries a proposal whose time has come.
pub fn execute(ctx: &mut Ctx<'_>, id: u64, mut record: Proposal) -> Result<(), Halt> {
    let now = ctx.block.time_unix_ms;
    let latest = record.eta_unix_ms.saturating_add(record.terms.window_ms);
    if now > latest {
        let why = "it could not be tried in its window";
        return proposal::close(ctx, id, &mut record, (Stage::Expired, why));
    }
    let content = CONTENT.get(ctx.state, &id)?.ok_or_else(|| corrupt("a proposal says nothing"))?;
    match try_it(ctx, id, &record, &content.messages)? {
        Tried::Done => Ok(()),
        Tried::Wait(until) => {
            record.due_unix_ms = until.min(latest.saturating_add(1));
            proposal::save(ctx.state, id, &record)
        }
        Tried::Refused(reject) => {
            record.failure = Some(reject.code());
            proposal::close(ctx, id, &mut record, (Stage::Failed, &reject.to_string()))
        }
    }
}

fn try_it(ctx: &mut Ctx<'_>, id: u64, record: &Proposal, messages: &[RawMessage]) -> Result<Tried, Halt> {
    let now = ctx.block.time_unix_ms;
    let calls = match ctx.decode(messages) {
        Ok(calls) => calls,
        Err(reject) => return Ok(Tried::Refused(reject)),
    };
    let max = record.terms.gas_max;
    let gas = match gas_of(&calls, max) {
        Ok(gas) => gas,
        Err(reject) => return Ok(Tried::Refused(reject)),
    };
    if gas > ctx.gas_left() {
        return Ok(Tried::Wait(now.saturating_add(1)));
    }
    // It is over before its messages run: none of them can meet it as one that waits.
    let mut done = record.clone();
    let tried = ctx.try_keep(|ctx| {
        proposal::close(ctx, id, &mut done, (Stage::Executed, "it passed and its time came"))?;
        let acting = electorate::acting(record.community);
        ctx.for_proposal(id, |ctx| ctx.dispatch(acting, messages, max))?;
        if record.third == Third::Acts { charge(ctx, messages) } else { Ok(()) }
    })?;
    Ok(match tried {
        Ok(()) => Tried::Done,
        Err(reject) if is_pause(&reject) => Tried::Wait(now.saturating_add(AGAIN_MS)),
        Err(reject) => Tried::Refused(reject),
    })
}

/// Holds what more than a third of all power paused to the limits of guardians.
fn charge(ctx: &mut Ctx<'_>, messages: &[RawMessage]) -> Result<(), Failure> {
    for message in messages {
        let pause = codec::decode::<BeginPause>(&message.body);
        let pause = pause.map_err(|_| corrupt("a third of all power did more than pause"))?;
        let until_unix_ms = ctx.block.time_unix_ms.saturating_add(pause.duration_ms);
        guard::note(ctx, None, &pause.scope, until_unix_ms)?;
    }
    Ok(())
}

/// Whether the limits of guardians have room for what a third of all power wants to pause now.
pub fn has_room(ctx: &mut Ctx<'_>, id: u64) -> Result<bool, Halt> {
    let content = CONTENT.get(ctx.state, &id)?.ok_or_else(|| corrupt("a proposal says nothing"))?;
    // The failure that unwinds it carries the answer.
    let tried: Result<(), Result<(), Failure>> = ctx.attempt(|ctx| Err(charge(ctx, &content.messages)));
    match tried {
        Ok(()) | Err(Ok(())) => Ok(true),
        Err(Err(Failure::Reject(_))) => Ok(false),
        Err(Err(Failure::Halt(halt))) => Err(halt),
    }
}

/// What a proposal's messages take, or `too_much_gas`.
pub fn gas_of(calls: &[Call], max: u64) -> Result<u64, Reject> {
    let gas = calls.iter().try_fold(0u64, |sum, call| sum.checked_add(call.gas()?)).unwrap_or(u64::MAX);
    ensure(gas <= max, Error::TooMuchGas { gas, max })?;
    Ok(gas)
}
