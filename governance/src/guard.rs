//! What guardians may stop, and for how long. Every limit is read off the rows of what they stopped: nothing is
//! counted beside them, so nothing is forgotten when a guardian leaves, or with an export.

use std::collections::BTreeSet;

use chortle_kernel::{
    Address, AssetId, Ctx, Failure, Halt, List, ReadState, Reject, State, dispatch, ensure,
    gate::{Pause, Pauses, Scope},
};

use crate::{
    error::Error,
    event::{PauseBegan, PauseEnded},
    proposal::corrupt,
    state::{GUARDED, GUARDIANS},
    types::{Guarded, Guardians},
};

/// Most rows that count at a time: fewer than pauses that can be in force, so guardians leave room for governance.
pub const ROWS_MAX: usize = 48;

/// The rules of guardians in force, or `no_governance`.
pub fn rules(state: &dyn ReadState) -> Result<Guardians, Failure> {
    Ok(GUARDIANS.get(state)?.ok_or(Error::NoGovernance {})?)
}

/// Something that can be stopped: a kind of message that moves an asset. A part that is absent, or a verb that is
/// empty, stands for all that no row names.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Point<'a> {
    message: Option<(&'a str, &'a str)>,
    asset: Option<AssetId>,
}

impl Point<'_> {
    fn is_in(&self, scope: &Scope) -> bool {
        match scope {
            Scope::Module { module } => self.message.is_some_and(|(of, _)| *of == **module),
            Scope::Message { module, message } => self.message == Some((module, message)),
            Scope::Asset { asset } => self.asset == Some(*asset),
        }
    }
}

/// What a scope stops, in parts that the rows tell apart.
fn points<'a>(scope: &'a Scope, rows: &'a [Guarded]) -> BTreeSet<Point<'a>> {
    let named = || rows.iter().map(|row| &row.scope).chain([scope]);
    let messages = named().filter_map(|named| match named {
        Scope::Module { module } => Some(Some((&**module, ""))),
        Scope::Message { module, message } => Some(Some((&**module, &**message))),
        Scope::Asset { .. } => None,
    });
    let messages: BTreeSet<_> = messages.chain([None]).collect();
    let assets = named().filter_map(|named| match named {
        Scope::Asset { asset } => Some(Some(*asset)),
        _ => None,
    });
    let assets: BTreeSet<_> = assets.chain([None]).collect();
    let all = messages.iter().flat_map(|message| assets.iter().map(|asset| (*message, *asset)));
    all.map(|(message, asset)| Point { message, asset }).filter(|point| point.is_in(scope)).collect()
}

/// For how long a point is stopped in the time that ends with the last of what stops it.
fn stopped_ms<'a>(point: &Point<'_>, rows: impl Iterator<Item = &'a Guarded>, window_ms: u64) -> u64 {
    let stops = rows.filter(|row| point.is_in(&row.scope));
    let mut spans: Vec<(u64, u64)> = stops.map(|row| (row.began_unix_ms, row.until_unix_ms)).collect();
    spans.sort_unstable();
    let end = spans.iter().map(|(_, until)| *until).max().unwrap_or(0);
    let mut seen = end.saturating_sub(window_ms);
    spans.into_iter().fold(0, |sum: u64, (from, until)| {
        let part = until.saturating_sub(from.max(seen));
        seen = seen.max(until);
        sum.saturating_add(part)
    })
}

/// Whether a row counts for some limit.
fn counts(rules: &Guardians, row: &Guarded, now: u64) -> bool {
    let kept_ms = rules.window_ms().max(rules.guardian_period_ms);
    row.until_unix_ms.saturating_add(kept_ms) > now
}

/// Notes that a guardian, or a third of all power, stops something until then; refuses what is beyond a limit.
pub fn note(
    ctx: &mut Ctx<'_>,
    by: Option<Address>,
    scope: &Scope,
    until_unix_ms: u64,
) -> Result<(), Failure> {
    let (rules, now) = (rules(ctx.state)?, ctx.block.time_unix_ms);
    let mut rows = GUARDED.get(ctx.state)?.unwrap_or_default();
    rows.retain(|row| counts(&rules, row, now));
    let own = rules.guardians.iter().find(|guardian| Some(guardian.account) == by);
    let (pauses, period_ms) = (own.map_or(rules.third_pauses, |own| own.pauses), rules.guardian_period_ms);
    let lately = |row: &&Guarded| row.guardian == by && row.began_unix_ms.saturating_add(period_ms) > now;
    let begun = u64::try_from(rows.iter().filter(lately).count()).unwrap_or(u64::MAX);
    ensure(begun < pauses && rows.len() < ROWS_MAX, Error::PausesSpent { pauses, period_ms })?;

    let lifts = List::default();
    rows.push(Guarded { scope: scope.clone(), guardian: by, began_unix_ms: now, until_unix_ms, lifts });
    ensure_room(&rules, &rows, by, scope)?;
    GUARDED.set(ctx.state, &rows);
    Ok(())
}

/// Refuses rows by which a part of a scope would be stopped for too long, by this hand or by all.
fn ensure_room(
    rules: &Guardians,
    rows: &[Guarded],
    by: Option<Address>,
    scope: &Scope,
) -> Result<(), Reject> {
    let window_ms = rules.window_ms();
    for point in points(scope, rows) {
        let all_ms = stopped_ms(&point, rows.iter(), window_ms);
        let max_ms = rules.pause_ms_max;
        ensure(all_ms <= max_ms, Error::StoppedTooLong { max_ms, window_ms })?;
        let hand = rows.iter().filter(|row| by.is_some() && row.guardian == by);
        let max_ms = rules.hand_ms_max;
        ensure(stopped_ms(&point, hand, window_ms) <= max_ms, Error::StoppedTooLong { max_ms, window_ms })?;
    }
    Ok(())
}

/// Begins a pause for a guardian.
pub fn begin(
    ctx: &mut Ctx<'_>,
    guardian: Address,
    scope: &Scope,
    (duration_ms, reason): (u64, &str),
) -> Result<(), Failure> {
    let now = ctx.block.time_unix_ms;
    let until_unix_ms = now.saturating_add(duration_ms);
    ensure(rules(ctx.state)?.has(&guardian), Error::NotGuardian {})?;
    let rows = GUARDED.get(ctx.state)?.unwrap_or_default();
    let guarded = rows.iter().any(|row| row.scope == *scope && row.until_unix_ms > now);
    let before = Pauses::read(ctx.state)?.iter().find(|pause| pause.scope == *scope).cloned();
    if let Some(Pause { until_unix_ms: until, .. }) = before.filter(|pause| !pause.is_over(now)) {
        // What governance paused is its own, and no pause is ever shortened.
        let longer = guarded && until < until_unix_ms;
        ensure(longer, Error::PausedAlready { until_unix_ms: until })?;
    }
    note(ctx, Some(guardian), scope, until_unix_ms)?;
    dispatch::begin_pause(ctx, Pause { scope: scope.clone(), until_unix_ms })?;
    let (scope, reason) = (scope.clone(), reason.to_owned());
    ctx.emit(&PauseBegan { scope, until_unix_ms, reason, guardian: Some(guardian) });
    Ok(())
}

/// Counts a guardian's word against a pause that a guardian, or a third of all power, began, and ends it if enough want
/// that. Answers how many do, and how many must.
pub fn lift(ctx: &mut Ctx<'_>, guardian: Address, scope: &Scope) -> Result<(usize, usize), Failure> {
    let (rules, now) = (rules(ctx.state)?, ctx.block.time_unix_ms);
    ensure(rules.has(&guardian), Error::NotGuardian {})?;
    let mut rows = GUARDED.get(ctx.state)?.unwrap_or_default();
    let is_it = |row: &&mut Guarded| row.scope == *scope && row.until_unix_ms > now;
    let row = rows.iter_mut().rev().find(is_it).ok_or(Error::NotGuarded {})?;
    ensure(!row.lifts.contains(&guardian), Error::LiftedAlready {})?;
    // Who is no guardian any more has no word, and leaves room for those who are.
    let mut lifts: Vec<Address> = row.lifts.iter().copied().filter(|lift| rules.has(lift)).collect();
    lifts.push(guardian);
    let (found, needed) = (lifts.len(), rules.majority());
    row.lifts = List::parse(lifts).map_err(|_| corrupt("more guardians than there can be"))?;
    GUARDED.set(ctx.state, &rows);
    if found >= needed {
        close(ctx.state, scope, now)?;
        dispatch::end_pause(ctx, scope)?;
        ctx.emit(&PauseEnded { scope: scope.clone() });
    }
    Ok((found, needed))
}

/// Says that nobody but governance stops a scope from now on: it began a pause of its own, or ended one.
pub fn close(state: &mut State, scope: &Scope, now: u64) -> Result<(), Halt> {
    let Some(mut rows) = GUARDED.get(state)? else { return Ok(()) };
    let mut found = false;
    for row in rows.iter_mut().filter(|row| row.scope == *scope && row.until_unix_ms > now) {
        row.until_unix_ms = now;
        row.lifts = List::default();
        found = true;
    }
    if found {
        GUARDED.set(state, &rows);
    }
    Ok(())
}
