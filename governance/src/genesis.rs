//! The section `governance` of the genesis document.

use chortle_kernel::{
    Address, Amount, Ctx, GenesisError, GenesisSection, Halt, Order, Params as _, ReadState,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    ballot,
    invariant::INVARIANTS,
    params::{ensure_body_floors, ensure_floors},
    proposal,
    state::{
        BALLOT, BODIES, BY_COMMUNITY, BY_PROPOSER, BY_RECIPIENT, CONSTITUTION, CONTENT, DEPOSIT, GUARDED,
        GUARDIANS, NEXT_ID, NEXT_STREAM, OVERRIDDEN, PARAMS, PROPOSAL, REACHED, REPRESENTATIVE, REPRESENTED,
        SETTLING, STREAM, TALLY, USED,
    },
    types::{
        Ballot, Bodies, Constitution, Content, Guarded, Guardians, Params, Proposal, Reached, Settlement,
        Stage, Stream, Tally, Used,
    },
};

/// A proposal with what it says and what it came to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GenesisProposal {
    /// Its number.
    pub id: u64,
    /// Its record.
    pub record: Proposal,
    /// What it says.
    pub content: Content,
    /// Votes by option; none before voting.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tally: Option<Tally>,
    /// When it came to each of its stages.
    #[serde(default)]
    pub reached: Vec<(Stage, Reached)>,
}

/// The rows of a running chain, as an export writes them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Running {
    /// Number of the next proposal.
    pub next: u64,
    /// Proposals by number.
    pub proposals: Vec<GenesisProposal>,
    /// Deposits by proposal and account.
    pub deposits: Vec<((u64, Address), Amount)>,
    /// Ballots by proposal and voter.
    pub ballots: Vec<((u64, Address), Ballot)>,
    /// What delegators vote themselves, by proposal and operator.
    pub overridden: Vec<((u64, Address), Amount)>,
    /// What is being cleared away: deposits (0), ballots (1).
    pub settling: Vec<((u32, u64), Settlement)>,
    /// Representatives by account and number of a class.
    pub representatives: Vec<((Address, u32), Address)>,
    /// What guardians paused and any limit counts.
    #[serde(default)]
    pub guarded: Vec<Guarded>,
    /// What the proposals of bodies count for.
    #[serde(default)]
    pub used: Vec<(Address, Vec<Used>)>,
    /// Number of the next stream.
    #[serde(default = "first")]
    pub next_stream: u64,
    /// Streams by number.
    #[serde(default)]
    pub streams: Vec<(u64, Stream)>,
}

fn first() -> u64 {
    1
}

/// The section: a fresh chain has rules, an export rows too. What deposits hold stands in the section `token`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Genesis {
    /// What governance can set of itself.
    pub params: Params,
    /// The floors under that.
    pub constitution: Constitution,
    /// Who may pause at once, and for how long.
    pub guardians: Guardians,
    /// Who can propose by the optimistic track.
    pub bodies: Bodies,
    /// A running chain's rows.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub running: Option<Running>,
}

fn within(place: &'static str) -> impl Fn(GenesisError) -> GenesisError {
    move |error| GenesisError::at(format!("{place}{}", error.pointer), error.sentence)
}

impl GenesisSection for Genesis {
    fn validate(&self) -> Result<(), GenesisError> {
        self.params.validate().map_err(within("/params"))?;
        self.constitution.validate().map_err(within("/constitution"))?;
        self.guardians.validate().map_err(within("/guardians"))?;
        self.bodies.validate().map_err(within("/bodies"))?;
        ensure_body_floors(&self.bodies, &self.constitution).map_err(within("/bodies"))?;
        ensure_floors(&self.params, &self.constitution).map_err(within("/params"))
    }

    fn init(&self, ctx: &mut Ctx<'_>) -> Result<(), GenesisError> {
        PARAMS.set(ctx.state, &self.params);
        CONSTITUTION.set(ctx.state, &self.constitution);
        GUARDIANS.set(ctx.state, &self.guardians);
        BODIES.set(ctx.state, &self.bodies);
        match &self.running {
            Some(running) => running.write(ctx),
            None => Ok(()),
        }
    }

    fn export(state: &dyn ReadState) -> Result<Self, Halt> {
        let Some(params) = PARAMS.get(state)? else { return Ok(Self::default()) };
        let constitution = CONSTITUTION.get(state)?.unwrap_or_default();
        let running = Running::read(state)?;
        // A chain on which nothing was ever proposed is exported as it began.
        let fresh = Running { next: 1, next_stream: 1, ..Running::default() };
        let running = Some(running).filter(|running| *running != fresh);
        let guardians = GUARDIANS.get(state)?.unwrap_or_default();
        let bodies = BODIES.get(state)?.unwrap_or_default();
        Ok(Self { params, constitution, guardians, bodies, running })
    }
}

impl Running {
    fn write(&self, ctx: &mut Ctx<'_>) -> Result<(), GenesisError> {
        let halted = |halt: Halt| GenesisError::at("/running", halt.0);
        NEXT_ID.set(ctx.state, &self.next);
        for one in &self.proposals {
            proposal::save(ctx.state, one.id, &one.record).map_err(halted)?;
            CONTENT.set(ctx.state, &one.id, &one.content);
            BY_PROPOSER.set(ctx.state, &(one.record.proposer, one.id), &());
            if let Some(asset) = one.record.community {
                BY_COMMUNITY.set(ctx.state, &(asset, one.id), &());
            }
            for (stage, reached) in &one.reached {
                REACHED.set(ctx.state, &(one.id, stage.number()), reached);
            }
            if let Some(tally) = &one.tally {
                TALLY.set(ctx.state, &one.id, tally);
            }
        }
        self.deposits.iter().for_each(|(key, amount)| DEPOSIT.set(ctx.state, key, amount));
        for (key, cast) in &self.ballots {
            ballot::index(ctx.state, key, None, Some(cast)).map_err(halted)?;
            BALLOT.set(ctx.state, key, cast);
        }
        self.overridden.iter().for_each(|(key, amount)| OVERRIDDEN.set(ctx.state, key, amount));
        self.settling.iter().for_each(|(key, settlement)| SETTLING.set(ctx.state, key, settlement));
        for ((account, class), named) in &self.representatives {
            REPRESENTATIVE.set(ctx.state, &(*account, *class), named);
            REPRESENTED.set(ctx.state, &(*named, *account, *class), &());
        }
        if !self.guarded.is_empty() {
            GUARDED.set(ctx.state, &self.guarded);
        }
        self.used.iter().for_each(|(body, used)| USED.set(ctx.state, body, used));
        NEXT_STREAM.set(ctx.state, &self.next_stream);
        for (id, stream) in &self.streams {
            STREAM.set(ctx.state, id, stream);
            BY_RECIPIENT.set(ctx.state, &(stream.to, *id), &());
        }
        for invariant in INVARIANTS {
            (invariant.check)(ctx.state)
                .map_err(|found| GenesisError::at("/running", format!("{}: {found}", invariant.name)))?;
        }
        Ok(())
    }

    fn read(state: &dyn ReadState) -> Result<Self, Halt> {
        let mut proposals = Vec::new();
        for row in PROPOSAL.iter(state, Order::Ascending) {
            let (id, record) = row?;
            let content = CONTENT.get(state, &id)?.ok_or_else(|| proposal::corrupt("no content"))?;
            let (tally, reached) = (TALLY.get(state, &id)?, proposal::reached(state, id)?);
            proposals.push(GenesisProposal { id, record, content, tally, reached });
        }
        Ok(Self {
            next: NEXT_ID.get(state)?.unwrap_or(1),
            proposals,
            deposits: DEPOSIT.iter(state, Order::Ascending).collect::<Result<_, _>>()?,
            ballots: BALLOT.iter(state, Order::Ascending).collect::<Result<_, _>>()?,
            overridden: OVERRIDDEN.iter(state, Order::Ascending).collect::<Result<_, _>>()?,
            settling: SETTLING.iter(state, Order::Ascending).collect::<Result<_, _>>()?,
            representatives: REPRESENTATIVE.iter(state, Order::Ascending).collect::<Result<_, _>>()?,
            guarded: GUARDED.get(state)?.unwrap_or_default(),
            used: USED.iter(state, Order::Ascending).collect::<Result<_, _>>()?,
            next_stream: NEXT_STREAM.get(state)?.unwrap_or(1),
            streams: STREAM.iter(state, Order::Ascending).collect::<Result<_, _>>()?,
        })
    }
}
