//! Governance, as people read it.

use chortle_kernel::{
    Address, Amount, AssetId, Class, Order, Page, PageArgs, Query, QueryError, QueryKind, ReadState, View,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    ballot, proposal,
    rules::{Outcome, deposit_min, outcome},
    standing::{self, Test},
    state::{
        BALLOT, BY_PROPOSER, BY_STAGE, BY_WEIGHT, CONSTITUTION, CONTENT, DEPOSIT, OPEN, PARAMS, PROPOSAL,
        REPRESENTED, TALLY,
    },
    types::{Choice, Constitution, Content, Params, Proposal, Stage, Tally, Terms},
};

mod community;
mod guardians;
mod streams;

pub use community::ProposalsOfHolders;
pub use guardians::{BodiesAnswer, BodiesNow, BodyUsed, GuardiansAnswer, GuardiansNow};
pub use streams::{StreamAnswer, StreamOf, Streams, StreamsOf};

/// Every read.
pub const QUERIES: &[QueryKind] = &[
    QueryKind::of::<Proposals>(),
    QueryKind::of::<ProposalOf>(),
    QueryKind::of::<Timeline>(),
    QueryKind::of::<TallyOf>(),
    QueryKind::of::<Votes>(),
    QueryKind::of::<VoteOf>(),
    QueryKind::of::<Deposits>(),
    QueryKind::of::<ProposalsOf>(),
    QueryKind::of::<Represented>(),
    QueryKind::of::<RulesNow>(),
    QueryKind::of::<GuardiansNow>(),
    QueryKind::of::<BodiesNow>(),
    QueryKind::of::<Streams>(),
    QueryKind::of::<StreamOf>(),
    QueryKind::of::<StreamsOf>(),
    QueryKind::of::<ProposalsOfHolders>(),
];

fn found(state: &dyn ReadState, id: u64) -> Result<Proposal, QueryError> {
    let missing = || QueryError::NotFound(format!("there is no proposal {id}"));
    PROPOSAL.get(state, &id)?.ok_or_else(missing)
}

/// A proposal in a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct ProposalLine {
    /// Its number.
    pub proposal: u64,
    /// What it is about.
    pub title: String,
    /// Who made it.
    pub proposer: Address,
    /// The asset whose holders vote on it; none for the chain.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub community: Option<AssetId>,
    /// Where it stands.
    pub stage: Stage,
    /// The strictest class of its messages.
    pub class: Class,
    /// When voting ends or ended; 0 before it began.
    pub voting_ends_unix_ms: u64,
    /// When it may be executed; 0 unless it passed.
    pub eta_unix_ms: u64,
}

fn line(state: &dyn ReadState, proposal: u64, record: &Proposal) -> Result<ProposalLine, QueryError> {
    let title = CONTENT.get(state, &proposal)?.map(|content| content.title.to_string());
    Ok(ProposalLine {
        proposal,
        title: title.unwrap_or_default(),
        proposer: record.proposer,
        community: record.community,
        stage: record.stage,
        class: record.class,
        voting_ends_unix_ms: record.voting_ends_unix_ms,
        eta_unix_ms: record.eta_unix_ms,
    })
}

/// Lists the proposals, the newest first; of one stage if it is named.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
pub struct Proposals {
    /// Only those that stand here.
    #[serde(default)]
    #[schemars(extend("examples" = ["voting"]))]
    pub stage: Option<Stage>,
    /// Which page.
    #[serde(flatten)]
    pub page: PageArgs,
}

impl Query for Proposals {
    const NAME: &'static str = "proposals";
    const PATH: &'static str = "governance/proposals";
    type Answer = Page<ProposalLine>;

    fn run(&self, view: View<'_>) -> Result<Self::Answer, QueryError> {
        let after: Option<u64> = self.page.after(view)?;
        let Some(stage) = self.stage else {
            let rows = PROPOSAL.iter_after(view.state, after.as_ref(), Order::Descending);
            return Page::collect(view, rows, self.page.limit()?, |id, record| {
                line(view.state, *id, &record)
            });
        };
        let after = after.map(|id| (stage.number(), id));
        let rows = BY_STAGE.iter_under(view.state, &stage.number(), after.as_ref(), Order::Descending);
        let rows = rows.map(|row| row.map(|((_, id), ())| (id, ())));
        Page::collect(view, rows, self.page.limit()?, |id, ()| {
            line(view.state, *id, &found(view.state, *id)?)
        })
    }
}

/// A proposal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct ProposalAnswer {
    /// Its number.
    pub proposal: u64,
    /// Its record.
    pub record: Proposal,
    /// What it says.
    pub content: Content,
}

/// Shows a proposal: what it says, where it stands, by what it is judged.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ProposalOf {
    /// Its number.
    pub proposal: u64,
}

impl Query for ProposalOf {
    const NAME: &'static str = "proposal";
    const PATH: &'static str = "governance/proposals/{proposal}";
    type Answer = ProposalAnswer;

    fn run(&self, view: View<'_>) -> Result<Self::Answer, QueryError> {
        let (proposal, record) = (self.proposal, found(view.state, self.proposal)?);
        let content = CONTENT.get(view.state, &proposal)?;
        let content = content.ok_or_else(|| QueryError::NotFound("it says nothing".to_owned()))?;
        Ok(ProposalAnswer { proposal, record, content })
    }
}

/// A step of a proposal's way.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct TimelineStep {
    /// The stage that it came to.
    pub stage: Stage,
    /// Height of that block.
    pub height: u64,
    /// Time of that block.
    pub time_unix_ms: u64,
}

/// What comes next of itself, if nobody does anything more.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct TimelineNext {
    /// When the protocol looks at it.
    pub due_unix_ms: u64,
    /// Until when it can be executed once it waits; 0 before.
    pub latest_unix_ms: u64,
}

/// A proposal's way so far, and when it goes on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct TimelineAnswer {
    /// Its number.
    pub proposal: u64,
    /// The stages that it came to, in order.
    pub steps: Vec<TimelineStep>,
    /// What comes next; null once it is over.
    pub next: Option<TimelineNext>,
}

/// Shows when a proposal came to each of its stages, and when it goes on.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Timeline {
    /// Its number.
    pub proposal: u64,
}

impl Query for Timeline {
    const NAME: &'static str = "timeline";
    const PATH: &'static str = "governance/proposals/{proposal}/timeline";
    type Answer = TimelineAnswer;

    fn run(&self, view: View<'_>) -> Result<Self::Answer, QueryError> {
        let record = found(view.state, self.proposal)?;
        let reached = proposal::reached(view.state, self.proposal)?.into_iter();
        let steps = reached.map(|(stage, reached)| TimelineStep {
            stage,
            height: reached.height,
            time_unix_ms: reached.time_unix_ms,
        });
        let latest_unix_ms = match record.stage {
            Stage::Queued => record.eta_unix_ms.saturating_add(record.terms.window_ms),
            _ => 0,
        };
        let next = TimelineNext { due_unix_ms: record.due_unix_ms, latest_unix_ms };
        let next = Some(next).filter(|next| next.due_unix_ms > 0);
        Ok(TimelineAnswer { proposal: self.proposal, steps: steps.collect(), next })
    }
}

/// What a vote comes to so far.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct TallyAnswer {
    /// The asset whose holders vote, in whose base units all is counted; none for the chain, by nlol of stake.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub community: Option<AssetId>,
    /// Votes by option, in nlol or in base units of the asset whose holders vote; those of validators for their
    /// delegators among them.
    pub tally: Tally,
    /// All power when voting began: stake in the set, or what holders had.
    pub power: Amount,
    /// By what it is judged now.
    pub terms: Terms,
    /// Every test that it must pass, in the order in which they decide, and what it lacks.
    pub tests: Vec<Test>,
    /// What ends the vote at once, for a proposal that does nothing but begin or end pauses.
    pub at_once: Option<Test>,
    /// What it would come to if voting ended now.
    pub outcome: String,
    /// When voting ends or ended; 0 before it began.
    pub voting_ends_unix_ms: u64,
}

fn told(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Passed => "passed",
        Outcome::NoPower => "no_power",
        Outcome::NoQuorum => "no_quorum",
        Outcome::AllAbstained => "all_abstained",
        Outcome::Vetoed => "vetoed",
        Outcome::Rejected => "rejected",
    }
}

/// Shows the votes on a proposal so far, with what they must reach and how they stand in each test.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TallyOf {
    /// The proposal's number.
    pub proposal: u64,
}

impl Query for TallyOf {
    const NAME: &'static str = "tally";
    const PATH: &'static str = "governance/proposals/{proposal}/tally";
    type Answer = TallyAnswer;

    fn run(&self, view: View<'_>) -> Result<Self::Answer, QueryError> {
        let record = found(view.state, self.proposal)?;
        let tally = TALLY.get(view.state, &self.proposal)?.unwrap_or_default();
        let community = record.community;
        let (power, terms) = (record.power, record.terms.with(record.expedited));
        let outcome = told(outcome(&record, &tally)).to_owned();
        let at_once = (record.class <= Class::Pause).then(|| standing::at_once(&tally, power));
        let tests = standing::tests(&record, &tally);
        let voting_ends_unix_ms = record.voting_ends_unix_ms;
        Ok(TallyAnswer { community, tally, power, terms, tests, at_once, outcome, voting_ends_unix_ms })
    }
}

/// A ballot.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct VoteAnswer {
    /// Who.
    pub voter: Address,
    /// What it says.
    pub choice: Choice,
    /// Power of the voter's own delegations, or of its balance of the asset whose holders vote.
    pub own: Amount,
    /// Power of those who follow.
    pub brought: Amount,
    /// What a validator votes for delegators who have no ballot.
    pub inherited: Amount,
    /// All that it votes with; nothing if it follows another.
    pub power: Amount,
}

fn vote(voter: Address, ballot: &crate::types::Ballot) -> Result<VoteAnswer, QueryError> {
    let power = ballot::weight(ballot)?;
    let (choice, own, brought, inherited) = (ballot.choice, ballot.own, ballot.brought, ballot.inherited);
    Ok(VoteAnswer { voter, choice, own, brought, inherited, power })
}

/// In which order ballots are listed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum VoteOrder {
    /// By address.
    #[default]
    Address,
    /// By what they vote with, the heaviest first.
    Power,
}

/// Lists the ballots of a vote by address, or the heaviest first. They are forgotten once it has ended.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
pub struct Votes {
    /// The proposal's number.
    pub proposal: u64,
    /// In which order.
    #[serde(default)]
    #[schemars(extend("examples" = ["power"]))]
    pub order: VoteOrder,
    /// Which page.
    #[serde(flatten)]
    pub page: PageArgs,
}

impl Query for Votes {
    const NAME: &'static str = "votes";
    const PATH: &'static str = "governance/proposals/{proposal}/votes";
    type Answer = Page<VoteAnswer>;

    fn run(&self, view: View<'_>) -> Result<Self::Answer, QueryError> {
        found(view.state, self.proposal)?;
        let (state, id, limit) = (view.state, self.proposal, self.page.limit()?);
        if self.order == VoteOrder::Power {
            let after = self.page.after(view)?;
            let rows = BY_WEIGHT.iter_under(state, &id, after.as_ref(), Order::Ascending);
            return Page::collect(view, rows, limit, |(_, _, voter), ()| {
                let lost = || proposal::corrupt("a line of an index stands for no ballot");
                vote(*voter, &BALLOT.get(state, &(id, *voter))?.ok_or_else(lost)?)
            });
        }
        let after = self.page.after(view)?;
        let rows = BALLOT.iter_under(state, &id, after.as_ref(), Order::Ascending);
        Page::collect(view, rows, limit, |key, ballot| vote(key.1, &ballot))
    }
}

/// Shows the ballot of an account.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct VoteOf {
    /// The proposal's number.
    pub proposal: u64,
    /// Whose, as lol1… or 0x….
    pub address: Address,
}

impl Query for VoteOf {
    const NAME: &'static str = "vote";
    const PATH: &'static str = "governance/proposals/{proposal}/votes/{address}";
    type Answer = VoteAnswer;

    fn run(&self, view: View<'_>) -> Result<Self::Answer, QueryError> {
        let ballot = BALLOT.get(view.state, &(self.proposal, self.address))?;
        let none = || {
            let (who, id) = (self.address, self.proposal);
            QueryError::NotFound(format!("{who} has no ballot on proposal {id}, or its vote has ended"))
        };
        vote(self.address, &ballot.ok_or_else(none)?)
    }
}

/// A deposit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct DepositAnswer {
    /// Whose.
    pub depositor: Address,
    /// How much, in nlol.
    pub amount: Amount,
}

/// Lists what is deposited for a proposal. Nothing is left once it is settled.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
pub struct Deposits {
    /// The proposal's number.
    pub proposal: u64,
    /// Which page.
    #[serde(flatten)]
    pub page: PageArgs,
}

impl Query for Deposits {
    const NAME: &'static str = "deposits";
    const PATH: &'static str = "governance/proposals/{proposal}/deposits";
    type Answer = Page<DepositAnswer>;

    fn run(&self, view: View<'_>) -> Result<Self::Answer, QueryError> {
        found(view.state, self.proposal)?;
        let after = self.page.after(view)?;
        let rows = DEPOSIT.iter_under(view.state, &self.proposal, after.as_ref(), Order::Ascending);
        Page::collect(view, rows, self.page.limit()?, |(_, depositor), amount| {
            Ok(DepositAnswer { depositor: *depositor, amount })
        })
    }
}

/// Lists the proposals of an account by number.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
pub struct ProposalsOf {
    /// Whose, as lol1… or 0x….
    pub address: Address,
    /// Which page.
    #[serde(flatten)]
    pub page: PageArgs,
}

impl Query for ProposalsOf {
    const NAME: &'static str = "proposals_of";
    const PATH: &'static str = "accounts/{address}/proposals";
    type Answer = Page<ProposalLine>;

    fn run(&self, view: View<'_>) -> Result<Self::Answer, QueryError> {
        let after = self.page.after(view)?.map(|id: u64| (self.address, id));
        let rows = BY_PROPOSER.iter_under(view.state, &self.address, after.as_ref(), Order::Ascending);
        let rows = rows.map(|row| row.map(|((_, id), ())| (id, ())));
        Page::collect(view, rows, self.page.limit()?, |id, ()| {
            line(view.state, *id, &found(view.state, *id)?)
        })
    }
}

/// An account that a representative speaks for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct RepresentedAnswer {
    /// Who named it.
    pub holder: Address,
    /// For which class; null for every class without a representative of its own.
    pub class: Option<Class>,
}

/// Lists the accounts that named a representative, whose power it can bring to a vote.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
pub struct Represented {
    /// The representative, as lol1… or 0x….
    pub address: Address,
    /// Which page.
    #[serde(flatten)]
    pub page: PageArgs,
}

impl Query for Represented {
    const NAME: &'static str = "represented";
    const PATH: &'static str = "governance/representatives/{address}";
    type Answer = Page<RepresentedAnswer>;

    fn run(&self, view: View<'_>) -> Result<Self::Answer, QueryError> {
        let after = self.page.after(view)?;
        let rows = REPRESENTED.iter_under(view.state, &self.address, after.as_ref(), Order::Ascending);
        Page::collect(view, rows, self.page.limit()?, |(_, holder, number), ()| {
            let class = Class::ALL.into_iter().find(|class| ballot::class_number(Some(*class)) == *number);
            Ok(RepresentedAnswer { holder: *holder, class })
        })
    }
}

/// The rules in force.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct GovernanceRules {
    /// What governance can set of itself.
    pub params: Params,
    /// The floors under that.
    pub constitution: Constitution,
    /// Proposals of the chain that wait for their deposit or are voted on.
    pub open: u64,
    /// What must be deposited for the next proposal to the chain, in nlol.
    pub deposit_min: Amount,
}

/// Shows the rules of governance, and what a proposal must deposit now.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RulesNow {}

impl Query for RulesNow {
    const NAME: &'static str = "rules";
    const PATH: &'static str = "governance/rules";
    type Answer = GovernanceRules;

    fn run(&self, view: View<'_>) -> Result<Self::Answer, QueryError> {
        let none = || QueryError::NotFound("this chain was started without governance".to_owned());
        let params = PARAMS.get(view.state)?.ok_or_else(none)?;
        let open = OPEN.get(view.state)?.unwrap_or(0);
        Ok(GovernanceRules {
            deposit_min: deposit_min(&params, open),
            constitution: CONSTITUTION.get(view.state)?.unwrap_or_default(),
            params,
            open,
        })
    }
}
