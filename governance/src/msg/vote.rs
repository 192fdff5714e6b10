use chortle_kernel::{
    Address, Ctx, Failure, List, Message, Reach, Reject, ensure, gas::leaves_gas, message, record,
};

use crate::{
    ballot::{self, Count},
    electorate,
    error::Error,
    event::{Extended, Voted},
    execution, proposal,
    rules::{is_emergency, outcome},
    state::TALLY,
    types::{Proposal, Stage, Tally, Third, Weights},
};

/// Most accounts that one vote brings.
pub const HOLDERS_MAX: usize = 32;
/// Delegations that a vote counts if it does not say.
pub const DELEGATIONS_DEFAULT: u32 = 8;
/// Most that it can say.
pub const DELEGATIONS_MAX: u32 = 512;

fn delegations_default() -> u32 {
    DELEGATIONS_DEFAULT
}

record! {
    /// Votes with the stake that the sender had delegated when voting began, and, for a validator, with that of its
    /// delegators who do not vote themselves; on a proposal of an asset's holders with what the sender had of it. A
    /// later vote replaces it.
    pub struct Vote {
        /// On which proposal.
        pub proposal: u64,
        /// For it, in basis points of the sender's power; the four parts sum to 10000.
        #[serde(default)]
        pub yes: u64,
        /// Against it.
        #[serde(default)]
        pub no: u64,
        /// Counts for the quorum alone.
        #[serde(default)]
        pub abstain: u64,
        /// Against it, and it does harm.
        #[serde(default)]
        pub veto: u64,
        /// How many delegations may be counted: those of the sender and of all it brings. They cost gas.
        #[serde(default = "delegations_default")]
        pub delegations: u32,
        /// Accounts that named the sender their representative, whose power it brings unless they have voted.
        #[serde(default)]
        pub holders: List<Address, HOLDERS_MAX>,
    }
}

impl Vote {
    fn weights(&self) -> Weights {
        Weights { yes: self.yes, no: self.no, abstain: self.abstain, veto: self.veto }
    }
}

impl Message for Vote {
    const TAG: u8 = 3;
    const NAME: &'static str = "vote";
    const PAUSABLE: bool = false;
    const REACH: Reach = Reach::Units;

    fn examples() -> Vec<Self> {
        message::example(r#"{"proposal":1,"yes":10000}"#)
            .into_iter()
            .chain(message::example(
                r#"{"proposal":1,"yes":7000,"abstain":3000,"delegations":2,"holders":["lol1qurswpc8qurswpc8qurswpc8qurswpc8vepjwr"]}"#,
            ))
            .collect()
    }

    fn check(&self) -> Result<(), Reject> {
        ensure(self.weights().are_whole(), Error::WeightsNotWhole {})?;
        let max = u64::from(DELEGATIONS_MAX);
        let too_many = Error::TooManyDelegations { voter: Address([0; 20]), max };
        ensure(self.delegations <= DELEGATIONS_MAX, too_many)
    }

    /// Reads the record; reads and writes ballot and tally. Each delegation reads shares and validator, as they
    /// are and as they were, what is overridden and the validator's ballot, and writes the last two; each holder reads
    /// its representative and writes a ballot. A ballot has a line of an index, which moves with its weight. Of a pause
    /// that a third may begin, content, limits and rows are read.
    fn gas(&self) -> u64 {
        let (delegations, holders) =
            (u64::from(self.delegations), u64::try_from(self.holders.len()).unwrap_or(u64::MAX));
        let counted = leaves_gas(delegations.saturating_mul(10), delegations.saturating_mul(2));
        let brought = leaves_gas(holders.saturating_mul(5), holders);
        leaves_gas(21, 5).saturating_add(counted).saturating_add(brought)
    }

    fn execute(&self, ctx: &mut Ctx<'_>) -> Result<(), Failure> {
        let (voter, id, now) = (ctx.signer()?, self.proposal, ctx.block.time_unix_ms);
        let mut record = proposal::find(ctx.state, id)?;
        proposal::ensure_stage(id, &record, Stage::Voting)?;
        let ended_unix_ms = record.voting_ends_unix_ms;
        ensure(now < ended_unix_ms, Error::VotingOver { proposal: id, ended_unix_ms })?;

        electorate::ensure_own_word(&record, &self.holders)?;

        let mut count = Count::resume(ctx.state, id, &record, self.delegations)?;
        let before = count.tally;
        let ballot = count.vote(ctx, &voter, self.weights(), &self.holders)?;
        let after = count.tally;
        TALLY.set(ctx.state, &id, &after);
        let power = ballot::weight(&ballot)?;
        ctx.emit(&Voted { proposal: id, voter, weights: self.weights(), power });
        let third = record.third == Third::May && after.is_third(record.power);
        if third && execution::has_room(ctx, id)? {
            record.third = Third::Acts;
        }
        if is_emergency(&record, &after) || record.third == Third::Acts {
            record.voting_ends_unix_ms = now;
            record.due_unix_ms = now.max(1);
            proposal::save(ctx.state, id, &record)?;
        } else {
            put_off(ctx, id, record, (&before, &after))?;
        }
        Ok(())
    }
}

/// Puts the end off if a vote turned the outcome so late that nobody could answer it: as often as that happens, until
/// voting has lasted twice its time. Putting it off once alone would be used up by a turn that harms nobody.
fn put_off(
    ctx: &mut Ctx<'_>,
    id: u64,
    mut record: Proposal,
    (before, after): (&Tally, &Tally),
) -> Result<(), Failure> {
    let latest = record.voting_began_unix_ms.saturating_add(record.voting_ms().saturating_mul(2));
    let ends = ctx.block.time_unix_ms.saturating_add(record.terms.late_ms).min(latest);
    let turned = outcome(&record, before) != outcome(&record, after);
    if !turned || ends <= record.voting_ends_unix_ms {
        return Ok(());
    }
    record.extended = true;
    record.voting_ends_unix_ms = ends;
    record.due_unix_ms = ends;
    proposal::save(ctx.state, id, &record)?;
    ctx.emit(&Extended { proposal: id, ends_unix_ms: ends });
    Ok(())
}
