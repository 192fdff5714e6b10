//! Schedules, as people read them.

use chortle_kernel::{
    Address, Amount, List, Order, Page, PageArgs, Query, QueryError, QueryKind, View, tx::RawMessage,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    state::{BY_OWNER, CONTENT, SCHEDULE},
    types::{Clock, MESSAGES_MAX, Queue, Schedule},
};

/// Every read.
pub const QUERIES: &[QueryKind] =
    &[QueryKind::of::<Schedules>(), QueryKind::of::<ScheduleOf>(), QueryKind::of::<SchedulesOf>()];

/// A schedule.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct ScheduleAnswer {
    /// Its number.
    pub schedule: u64,
    /// Whose messages run.
    pub owner: Address,
    /// What it goes by.
    pub clock: Clock,
    /// When its next run is due: a block time in milliseconds since 1970, or a height.
    pub next: u64,
    /// How long after that the one after it is, in milliseconds or blocks; 0 if there is none.
    pub every: u64,
    /// How many runs are left; those that were missed count as one run, and as many off this.
    pub times_left: u64,
    /// Whether it is due and waits for its turn.
    pub ready: bool,
    /// Until when what a pause stops is tried again; null if nothing stopped its next run.
    pub paused_until_unix_ms: Option<u64>,
    /// Gas that a run is charged for.
    pub gas: u64,
    /// Most nlol per gas.
    pub gas_price_max: u64,
    /// What it has in escrow, in nlol: what its runs may cost, and the deposit.
    pub escrowed: Amount,
    /// How often it ran.
    pub runs: u64,
    /// The code of what refused its last run, if that failed.
    pub failure: Option<String>,
    /// What it runs, in order.
    pub messages: List<RawMessage, MESSAGES_MAX>,
}

fn show(view: View<'_>, id: u64, schedule: Schedule) -> Result<ScheduleAnswer, QueryError> {
    let content = CONTENT.get(view.state, &id)?;
    let content = content.ok_or_else(|| QueryError::NotFound("it says nothing".to_owned()))?;
    Ok(ScheduleAnswer {
        schedule: id,
        owner: schedule.owner,
        clock: schedule.clock,
        next: schedule.next,
        every: schedule.every,
        times_left: schedule.times_left,
        ready: matches!(schedule.place, Queue::Ready(_)),
        paused_until_unix_ms: Some(schedule.until_unix_ms).filter(|until| *until > 0),
        gas: schedule.gas,
        gas_price_max: schedule.gas_price_max,
        escrowed: schedule.escrowed,
        runs: schedule.runs,
        failure: schedule.failure,
        messages: content.messages,
    })
}

fn found(view: View<'_>, id: u64) -> Result<ScheduleAnswer, QueryError> {
    let missing =
        || QueryError::NotFound(format!("there is no schedule {id}: over, cancelled, or never made"));
    show(view, id, SCHEDULE.get(view.state, &id)?.ok_or_else(missing)?)
}

/// Lists the schedules by number.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
pub struct Schedules {
    /// Which page.
    #[serde(flatten)]
    pub page: PageArgs,
}

impl Query for Schedules {
    const NAME: &'static str = "schedules";
    const PATH: &'static str = "schedules";
    type Answer = Page<ScheduleAnswer>;

    fn run(&self, view: View<'_>) -> Result<Self::Answer, QueryError> {
        let after = self.page.after(view)?;
        let rows = SCHEDULE.iter_after(view.state, after.as_ref(), Order::Ascending);
        Page::collect(view, rows, self.page.limit()?, |id, schedule| show(view, *id, schedule))
    }
}

/// Shows a schedule: what it runs, and when. One that is over is gone.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ScheduleOf {
    /// Its number.
    pub schedule: u64,
}

impl Query for ScheduleOf {
    const NAME: &'static str = "schedule";
    const PATH: &'static str = "schedules/{schedule}";
    type Answer = ScheduleAnswer;

    fn run(&self, view: View<'_>) -> Result<Self::Answer, QueryError> {
        found(view, self.schedule)
    }
}

/// Lists the schedules of an account.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
pub struct SchedulesOf {
    /// Whose, as lol1… or 0x….
    pub address: Address,
    /// Which page.
    #[serde(flatten)]
    pub page: PageArgs,
}

impl Query for SchedulesOf {
    const NAME: &'static str = "schedules_of";
    const PATH: &'static str = "accounts/{address}/schedules";
    type Answer = Page<ScheduleAnswer>;

    fn run(&self, view: View<'_>) -> Result<Self::Answer, QueryError> {
        let after = self.page.after(view)?.map(|id: u64| (self.address, id));
        let rows = BY_OWNER.iter_under(view.state, &self.address, after.as_ref(), Order::Ascending);
        let rows = rows.map(|row| row.map(|((_, id), ())| (id, ())));
        Page::collect(view, rows, self.page.limit()?, |id, ()| found(view, *id))
    }
}
