//! What holds of schedules after every block; what they have in escrow is their escrow's, which `app` compares.

use std::collections::BTreeMap;

use chortle_kernel::{Address, Amount, AssetId, Halt, Invariant, Order, ReadState};

use crate::{
    state::{BY_HEIGHT, BY_OWNER, BY_TIME, CONTENT, NEXT_ID, OPEN, OWNER, READY, ROUND, SCHEDULE},
    types::{Queue, Schedule},
};

/// Every invariant.
pub const INVARIANTS: &[Invariant] = &[
    Invariant { name: "schedules_can_pay_their_runs", check: schedules_can_pay_their_runs },
    Invariant { name: "schedules_wait_in_one_place", check: schedules_wait_in_one_place },
    Invariant { name: "owners_are_counted", check: owners_are_counted },
];

/// What all schedules have in escrow.
pub(crate) fn held(state: &dyn ReadState) -> Result<Vec<(AssetId, u128)>, Halt> {
    let mut sum = 0_u128;
    for row in SCHEDULE.iter(state, Order::Ascending) {
        sum = sum.saturating_add(row?.1.escrowed.base_units().into());
    }
    Ok(vec![(AssetId::NATIVE, sum)])
}

/// Refuses a schedule that could not pay every run that is left, or has none.
pub(crate) fn ensure_sound(schedule: &Schedule) -> Result<(), String> {
    let runs = schedule.gas.checked_mul(schedule.gas_price_max);
    let runs = runs.and_then(|one| one.checked_mul(schedule.times_left)).and_then(Amount::new);
    let needs = runs.and_then(|runs| runs.checked_add(schedule.deposit));
    let pays = needs.is_some_and(|needs| schedule.escrowed >= needs);
    let recurs = schedule.times_left == 1 || schedule.every > 0;
    match pays && recurs && schedule.times_left > 0 && !schedule.owner.is_protocol() {
        true => Ok(()),
        false => Err(format!("a schedule of {} has no run, or cannot pay it", schedule.owner)),
    }
}

fn schedules_can_pay_their_runs(state: &dyn ReadState) -> Result<(), String> {
    SCHEDULE.iter(state, Order::Ascending).try_for_each(|row| ensure_sound(&row?.1))
}

fn schedules_wait_in_one_place(state: &dyn ReadState) -> Result<(), String> {
    let next = NEXT_ID.get(state)?.unwrap_or(1);
    let mut count = 0_usize;
    for row in SCHEDULE.iter(state, Order::Ascending) {
        let (id, schedule) = row?;
        count = count.saturating_add(1);
        let waits = match schedule.place {
            Queue::Time(time) => BY_TIME.has(state, &(time, id))?,
            Queue::Height(height) => BY_HEIGHT.has(state, &(height, id))?,
            Queue::Ready(round) => READY.has(state, &(round, id))?,
        };
        if !waits || id >= next || !CONTENT.has(state, &id)? || !BY_OWNER.has(state, &(schedule.owner, id))? {
            return Err(format!("schedule {id} never runs, says nothing, or has no number"));
        }
    }
    let rows = [&BY_TIME, &BY_HEIGHT, &READY].map(|queue| queue.iter(state, Order::Ascending).count());
    let waiting = rows.iter().copied().fold(0_usize, usize::saturating_add);
    let contents = CONTENT.iter(state, Order::Ascending).count();
    let listed = BY_OWNER.iter(state, Order::Ascending).count();
    match [waiting, contents, listed] == [count; 3] {
        true => Ok(()),
        false => Err(format!("{count} schedules, {waiting} places, {contents} contents, {listed} lines")),
    }
}

fn owners_are_counted(state: &dyn ReadState) -> Result<(), String> {
    let mut counts = BTreeMap::<Address, u64>::new();
    let mut last = BTreeMap::<Address, u64>::new();
    let mut open = 0_u64;
    for row in SCHEDULE.iter(state, Order::Ascending) {
        let (_, schedule) = row?;
        open = open.saturating_add(1);
        let count = counts.entry(schedule.owner).or_default();
        *count = count.saturating_add(1);
        if let Queue::Ready(round) = schedule.place {
            let latest = last.entry(schedule.owner).or_default();
            *latest = round.max(*latest);
        }
    }
    let noted = OPEN.get(state)?.unwrap_or_default();
    let mut owners = 0_usize;
    for row in OWNER.iter(state, Order::Ascending) {
        let (account, owner) = row?;
        owners = owners.saturating_add(1);
        let latest = last.get(&account).copied().unwrap_or_default();
        if counts.get(&account) != Some(&owner.open) || owner.round < latest {
            return Err(format!("{account} has {} schedules noted, or a turn beyond its last", owner.open));
        }
    }
    let running = ROUND.get(state)?.unwrap_or_default();
    let first = READY.iter(state, Order::Ascending).next().transpose()?;
    let behind = first.is_some_and(|((round, _), ())| round < running);
    match noted == open && owners == counts.len() && !behind {
        true => Ok(()),
        false => Err(format!("{open} schedules of {} accounts; noted are {noted} of {owners}", counts.len())),
    }
}
