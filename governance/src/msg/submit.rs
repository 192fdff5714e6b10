use chortle_kernel::{
    Amount, AssetId, Authority, Call, Carried, Class, Ctx, Failure, Halt, List, Message, Reject, Text, codec,
    ensure,
    gas::{leaves_gas, leaves_of},
    message, record,
    tx::RawMessage,
};

use super::BeginPause;
use crate::{
    bodies, electorate,
    error::Error,
    event::Submitted,
    execution::gas_of,
    proposal,
    rules::{deposit_min, part_ceil},
    state::{BY_COMMUNITY, BY_PROPOSER, CONTENT, GUARDIANS, NEXT_ID},
    types::{
        Content, Expedited, MESSAGES_MAX, Params, Proposal, SUMMARY_MAX, Stage, TITLE_MAX, Terms, Third,
    },
};

record! {
    /// Makes a proposal, with a tenth of its deposit at least. Its messages are rehearsed at once and run, all or none,
    /// when it has passed and waited.
    pub struct Submit {
        /// What it is about, in a line.
        pub title: Text<TITLE_MAX>,
        /// Why, and where to read more.
        pub summary: Text<SUMMARY_MAX>,
        /// What is done if it passes. None makes it a text.
        #[serde(default)]
        pub messages: List<RawMessage, MESSAGES_MAX>,
        /// What is deposited now, in nlol.
        #[schemars(extend("x-unit" = "nlol"))]
        pub deposit: Amount,
        /// Whether it is voted on in a short time first, which takes more votes. It goes on as any other if they do not
        /// suffice.
        #[serde(default)]
        pub expedited: bool,
        /// Whether a body proposes it, so that it passes unless more than a tenth of the stake is against it. It goes
        /// on as any other if so much is.
        #[serde(default)]
        pub optimistic: bool,
        /// The asset whose holders vote on it, with what they have of it, and whom its messages act for; the chain, by
        /// stake, if absent.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub community: Option<AssetId>,
    }
}

impl Submit {
    /// Refuses messages that could not be sent today by whom it acts for, and answers them.
    fn rehearse(&self, ctx: &mut Ctx<'_>, params: &Params) -> Result<Vec<Call>, Failure> {
        let (calls, max) = (ctx.decode(&self.messages)?, params.gas_max);
        gas_of(&calls, max)?;
        if let Err(reject) = ctx.rehearse(electorate::acting(self.community), &self.messages, max)? {
            return Err(Error::WouldFail { code: reject.code(), why: reject.sentence }.into());
        }
        Ok(calls)
    }

    /// What a third of all power can do with it: all of it, if it does nothing but pause what such power may.
    fn third(&self, ctx: &Ctx<'_>, calls: &[Call]) -> Result<Third, Halt> {
        let Some(guardians) = GUARDIANS.get(ctx.state)? else { return Ok(Third::Nothing) };
        let pauses = |(call, raw): (&Call, &RawMessage)| {
            let scope = codec::decode::<BeginPause>(&raw.body).ok().map(|pause| pause.scope);
            let own = (call.module, call.verb) == (Authority::Governance.name(), BeginPause::NAME);
            own && scope.is_some_and(|scope| guardians.third.contains(&scope))
        };
        let all = self.community.is_none()
            && !calls.is_empty()
            && calls.iter().zip(self.messages.iter()).all(pauses);
        Ok(if all { Third::May } else { Third::Nothing })
    }
}

impl Message for Submit {
    const TAG: u8 = 1;
    const NAME: &'static str = "submit";
    const PAUSABLE: bool = false;

    fn examples() -> Vec<Self> {
        message::example(
            r#"{"title":"Thank the testers","summary":"They found much.","messages":[],"deposit":"50000000000"}"#,
        )
        .into_iter()
        .chain(message::example(
            r#"{"title":"Thank the writers","summary":"As ever.","deposit":"50000000000","optimistic":true}"#,
        ))
        .chain(message::example(
            r#"{"title":"Thank the holders","summary":"Theirs.","deposit":"50000000000","community":"1000000000"}"#,
        ))
        .collect()
    }

    fn check(&self) -> Result<(), Reject> {
        ensure(!self.title.trim_ascii().is_empty(), Error::NoTitle {})?;
        ensure(!(self.expedited && self.optimistic), Error::TwoTracks {})?;
        electorate::ensure_track(self.community, !(self.expedited || self.optimistic))?;
        // A line that turns what stands around it, or that nobody sees, is no title.
        chortle_naming::text::ensure_name(&self.title)?;
        chortle_naming::text::ensure_lines(&self.summary)
    }

    /// Reads rules, number, load, two balances and three lines of indexes; writes number, load, record, content, due
    /// time, deposit, two balances. Content costs by its length, as leaves do. What a body used is read and written;
    /// of an asset whose holders vote the record is read, and a line of an index is theirs.
    fn gas(&self) -> u64 {
        let leaves = leaves_of(RawMessage::bytes_of(&self.messages).saturating_add(self.summary.len()));
        let body = if self.optimistic { leaves_gas(2, 1) } else { 0 };
        let community = if self.community.is_some() { leaves_gas(2, 0) } else { 0 };
        leaves_gas(11, 9)
            .saturating_add(body)
            .saturating_add(community)
            .saturating_add(leaves_gas(leaves, leaves))
    }

    fn carried(&self) -> Carried<'_> {
        Carried::Rehearsed(&self.messages)
    }

    fn execute(&self, ctx: &mut Ctx<'_>) -> Result<(), Failure> {
        let (proposer, now) = (ctx.signer()?, ctx.block.time_unix_ms);
        let (params, constitution) = proposal::rules(ctx.state)?;
        let id = NEXT_ID.get(ctx.state)?.unwrap_or(1);
        electorate::ensure_governs(ctx.state, self.community)?;
        let open = electorate::load(ctx.state, self.community)?;
        let whole = deposit_min(&params, open);
        let (least, found) = (part_ceil(whole, params.deposit_first_bps), self.deposit);
        ensure(found >= least, Error::DepositTooSmall { least, found })?;
        ensure(found <= whole, Error::DepositTooLarge { missing: whole, found })?;
        let calls = self.rehearse(ctx, &params)?;
        let classes: Vec<Class> = calls.iter().flat_map(Call::classes).collect();
        let class = classes.iter().copied().max().unwrap_or(Class::Text);
        ensure(!self.expedited || class < Class::Rules, Error::NothingExpedited {})?;

        let expedited = Expedited {
            quorum_bps: params.expedited_quorum_bps,
            threshold_bps: params.expedited_threshold_bps,
            voting_ms: params.expedited_voting_ms,
        };
        let optimistic = match self.optimistic {
            true => Some(bodies::take(ctx, &proposer, &calls, &self.messages)?),
            false => None,
        };
        let until_unix_ms = now.saturating_add(params.deposit_ms).max(1);
        let mut record = Proposal {
            proposer,
            community: self.community,
            stage: Stage::Deposit,
            class,
            terms: Terms::of(&classes, &params, &constitution),
            expedited: self.expedited.then_some(expedited),
            optimistic,
            third: self.third(ctx, &calls)?,
            stoppable: self.community.is_none() && classes.iter().any(|class| *class < Class::Rules),
            deposit: Amount::ZERO,
            deposit_min: whole,
            submitted_unix_ms: now,
            snapshot_height: 0,
            power: Amount::ZERO,
            voting_began_unix_ms: 0,
            voting_ends_unix_ms: 0,
            extended: false,
            eta_unix_ms: 0,
            due_unix_ms: until_unix_ms,
            closed_unix_ms: 0,
            failure: None,
        };
        let (title, summary) = (self.title.clone(), self.summary.clone());
        NEXT_ID.set(ctx.state, &id.saturating_add(1));
        CONTENT.set(ctx.state, &id, &Content { title, summary, messages: self.messages.clone() });
        BY_PROPOSER.set(ctx.state, &(proposer, id), &());
        let community = self.community;
        if let Some(asset) = community {
            BY_COMMUNITY.set(ctx.state, &(asset, id), &());
        }
        ctx.emit(&Submitted { proposal: id, proposer, community, class, deposit_min: whole, until_unix_ms });
        proposal::reach(ctx, id, Stage::Deposit);
        proposal::take_deposit(ctx, id, &mut record, proposer, self.deposit)
    }
}
