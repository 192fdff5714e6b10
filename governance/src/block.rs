//! What the protocol does on its own: begins votes, closes them, executes what passed, and clears away what is left.
//! The work of a block is bounded, and touches only what is due.

use chortle_kernel::{Address, Amount, AssetId, Coin, Ctx, Failure, Halt, Order};
use chortle_token as token;

use crate::{
    ballot, electorate,
    event::{DepositSettled, Extended, Queued, VotingBegan},
    execution,
    proposal::{self, BALLOTS_THEN, DEPOSITS_FIRST, corrupt},
    rules::{Outcome, is_emergency, outcome, part_ceil},
    state::{BALLOT, DEPOSIT, DUE, OVERRIDDEN, PARAMS, PROPOSAL, SETTLING, TALLY},
    types::{DEPOSITS, ONE_BPS, Proposal, Stage, Tally, Third},
};

/// Most proposals that one block looks at; the rest waits for the next.
const DUE_MAX: usize = 32;
/// Most rows that one block clears away.
const CLEARED_MAX: usize = 256;
/// What settling a deposit counts for among them: it moves LOL.
const DEPOSIT_COUNTS: usize = 4;

/// Looks at what is due.
pub fn due(ctx: &mut Ctx<'_>) -> Result<(), Halt> {
    if PARAMS.get(ctx.state)?.is_none() {
        return Ok(());
    }
    let now = ctx.block.time_unix_ms;
    let rows = DUE.iter(ctx.state, Order::Ascending);
    let rows = rows.take_while(|row| !matches!(row, Ok(((time, _), ())) if *time > now)).take(DUE_MAX);
    for ((_, id), ()) in rows.collect::<Result<Vec<_>, Halt>>()? {
        // What was executed before it in this block may have changed it.
        let record = PROPOSAL.get(ctx.state, &id)?.ok_or_else(|| corrupt("what is due is no proposal"))?;
        if record.due_unix_ms == 0 || record.due_unix_ms > now {
            continue;
        }
        match record.stage {
            Stage::Deposit if record.deposit >= record.deposit_min => begin(ctx, id, record)?,
            Stage::Deposit => lapse(ctx, id, record)?,
            Stage::Voting => count(ctx, id, record)?,
            Stage::Queued => execution::execute(ctx, id, record)?,
            _ => return Err(corrupt("what is due is over")),
        }
    }
    clear(ctx)
}

fn begin(ctx: &mut Ctx<'_>, id: u64, mut record: Proposal) -> Result<(), Halt> {
    let (height, now) = (ctx.block.height, ctx.block.time_unix_ms);
    let ends = now.saturating_add(record.voting_ms());
    record.power = electorate::take(ctx, record.community)?;
    record.snapshot_height = height;
    record.stage = Stage::Voting;
    record.voting_began_unix_ms = now;
    record.voting_ends_unix_ms = ends;
    record.due_unix_ms = ends;
    proposal::save(ctx.state, id, &record)?;
    proposal::reach(ctx, id, Stage::Voting);
    TALLY.set(ctx.state, &id, &Tally::default());
    let power = record.power;
    ctx.emit(&VotingBegan { proposal: id, snapshot_height: height, power, ends_unix_ms: ends });
    Ok(())
}

fn lapse(ctx: &mut Ctx<'_>, id: u64, mut record: Proposal) -> Result<(), Halt> {
    proposal::close(ctx, id, &mut record, (Stage::Lapsed, "its deposit was not whole in time"))?;
    proposal::settle(ctx, id, &record, ONE_BPS)
}

/// Makes a proposal of a shorter track one like any other; its votes stay.
fn go_on(ctx: &mut Ctx<'_>, id: u64, mut record: Proposal) -> Result<(), Halt> {
    let now = ctx.block.time_unix_ms;
    // Whoever was content with silence has the whole time of a vote.
    if record.optimistic.take().is_some() {
        record.voting_began_unix_ms = now;
    }
    record.expedited = None;
    let ends = record.voting_began_unix_ms.saturating_add(record.terms.voting_ms);
    // Milder terms may turn the outcome: whoever is against it has time to answer, as after any late turn.
    record.voting_ends_unix_ms = ends.max(now.saturating_add(record.terms.late_ms.max(1)));
    record.due_unix_ms = record.voting_ends_unix_ms;
    proposal::save(ctx.state, id, &record)?;
    ctx.emit(&Extended { proposal: id, ends_unix_ms: record.voting_ends_unix_ms });
    Ok(())
}

fn count(ctx: &mut Ctx<'_>, id: u64, mut record: Proposal) -> Result<(), Halt> {
    let tally = TALLY.get(ctx.state, &id)?.unwrap_or_default();
    let emergency = is_emergency(&record, &tally);
    if emergency {
        // What two thirds want is not limited as what a third begins.
        record.third = Third::Nothing;
    }
    let at_once = emergency || record.third == Third::Acts;
    let judged = if at_once { Outcome::Passed } else { outcome(&record, &tally) };
    if judged != Outcome::Passed && (record.expedited.is_some() || record.optimistic.is_some()) {
        return go_on(ctx, id, record);
    }
    let (stage, why) = match judged {
        Outcome::Passed => return queue(ctx, id, record),
        Outcome::Vetoed => (Stage::Vetoed, "too many called it harmful"),
        Outcome::NoPower => (Stage::Rejected, "nobody had power"),
        Outcome::NoQuorum => (Stage::Rejected, "too few voted"),
        Outcome::AllAbstained => (Stage::Rejected, "all who voted abstained"),
        Outcome::Rejected => (Stage::Rejected, "not enough said yes"),
    };
    let spam = tally.is_spam(record.power, record.terms.quorum_bps, record.terms.spam_bps);
    let burnt_bps = if stage == Stage::Vetoed || spam { ONE_BPS } else { 0 };
    proposal::close(ctx, id, &mut record, (stage, why))?;
    proposal::settle(ctx, id, &record, burnt_bps)
}

fn queue(ctx: &mut Ctx<'_>, id: u64, mut record: Proposal) -> Result<(), Halt> {
    let eta = ctx.block.time_unix_ms.saturating_add(record.terms.delay_ms).max(1);
    record.stage = Stage::Queued;
    record.eta_unix_ms = eta;
    record.due_unix_ms = eta;
    proposal::save(ctx.state, id, &record)?;
    proposal::reach(ctx, id, Stage::Queued);
    proposal::settle(ctx, id, &record, 0)?;
    ctx.emit(&Queued { proposal: id, eta_unix_ms: eta });
    // What does not wait is done in the block that counts.
    if record.terms.delay_ms == 0 { execution::execute(ctx, id, record) } else { Ok(()) }
}

/// Settles deposits of what is closed, then forgets ballots, in the order of numbers.
fn clear(ctx: &mut Ctx<'_>) -> Result<(), Halt> {
    let mut left = CLEARED_MAX;
    while left > 0 {
        let Some(row) = SETTLING.iter(ctx.state, Order::Ascending).next() else { break };
        let ((phase, id), settlement) = row?;
        if phase == DEPOSITS_FIRST {
            settle_deposits(ctx, id, settlement.burnt_bps, &mut left)?;
        } else {
            forget_ballots(ctx, id, &mut left)?;
        }
        // Something may be left of it exactly if the budget is used up.
        if left > 0 {
            SETTLING.remove(ctx.state, &(phase, id));
            if phase == DEPOSITS_FIRST {
                SETTLING.set(ctx.state, &(BALLOTS_THEN, id), &settlement);
            }
            left = left.saturating_sub(1);
        }
    }
    Ok(())
}

fn settle_deposits(ctx: &mut Ctx<'_>, id: u64, burnt_bps: u64, left: &mut usize) -> Result<(), Halt> {
    let deposits = DEPOSIT.iter_under(ctx.state, &id, None, Order::Ascending);
    let deposits = deposits.take(left.div_ceil(DEPOSIT_COUNTS)).collect::<Result<Vec<_>, Halt>>()?;
    for ((_, depositor), amount) in deposits {
        *left = left.saturating_sub(DEPOSIT_COUNTS);
        settle_one(ctx, (id, depositor), amount, burnt_bps)?;
    }
    Ok(())
}

fn forget_ballots(ctx: &mut Ctx<'_>, id: u64, left: &mut usize) -> Result<(), Halt> {
    let ballots = BALLOT.iter_under(ctx.state, &id, None, Order::Ascending).take(*left);
    let ballots = ballots.collect::<Result<Vec<_>, Halt>>()?;
    for (key, cast) in &ballots {
        ballot::index(ctx.state, key, Some(cast), None)?;
        BALLOT.remove(ctx.state, key);
    }
    *left = left.saturating_sub(ballots.len());
    let parts = OVERRIDDEN.iter_under(ctx.state, &id, None, Order::Ascending).take(*left);
    let parts = parts.map(|row| row.map(|(key, _)| key)).collect::<Result<Vec<_>, Halt>>()?;
    parts.iter().for_each(|key| OVERRIDDEN.remove(ctx.state, key));
    *left = left.saturating_sub(parts.len());
    Ok(())
}

fn settle_one(ctx: &mut Ctx<'_>, key: (u64, Address), amount: Amount, burnt_bps: u64) -> Result<(), Halt> {
    let lol = |amount: Amount| Coin { asset: AssetId::NATIVE, amount };
    let burnt = part_ceil(amount, burnt_bps);
    let returned = amount.checked_sub(burnt).unwrap_or_default();
    DEPOSIT.remove(ctx.state, &key);
    if !returned.is_zero() {
        token::transfer(ctx, &DEPOSITS, &key.1, lol(returned)).map_err(ours)?;
    }
    token::burn(ctx, &DEPOSITS, lol(burnt)).map_err(ours)?;
    ctx.emit(&DepositSettled { proposal: key.0, depositor: key.1, returned, burnt });
    Ok(())
}

/// What cannot be refused: a reject here is a fault of ours.
fn ours(failure: Failure) -> Halt {
    match failure {
        Failure::Halt(halt) => halt,
        Failure::Reject(reject) => corrupt(&reject.to_string()),
    }
}
