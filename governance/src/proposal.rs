//! The record of a proposal, and what follows from it.

use chortle_kernel::{Address, Amount, AssetId, Coin, Ctx, Failure, Halt, ReadState, State};
use chortle_token as token;

use crate::{
    electorate,
    error::Error,
    event::{Closed, Deposited},
    state::{BY_STAGE, CONSTITUTION, DEPOSIT, DUE, PARAMS, PROPOSAL, REACHED, SETTLING},
    types::{Constitution, DEPOSITS, ONE_BPS, Params, Proposal, Reached, Settlement, Stage},
};

/// In the key of what is being cleared away: its deposits are not settled yet.
pub const DEPOSITS_FIRST: u32 = 0;
/// The same: its ballots are not forgotten yet.
pub const BALLOTS_THEN: u32 = 1;

/// The rules in force, or `no_governance`.
pub fn rules(state: &dyn ReadState) -> Result<(Params, Constitution), Failure> {
    let params = PARAMS.get(state)?.ok_or(Error::NoGovernance {})?;
    Ok((params, CONSTITUTION.get(state)?.unwrap_or_default()))
}

/// A proposal, or `unknown_proposal`.
pub fn find(state: &dyn ReadState, proposal: u64) -> Result<Proposal, Failure> {
    Ok(PROPOSAL.get(state, &proposal)?.ok_or(Error::UnknownProposal { proposal })?)
}

pub fn corrupt(what: &str) -> Halt {
    Halt::new(format!("governance: {what}: the state is corrupt"))
}

/// A stage as a sentence says it.
pub fn said(stage: Stage) -> &'static str {
    match stage {
        Stage::Deposit => "waiting for its deposit",
        Stage::Voting => "voted on",
        Stage::Queued => "waiting for its time",
        Stage::Executed => "executed",
        Stage::Failed => "failed",
        Stage::Cancelled => "cancelled",
        Stage::Expired => "expired",
        Stage::Rejected => "rejected",
        Stage::Vetoed => "vetoed",
        Stage::Lapsed => "lapsed",
    }
}

/// Refuses a proposal that is at another stage.
pub fn ensure_stage(proposal: u64, record: &Proposal, needed: Stage) -> Result<(), Failure> {
    let wrong = || Error::WrongStage {
        proposal,
        stage: said(record.stage).to_owned(),
        needed: said(needed).to_owned(),
    };
    if record.stage == needed { Ok(()) } else { Err(wrong().into()) }
}

/// Notes when a proposal came to the stage that it stands at.
pub fn reach(ctx: &mut Ctx<'_>, id: u64, stage: Stage) {
    let reached = Reached { height: ctx.block.height, time_unix_ms: ctx.block.time_unix_ms };
    REACHED.set(ctx.state, &(id, stage.number()), &reached);
}

/// When a proposal came to each of its stages, in the order of their numbers.
pub fn reached(state: &dyn ReadState, id: u64) -> Result<Vec<(Stage, Reached)>, Halt> {
    let of = |stage: Stage| Ok(REACHED.get(state, &(id, stage.number()))?.map(|reached| (stage, reached)));
    Stage::ALL.into_iter().map(of).filter_map(Result::transpose).collect()
}

/// Writes a proposal with all that follows from it: when it is due, where it stands, and how many are open.
pub fn save(state: &mut State, id: u64, record: &Proposal) -> Result<(), Halt> {
    let before = PROPOSAL.get(state, &id)?;
    let was_due = before.as_ref().map_or(0, |before| before.due_unix_ms);
    if was_due != record.due_unix_ms {
        if was_due > 0 {
            DUE.remove(state, &(was_due, id));
        }
        if record.due_unix_ms > 0 {
            DUE.set(state, &(record.due_unix_ms, id), &());
        }
    }
    let stood = before.map(|before| before.stage);
    if stood != Some(record.stage) {
        if let Some(stood) = stood {
            BY_STAGE.remove(state, &(stood.number(), id));
        }
        BY_STAGE.set(state, &(record.stage.number(), id), &());
    }
    let was_open = stood.is_some_and(Stage::is_open);
    let open = electorate::load(state, record.community)?;
    match (was_open, record.stage.is_open()) {
        (false, true) => electorate::set_load(state, record.community, open.saturating_add(1)),
        (true, false) => electorate::set_load(state, record.community, open.saturating_sub(1)),
        _ => {}
    }
    PROPOSAL.set(state, &id, record);
    Ok(())
}

/// Takes a deposit, which the caller has bounded.
pub fn take_deposit(
    ctx: &mut Ctx<'_>,
    id: u64,
    record: &mut Proposal,
    depositor: Address,
    amount: Amount,
) -> Result<(), Failure> {
    let coin = Coin { asset: AssetId::NATIVE, amount };
    token::deposit(ctx, &depositor, &DEPOSITS, coin, Some(&depositor))?;
    let before = DEPOSIT.get(ctx.state, &(id, depositor))?.unwrap_or_default();
    let sum = |a: Amount| a.checked_add(amount).ok_or_else(|| corrupt("deposits overflow"));
    DEPOSIT.set(ctx.state, &(id, depositor), &sum(before)?);
    record.deposit = sum(record.deposit)?;
    if record.deposit >= record.deposit_min {
        // Voting begins in the next block, by the stake that stands before its transactions.
        record.due_unix_ms = ctx.block.time_unix_ms.max(1);
    }
    save(ctx.state, id, record)?;
    ctx.emit(&Deposited { proposal: id, depositor, amount, deposit: record.deposit });
    Ok(())
}

/// Ends a proposal's time as one that is open or waits, and tells it.
pub fn close(
    ctx: &mut Ctx<'_>,
    id: u64,
    record: &mut Proposal,
    (stage, why): (Stage, &str),
) -> Result<(), Halt> {
    record.stage = stage;
    record.due_unix_ms = 0;
    record.closed_unix_ms = ctx.block.time_unix_ms;
    save(ctx.state, id, record)?;
    reach(ctx, id, stage);
    ctx.emit(&Closed { proposal: id, stage, why: why.to_owned() });
    Ok(())
}

/// Begins to clear away what voting left: deposits and ballots. The snapshot is needed no more.
pub fn settle(ctx: &mut Ctx<'_>, id: u64, record: &Proposal, burnt_bps: u64) -> Result<(), Halt> {
    SETTLING.set(ctx.state, &(DEPOSITS_FIRST, id), &Settlement { burnt_bps: burnt_bps.min(ONE_BPS) });
    if record.snapshot_height > 0 {
        electorate::release(ctx.state, record)?;
    }
    Ok(())
}
