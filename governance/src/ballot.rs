//! Counting: whose power a ballot has, and what it adds to the tally, which is up to date after every vote.
//!
//! A voter takes his stake out of what his validators vote with, whether they voted or not. So the work is in the
//! voter's own delegations, and closing a vote reads one row.

use chortle_kernel::{Address, Amount, Class, Ctx, Failure, Halt, ReadState, State, ensure};

use crate::{
    electorate::{self, Part},
    error::Error,
    event::Brought,
    proposal::corrupt,
    state::{BALLOT, BY_WEIGHT, OVERRIDDEN, REPRESENTATIVE, TALLY},
    types::{Ballot, Choice, Proposal, Tally, Weights},
};

/// Number of "every class" in the key of a representative.
pub const EVERY_CLASS: u32 = 255;

/// Number of a class in the key of a representative.
pub fn class_number(class: Option<Class>) -> u32 {
    class.map_or(EVERY_CLASS, |class| u32::from(class as u8))
}

/// Who speaks for an account on proposals of a class.
pub fn representative(
    state: &dyn ReadState,
    account: &Address,
    class: Class,
) -> Result<Option<Address>, Halt> {
    match REPRESENTATIVE.get(state, &(*account, class_number(Some(class))))? {
        Some(named) => Ok(Some(named)),
        None => REPRESENTATIVE.get(state, &(*account, EVERY_CLASS)),
    }
}

/// The power that a ballot votes with; that of one that follows is its representative's.
pub fn weight(ballot: &Ballot) -> Result<Amount, Halt> {
    match ballot.choice {
        Choice::Own(_) => Amount::checked_sum([ballot.own, ballot.brought, ballot.inherited])
            .ok_or_else(|| corrupt("a ballot overflows")),
        Choice::Follows(_) => Ok(Amount::ZERO),
    }
}

/// What a ballot adds to the tally.
pub fn votes(ballot: &Ballot) -> Result<Tally, Halt> {
    match ballot.choice {
        Choice::Own(weights) => Ok(weights.split(weight(ballot)?)),
        Choice::Follows(_) => Ok(Tally::default()),
    }
}

/// A ballot's line in the index by weight: the heaviest comes first.
pub fn line((id, voter): &(u64, Address), ballot: &Ballot) -> Result<(u64, u64, Address), Halt> {
    Ok((*id, u64::MAX.saturating_sub(weight(ballot)?.base_units()), *voter))
}

/// Moves a ballot's line in the index by weight.
pub fn index(
    state: &mut State,
    key: &(u64, Address),
    before: Option<&Ballot>,
    after: Option<&Ballot>,
) -> Result<(), Halt> {
    if let Some(before) = before {
        BY_WEIGHT.remove(state, &line(key, before)?);
    }
    if let Some(after) = after {
        BY_WEIGHT.set(state, &line(key, after)?, &());
    }
    Ok(())
}

/// A vote in the counting.
pub struct Count<'p> {
    /// Its proposal's number.
    pub id: u64,
    /// Its proposal.
    pub proposal: &'p Proposal,
    /// Votes so far.
    pub tally: Tally,
    /// How many more delegations may be looked at.
    pub delegations_left: usize,
}

impl<'p> Count<'p> {
    /// Goes on counting.
    pub fn resume(
        state: &dyn ReadState,
        id: u64,
        proposal: &'p Proposal,
        delegations: u32,
    ) -> Result<Self, Halt> {
        let tally = TALLY.get(state, &id)?.unwrap_or_default();
        let delegations_left = usize::try_from(delegations).unwrap_or(usize::MAX);
        Ok(Self { id, proposal, tally, delegations_left })
    }

    /// Writes a ballot in place of another, and moves the tally by the difference.
    fn put(
        &mut self,
        state: &mut State,
        voter: &Address,
        before: Option<&Ballot>,
        after: &Ballot,
    ) -> Result<(), Halt> {
        if let Some(before) = before {
            self.tally = self.tally.less(votes(before)?)?;
        }
        self.tally = self.tally.plus(votes(after)?)?;
        let key = (self.id, *voter);
        index(state, &key, before, Some(after))?;
        BALLOT.set(state, &key, after);
        Ok(())
    }

    /// Takes an account's power at the snapshot out of what others vote with for it. Answers how much.
    fn take_own(&mut self, state: &mut State, voter: &Address) -> Result<Amount, Failure> {
        let max = self.delegations_left;
        let found = electorate::parts(state, self.proposal, voter, max)?;
        let too_many =
            || Error::TooManyDelegations { voter: *voter, max: u64::try_from(max).unwrap_or(u64::MAX) };
        let found = found.ok_or_else(too_many)?;
        self.delegations_left = max.saturating_sub(found.len());
        let mut own = Amount::ZERO;
        for Part { power, through } in found {
            let sum = |a: Amount| a.checked_add(power).ok_or_else(|| corrupt("power overflows"));
            own = sum(own)?;
            let Some(operator) = through else { continue };
            let key = (self.id, operator);
            let overridden = sum(OVERRIDDEN.get(state, &key)?.unwrap_or_default())?;
            OVERRIDDEN.set(state, &key, &overridden);
            let Some(before) = BALLOT.get(state, &key)? else { continue };
            if matches!(before.choice, Choice::Own(_)) && operator != *voter {
                let left = before.inherited.checked_sub(power);
                let left = left.ok_or_else(|| corrupt("more is overridden than a validator has"))?;
                let after = Ballot { inherited: left, ..before.clone() };
                self.put(state, &operator, Some(&before), &after)?;
            }
        }
        Ok(own)
    }

    /// What a validator of the set votes for those of its delegators who have no ballot.
    fn inherited(&self, state: &dyn ReadState, voter: &Address) -> Result<Amount, Halt> {
        let Some(behind) = electorate::behind(state, self.proposal, voter)? else { return Ok(Amount::ZERO) };
        let overridden = OVERRIDDEN.get(state, &(self.id, *voter))?.unwrap_or_default();
        let left = behind.checked_sub(overridden);
        left.ok_or_else(|| corrupt("more is overridden than a validator has"))
    }

    /// Takes what a follower has back from its representative.
    fn leave(&mut self, state: &mut State, representative: &Address, power: Amount) -> Result<(), Halt> {
        let lost = || corrupt("a ballot follows nobody");
        let before = BALLOT.get(state, &(self.id, *representative))?.ok_or_else(lost)?;
        let brought = before.brought.checked_sub(power).ok_or_else(lost)?;
        self.put(state, representative, Some(&before), &Ballot { brought, ..before.clone() })
    }

    /// Counts an account's own word, with the power of holders who named it and have none. Answers the ballot.
    pub fn vote(
        &mut self,
        ctx: &mut Ctx<'_>,
        voter: &Address,
        weights: Weights,
        holders: &[Address],
    ) -> Result<Ballot, Failure> {
        let key = (self.id, *voter);
        let mut before = BALLOT.get(ctx.state, &key)?;
        let (own, mut brought) = match &before {
            Some(ballot) => (ballot.own, ballot.brought),
            None => (self.take_own(ctx.state, voter)?, Amount::ZERO),
        };
        if let Some(Ballot { choice: Choice::Follows(representative), own, .. }) = before.clone() {
            self.leave(ctx.state, &representative, own)?;
            before = None;
        }
        for holder in holders {
            let power = self.bring(ctx, voter, holder)?;
            brought = brought.checked_add(power).ok_or_else(|| corrupt("power overflows"))?;
        }
        // Those who were brought may have delegated to the voter: what it inherits is read after them.
        before = match before {
            Some(_) => BALLOT.get(ctx.state, &key)?,
            None => None,
        };
        let inherited = self.inherited(ctx.state, voter)?;
        let after = Ballot { choice: Choice::Own(weights), own, brought, inherited };
        ensure(!weight(&after)?.is_zero(), Error::NoPower { voter: *voter })?;
        self.put(ctx.state, voter, before.as_ref(), &after)?;
        Ok(after)
    }

    /// Counts an account's power for its representative; nothing if it has a ballot already, named another or has
    /// none.
    fn bring(
        &mut self,
        ctx: &mut Ctx<'_>,
        representative_of: &Address,
        holder: &Address,
    ) -> Result<Amount, Failure> {
        let named = representative(ctx.state, holder, self.proposal.class)?;
        let has_ballot = BALLOT.has(ctx.state, &(self.id, *holder))?;
        if named != Some(*representative_of) || has_ballot {
            return Ok(Amount::ZERO);
        }
        let power = self.take_own(ctx.state, holder)?;
        if power.is_zero() {
            return Ok(power);
        }
        let choice = Choice::Follows(*representative_of);
        let ballot = Ballot { choice, own: power, brought: Amount::ZERO, inherited: Amount::ZERO };
        self.put(ctx.state, holder, None, &ballot)?;
        let (proposal, representative, holder) = (self.id, *representative_of, *holder);
        ctx.emit(&Brought { proposal, representative, holder, power });
        Ok(power)
    }
}
