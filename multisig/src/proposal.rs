//! The record of a proposal, and what follows from it.

use chortle_kernel::{
    Address, Call, Ctx, Failure, Halt, List, Origin, ReadState, Reject, Runs, State, ensure, tx::RawMessage,
};

use crate::{
    account::{self, corrupt},
    error::Error,
    state::{CONTENT, OPEN, PROPOSAL},
    types::{Account, Open, Proposal},
};

/// An open proposal, or `unknown_proposal`.
pub fn find(state: &dyn ReadState, account: &Address, proposal: u64) -> Result<Proposal, Failure> {
    let missing = Error::UnknownProposal { account: *account, proposal };
    Ok(PROPOSAL.get(state, &(*account, proposal))?.ok_or(missing)?)
}

/// An account with a proposal of its present version that has not expired.
pub fn find_live(
    state: &dyn ReadState,
    account: &Address,
    proposal: u64,
    now_unix_ms: u64,
) -> Result<(Account, Proposal), Failure> {
    let owner = account::find(state, account)?;
    let record = find(state, account, proposal)?;
    let (made, now, expired_unix_ms) = (record.version, owner.version, record.expires_unix_ms);
    ensure(made == now, Error::ProposalVoid { proposal, made, now })?;
    ensure(now_unix_ms < expired_unix_ms, Error::ProposalExpired { proposal, expired_unix_ms })?;
    Ok((owner, record))
}

/// From when on a proposal can be executed; none while it is below the threshold.
pub fn ready_unix_ms(owner: &Account, record: &Proposal) -> Option<u64> {
    record.met_unix_ms.map(|met| met.saturating_add(owner.config.delay_ms))
}

/// Replaces who approves, and notes when that met the threshold: the time stays while it is met.
pub fn set_approvals(
    record: &mut Proposal,
    owner: &Account,
    mut approvals: Vec<Address>,
    now_unix_ms: u64,
) -> Result<(), Halt> {
    approvals.sort_unstable();
    let weights = approvals.iter().map(|member| owner.config.weight_of(member));
    let weight = weights.into_iter().try_fold(0_u64, |sum, weight| sum.checked_add(weight?));
    record.weight = weight.ok_or_else(|| corrupt("a stranger approves"))?;
    record.approvals = List::parse(approvals).map_err(|_| corrupt("more approve than are members"))?;
    let met = record.weight >= owner.config.threshold;
    record.met_unix_ms = met.then(|| record.met_unix_ms.unwrap_or(now_unix_ms));
    Ok(())
}

/// How many proposals a member has open under a version.
pub fn open(state: &dyn ReadState, account: &Address, member: &Address, version: u64) -> Result<u64, Halt> {
    let open = OPEN.get(state, &(*account, *member))?.unwrap_or_default();
    Ok(if open.version == version { open.count } else { 0 })
}

/// Removes a proposal: whatever comes of it, it is over.
pub fn close(
    state: &mut State,
    account: &Address,
    owner: &Account,
    proposal: u64,
    record: &Proposal,
) -> Result<(), Halt> {
    PROPOSAL.remove(state, &(*account, proposal));
    CONTENT.remove(state, &(*account, proposal));
    if record.version == owner.version {
        let (version, proposer) = (owner.version, record.proposer);
        let count = open(state, account, &proposer, version)?.checked_sub(1);
        let count = count.ok_or_else(|| corrupt("a proposal was never counted"))?;
        OPEN.set(state, &(*account, proposer), &Open { version, count });
    }
    Ok(())
}

/// Refuses messages that no account could send: those of governance and of the protocol, here and in what they carry
/// to run with them.
pub fn ensure_carriable(ctx: &Ctx<'_>, account: &Address, messages: &[RawMessage]) -> Result<(), Reject> {
    let calls = ctx.decode(messages)?;
    calls.iter().try_for_each(|call| ensure_sendable(call, Origin::Account(*account)))
}

fn ensure_sendable(call: &Call, origin: Origin) -> Result<(), Reject> {
    call.ensure_authority(origin)?;
    let mut inner = call.carried.iter().filter(|_| call.runs == Runs::Now);
    inner.try_for_each(|call| ensure_sendable(call, origin))
}
