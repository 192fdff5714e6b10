//! The record of a schedule, and what follows from it.

use chortle_kernel::{
    Address, Amount, AssetId, Call, Coin, Ctx, Failure, Halt, Origin, ReadState, Reject, State, ensure,
    gas::{leaves_gas, leaves_of},
    tx::RawMessage,
};
use chortle_token as token;

use crate::{
    error::Error,
    event::Ended,
    state::{BY_HEIGHT, BY_OWNER, BY_TIME, CONTENT, OPEN, OWNER, PARAMS, READY, SCHEDULE},
    types::{Content, Owner, Params, Queue, SCHEDULES, Schedule},
};

/// The rules in force, or `no_schedules`.
pub fn params(state: &dyn ReadState) -> Result<Params, Failure> {
    Ok(PARAMS.get(state)?.ok_or(Error::NoSchedules {})?)
}

/// The account that schedules. Modules and governance act by rules of their own, and not later.
pub fn account(ctx: &Ctx<'_>) -> Result<Address, Reject> {
    match ctx.origin {
        Origin::Account(account) if !account.is_protocol() => Ok(account),
        _ => Err(Error::OnlyAccounts {}.into()),
    }
}

/// A schedule, or `unknown_schedule`.
pub fn find(state: &dyn ReadState, schedule: u64) -> Result<Schedule, Failure> {
    Ok(SCHEDULE.get(state, &schedule)?.ok_or(Error::UnknownSchedule { schedule })?)
}

pub fn corrupt(what: &str) -> Halt {
    Halt::new(format!("schedule: {what}: the state is corrupt"))
}

/// What cannot be refused: a reject here is a fault of ours.
pub fn ours(failure: Failure) -> Halt {
    match failure {
        Failure::Halt(halt) => halt,
        Failure::Reject(reject) => corrupt(&reject.to_string()),
    }
}

pub fn lol(amount: Amount) -> Coin {
    Coin { asset: AssetId::NATIVE, amount }
}

/// What a run does beside its messages: it moves from where it waits to its turn and to where it waits again; record,
/// owner, round, what it runs, and the balances of escrow, fees and owner.
pub fn own_gas(messages: &[RawMessage]) -> u64 {
    leaves_gas(12, 12).saturating_add(leaves_gas(leaves_of(RawMessage::bytes_of(messages)), 0))
}

/// Gas of one run, or `too_much_gas`.
pub fn run_gas(messages: &[RawMessage], calls: &[Call], max: u64) -> Result<u64, Reject> {
    let sum = calls.iter().try_fold(own_gas(messages), |sum, call| sum.checked_add(call.gas()?));
    let gas = sum.unwrap_or(u64::MAX);
    ensure(gas <= max, Error::TooMuchGas { gas, max })?;
    Ok(gas)
}

fn put(state: &mut State, id: u64, place: Queue) {
    match place {
        Queue::Time(time) => BY_TIME.set(state, &(time, id), &()),
        Queue::Height(height) => BY_HEIGHT.set(state, &(height, id), &()),
        Queue::Ready(round) => READY.set(state, &(round, id), &()),
    }
}

fn take(state: &mut State, id: u64, place: Queue) {
    match place {
        Queue::Time(time) => BY_TIME.remove(state, &(time, id)),
        Queue::Height(height) => BY_HEIGHT.remove(state, &(height, id)),
        Queue::Ready(round) => READY.remove(state, &(round, id)),
    }
}

/// Writes a schedule that goes on, at the place where it waits now.
pub fn save(state: &mut State, id: u64, before: &Schedule, after: &Schedule) {
    if before.place != after.place {
        take(state, id, before.place);
        put(state, id, after.place);
    }
    SCHEDULE.set(state, &id, after);
}

/// Writes a new schedule, with all that follows from it.
pub fn insert(state: &mut State, id: u64, schedule: &Schedule, content: &Content) -> Result<(), Halt> {
    let owner = OWNER.get(state, &schedule.owner)?.unwrap_or_default();
    OWNER.set(state, &schedule.owner, &Owner { open: owner.open.saturating_add(1), ..owner });
    let open = OPEN.get(state)?.unwrap_or_default();
    OPEN.set(state, &open.saturating_add(1));
    put(state, id, schedule.place);
    SCHEDULE.set(state, &id, schedule);
    CONTENT.set(state, &id, content);
    BY_OWNER.set(state, &(schedule.owner, id), &());
    Ok(())
}

/// Removes a schedule with all that follows from it, and returns what it has in escrow.
pub fn end(ctx: &mut Ctx<'_>, id: u64, schedule: &Schedule, cancelled: bool) -> Result<(), Halt> {
    let (owner, returned) = (schedule.owner, schedule.escrowed);
    let mut of_owner = OWNER.get(ctx.state, &owner)?.unwrap_or_default();
    of_owner.open = of_owner.open.saturating_sub(1);
    if of_owner.open == 0 {
        // None of his waits, so every round of his is past.
        OWNER.remove(ctx.state, &owner);
    } else {
        OWNER.set(ctx.state, &owner, &of_owner);
    }
    let open = OPEN.get(ctx.state)?.unwrap_or_default();
    match open.checked_sub(1).filter(|left| *left > 0) {
        Some(left) => OPEN.set(ctx.state, &left),
        None => OPEN.remove(ctx.state),
    }
    take(ctx.state, id, schedule.place);
    SCHEDULE.remove(ctx.state, &id);
    CONTENT.remove(ctx.state, &id);
    BY_OWNER.remove(ctx.state, &(owner, id));
    token::transfer(ctx, &SCHEDULES, &owner, lol(returned)).map_err(ours)?;
    ctx.emit(&Ended { schedule: id, owner, returned, cancelled });
    Ok(())
}
