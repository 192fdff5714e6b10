//! What holds of governance after every block; what is deposited is its escrow's, which `app` compares.

use std::collections::BTreeMap;

use chortle_kernel::{Address, Amount, AssetId, Halt, Invariant, Order, ReadState};

use crate::{
    ballot::{self, votes},
    electorate, proposal,
    state::{
        BALLOT, BY_RECIPIENT, BY_STAGE, BY_WEIGHT, CONTENT, DEPOSIT, DUE, NEXT_ID, NEXT_STREAM, OPEN_OF,
        OVERRIDDEN, PROPOSAL, SETTLING, STREAM, TALLY,
    },
    types::{Ballot, Choice, Proposal, Stage, Tally},
};

/// Every invariant.
pub const INVARIANTS: &[Invariant] = &[
    Invariant { name: "proposals_are_sound", check: proposals_are_sound },
    Invariant { name: "deposits_sum_to_their_proposals", check: deposits_sum_to_their_proposals },
    Invariant { name: "a_tally_is_the_sum_of_its_ballots", check: a_tally_is_the_sum_of_its_ballots },
    Invariant { name: "followers_sum_to_what_is_brought", check: followers_sum_to_what_is_brought },
    Invariant { name: "streams_pay_what_is_set_aside", check: streams_pay_what_is_set_aside },
    Invariant { name: "validators_vote_with_what_is_left", check: validators_vote_with_what_is_left },
    Invariant { name: "indexes_have_a_line_for_each", check: indexes_have_a_line_for_each },
];

/// What all deposits hold.
pub(crate) fn held(state: &dyn ReadState) -> Result<Vec<(AssetId, u128)>, Halt> {
    let mut sum = 0u128;
    for row in DEPOSIT.iter(state, Order::Ascending) {
        sum = sum.saturating_add(row?.1.base_units().into());
    }
    Ok(vec![(AssetId::NATIVE, sum)])
}

fn proposals_are_sound(state: &dyn ReadState) -> Result<(), String> {
    let next = NEXT_ID.get(state)?.unwrap_or(1);
    let (mut counted, mut due) = (BTreeMap::<Option<AssetId>, u64>::new(), 0usize);
    for row in PROPOSAL.iter(state, Order::Ascending) {
        let (id, proposal) = row?;
        if proposal.stage.is_open() {
            let load = counted.entry(proposal.community).or_default();
            *load = load.saturating_add(1);
        }
        let waits = proposal.stage <= Stage::Queued;
        let time = proposal.due_unix_ms;
        due = due.saturating_add(usize::from(waits));
        if waits != (time > 0) || (waits && !DUE.has(state, &(time, id))?) {
            return Err(format!("proposal {id} waits and is never looked at, or the reverse"));
        }
        if id >= next || !CONTENT.has(state, &id)? {
            return Err(format!("proposal {id} is not below the next number, or says nothing"));
        }
    }
    let rows = DUE.iter(state, Order::Ascending).count();
    let mut open = BTreeMap::new();
    for row in OPEN_OF.iter(state, Order::Ascending) {
        let (asset, load) = row?;
        open.insert(Some(asset), load);
    }
    let chain = electorate::load(state, None)?;
    if chain > 0 {
        open.insert(None, chain);
    }
    if counted != open || rows != due {
        return Err(format!("{counted:?} proposals are open and {due} wait; noted are {open:?} and {rows}"));
    }
    Ok(())
}

fn deposits_sum_to_their_proposals(state: &dyn ReadState) -> Result<(), String> {
    let mut sums = BTreeMap::<u64, Amount>::new();
    for row in DEPOSIT.iter(state, Order::Ascending) {
        let ((id, _), amount) = row?;
        let sum = sums.entry(id).or_insert(Amount::ZERO);
        *sum = sum.checked_add(amount).ok_or("deposits overflow")?;
    }
    for row in PROPOSAL.iter(state, Order::Ascending) {
        let (id, proposal) = row?;
        let sum = sums.remove(&id).unwrap_or_default();
        let settling = SETTLING.has(state, &(proposal::DEPOSITS_FIRST, id))?;
        let holds = match (proposal.stage.is_open(), settling) {
            (true, false) => sum == proposal.deposit,
            (false, true) => sum <= proposal.deposit,
            (false, false) => sum.is_zero(),
            (true, true) => false,
        };
        if !holds {
            return Err(format!("proposal {id} has deposits of {sum} and says {}", proposal.deposit));
        }
    }
    if sums.is_empty() { Ok(()) } else { Err("a deposit is for no proposal".to_owned()) }
}

type Voted = (u64, Proposal, Vec<(Address, Ballot)>);

/// Proposals that are voted on, with their ballots.
fn voting(state: &dyn ReadState) -> Result<Vec<Voted>, Halt> {
    let mut found = Vec::new();
    for row in PROPOSAL.iter(state, Order::Ascending) {
        let (id, proposal) = row?;
        if proposal.stage == Stage::Voting {
            let ballots = BALLOT.iter_under(state, &id, None, Order::Ascending);
            let ballots = ballots.map(|row| row.map(|((_, voter), ballot)| (voter, ballot)));
            found.push((id, proposal, ballots.collect::<Result<Vec<_>, Halt>>()?));
        }
    }
    Ok(found)
}

fn a_tally_is_the_sum_of_its_ballots(state: &dyn ReadState) -> Result<(), String> {
    for (id, proposal, ballots) in voting(state)? {
        let mut sum = Tally::default();
        for (_, ballot) in &ballots {
            sum = sum.plus(votes(ballot)?)?;
        }
        let noted = TALLY.get(state, &id)?.unwrap_or_default();
        if sum != noted || sum.turnout() > u128::from(proposal.power.base_units()) {
            return Err(format!("the ballots of proposal {id} sum to {sum:?}; its tally is {noted:?}"));
        }
    }
    Ok(())
}

fn streams_pay_what_is_set_aside(state: &dyn ReadState) -> Result<(), String> {
    let next = NEXT_STREAM.get(state)?.unwrap_or(1);
    let mut found = 0usize;
    for row in STREAM.iter(state, Order::Ascending) {
        let (id, stream) = row?;
        let listed = BY_RECIPIENT.has(state, &(stream.to, id))?;
        if id >= next || !listed || stream.paid >= stream.total || stream.from_unix_ms >= stream.until_unix_ms
        {
            return Err(format!("stream {id} has nothing to pay, or nobody to pay it to: {stream:?}"));
        }
        found = found.saturating_add(1);
    }
    let listed = BY_RECIPIENT.iter(state, Order::Ascending).count();
    if listed == found { Ok(()) } else { Err(format!("{listed} streams are listed; there are {found}")) }
}

fn followers_sum_to_what_is_brought(state: &dyn ReadState) -> Result<(), String> {
    for (id, _, ballots) in voting(state)? {
        let mut sums = BTreeMap::new();
        for (_, ballot) in &ballots {
            if let Choice::Follows(representative) = ballot.choice {
                let sum = sums.entry(representative).or_insert(Amount::ZERO);
                *sum = sum.checked_add(ballot.own).ok_or("power overflows")?;
            }
        }
        for (voter, ballot) in &ballots {
            let followed = sums.remove(voter).unwrap_or_default();
            if followed != ballot.brought {
                return Err(format!(
                    "{voter} brings {} to proposal {id}, followed by {followed}",
                    ballot.brought
                ));
            }
        }
        if !sums.is_empty() {
            return Err(format!("a ballot of proposal {id} follows nobody"));
        }
    }
    Ok(())
}

fn validators_vote_with_what_is_left(state: &dyn ReadState) -> Result<(), String> {
    for (id, proposal, ballots) in voting(state)? {
        for (voter, ballot) in &ballots {
            let behind = electorate::behind(state, &proposal, voter)?;
            let behind = behind.filter(|_| matches!(ballot.choice, Choice::Own(_)));
            let overridden = OVERRIDDEN.get(state, &(id, *voter))?.unwrap_or_default();
            let left = behind.map_or(Some(Amount::ZERO), |behind| behind.checked_sub(overridden));
            if left != Some(ballot.inherited) {
                return Err(format!("{voter} inherits {} on proposal {id}, not {left:?}", ballot.inherited));
            }
        }
    }
    Ok(())
}

fn indexes_have_a_line_for_each(state: &dyn ReadState) -> Result<(), String> {
    let (mut proposals, mut ballots) = (0usize, 0usize);
    for row in PROPOSAL.iter(state, Order::Ascending) {
        let (id, proposal) = row?;
        proposals = proposals.saturating_add(1);
        if !BY_STAGE.has(state, &(proposal.stage.number(), id))? {
            return Err(format!("proposal {id} is not listed where it stands"));
        }
    }
    for row in BALLOT.iter(state, Order::Ascending) {
        let (key, cast) = row?;
        ballots = ballots.saturating_add(1);
        if !BY_WEIGHT.has(state, &ballot::line(&key, &cast)?)? {
            return Err(format!("the ballot of {} on proposal {} is not listed by its weight", key.1, key.0));
        }
    }
    let (stages, weights) =
        (BY_STAGE.iter(state, Order::Ascending).count(), BY_WEIGHT.iter(state, Order::Ascending).count());
    if (stages, weights) != (proposals, ballots) {
        return Err(format!(
            "{proposals} proposals and {ballots} ballots have {stages} and {weights} lines in indexes"
        ));
    }
    Ok(())
}
