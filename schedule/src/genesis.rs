//! The section `schedule` of the genesis document.

use chortle_kernel::{
    Address, Ctx, GenesisError, GenesisSection, Halt, List, Order, Params as _, ReadState, tx::RawMessage,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    invariant::{INVARIANTS, ensure_sound},
    schedule::{corrupt, insert},
    state::{CONTENT, NEXT_ID, OWNER, PARAMS, ROUND, SCHEDULE},
    types::{Content, MESSAGES_MAX, Owner, Params, Schedule},
};

/// A schedule with what it runs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GenesisSchedule {
    /// Its number.
    pub id: u64,
    /// Its record.
    pub record: Schedule,
    /// What it runs.
    pub messages: List<RawMessage, MESSAGES_MAX>,
}

/// The rows of a running chain, as an export writes them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Running {
    /// Number of the next schedule.
    pub next: u64,
    /// The round of the last run.
    pub round: u64,
    /// Schedules by number.
    pub schedules: Vec<GenesisSchedule>,
    /// The last round of each account that has schedules.
    pub rounds: Vec<(Address, u64)>,
}

/// The section: a fresh chain has rules, an export rows too. What schedules have in escrow stands in the section
/// `token`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Genesis {
    /// What governance can set of schedules.
    pub params: Params,
    /// A running chain's rows.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub running: Option<Running>,
}

impl GenesisSection for Genesis {
    fn validate(&self) -> Result<(), GenesisError> {
        let within =
            |error: GenesisError| GenesisError::at(format!("/params{}", error.pointer), error.sentence);
        self.params.validate().map_err(within)?;
        let Some(running) = &self.running else { return Ok(()) };
        let mut before = 0;
        for (index, one) in running.schedules.iter().enumerate() {
            let wrong = |sentence| GenesisError::at(format!("/running/schedules/{index}"), sentence);
            if one.id <= before {
                return Err(wrong(format!("{} is out of order", one.id)));
            }
            before = one.id;
            ensure_sound(&one.record).map_err(wrong)?;
        }
        Ok(())
    }

    fn init(&self, ctx: &mut Ctx<'_>) -> Result<(), GenesisError> {
        PARAMS.set(ctx.state, &self.params);
        match &self.running {
            Some(running) => running.write(ctx),
            None => Ok(()),
        }
    }

    fn export(state: &dyn ReadState) -> Result<Self, Halt> {
        let Some(params) = PARAMS.get(state)? else { return Ok(Self::default()) };
        let running = Running::read(state)?;
        // A chain on which nothing was ever scheduled is exported as it began.
        let running = Some(running).filter(|running| *running != Running { next: 1, ..Running::default() });
        Ok(Self { params, running })
    }
}

impl Running {
    fn write(&self, ctx: &mut Ctx<'_>) -> Result<(), GenesisError> {
        let wrong = |sentence: String| GenesisError::at("/running", sentence);
        NEXT_ID.set(ctx.state, &self.next);
        if self.round > 0 {
            ROUND.set(ctx.state, &self.round);
        }
        for one in &self.schedules {
            let content = Content { messages: one.messages.clone() };
            insert(ctx.state, one.id, &one.record, &content).map_err(|halt| wrong(halt.0))?;
        }
        for (account, round) in &self.rounds {
            let owner = OWNER.get(ctx.state, account).map_err(|halt| wrong(halt.0))?;
            let owner = owner.ok_or_else(|| wrong(format!("{account} has a round and no schedule")))?;
            OWNER.set(ctx.state, account, &Owner { round: *round, ..owner });
        }
        for invariant in INVARIANTS {
            (invariant.check)(ctx.state).map_err(|found| wrong(format!("{}: {found}", invariant.name)))?;
        }
        Ok(())
    }

    fn read(state: &dyn ReadState) -> Result<Self, Halt> {
        let mut schedules = Vec::new();
        for row in SCHEDULE.iter(state, Order::Ascending) {
            let (id, record) = row?;
            let content = CONTENT.get(state, &id)?.ok_or_else(|| corrupt("a schedule has no messages"))?;
            schedules.push(GenesisSchedule { id, record, messages: content.messages });
        }
        let rounds =
            OWNER.iter(state, Order::Ascending).map(|row| row.map(|(who, owner)| (who, owner.round)));
        Ok(Self {
            next: NEXT_ID.get(state)?.unwrap_or(1),
            round: ROUND.get(state)?.unwrap_or_default(),
            schedules,
            rounds: rounds.filter(|row| !matches!(row, Ok((_, 0)))).collect::<Result<_, Halt>>()?,
        })
    }
}
