//! Faults: what is taken at once, and what entries on their way out pay when they are next touched.
//!
//! A fault takes `floor(f · stake at the offence)` in all. The part of entries that left since is a range sum, so the
//! work is independent of their number; each entry pays its part when it is touched, and always before it is paid.

use chortle_kernel::{Address, Amount, BlockInfo, Ctx, Failure, Halt, Order, ReadState, State};
use chortle_token::{self as token, protocol};

use crate::{
    event,
    ledger::{self, corrupt, lol},
    outflow, rules,
    state::{FAULT, OFFENCE, PARAMS, REDELEGATION, STAKE_AT, UNBONDING, VALIDATOR},
    types::{Fault, FaultKind, Params, Validator, Wide},
};

/// Rows of a stake's history that one change may forget.
const FORGOTTEN_MAX: usize = 4;

/// Most blocks that evidence may be old: both bounds come from the unbonding time.
pub fn evidence_blocks_max(params: &Params) -> u64 {
    params.unbonding_ms.checked_div(params.block_slowest_ms).unwrap_or(u64::MAX)
}

/// Stake at the end of a height. The oldest that is known stands for all before it: a first block is signed by the
/// stake of genesis.
pub fn stake_at(state: &dyn ReadState, operator: &Address, height: u64) -> Result<Amount, Halt> {
    let above = (*operator, height.saturating_add(1));
    let mut until = STAKE_AT.iter_under(state, operator, Some(&above), Order::Descending);
    let row = match until.next() {
        Some(row) => Some(row),
        None => STAKE_AT.iter_under(state, operator, None, Order::Ascending).next(),
    };
    Ok(row.transpose()?.map(|(_, tokens)| tokens).unwrap_or_default())
}

/// Forgets what no evidence can ask for: all but the newest row below the oldest height of evidence, a few at a time.
pub(crate) fn prune_history(
    state: &mut State,
    block: &BlockInfo,
    params: &Params,
    operator: &Address,
) -> Result<(), Halt> {
    // Evidence is refused only past both bounds: time may hold more blocks than the slowest rate says.
    let blocks = evidence_blocks_max(params).saturating_mul(HISTORY_FACTOR);
    let Some(oldest) = block.height.checked_sub(blocks.saturating_add(2)) else { return Ok(()) };
    let rows: Vec<u64> = STAKE_AT
        .iter_under(state, operator, None, Order::Ascending)
        .take(FORGOTTEN_MAX)
        .map(|row| row.map(|((_, height), _)| height))
        .collect::<Result<_, _>>()?;
    for (height, next) in rows.iter().zip(rows.iter().skip(1)) {
        if *next <= oldest {
            STAKE_AT.remove(state, &(*operator, *height));
        }
    }
    Ok(())
}

/// History is kept for this many times the blocks that evidence reckons with: blocks may come faster, down to a fifth
/// of a second at the default of six.
const HISTORY_FACTOR: u64 = 30;

/// Decides a fault: takes its part of the bonded stake now and notes the rest.
pub(crate) fn slash(
    ctx: &mut Ctx<'_>,
    operator: &Address,
    validator: &mut Validator,
    kind: FaultKind,
    (fault_height, from_height): (u64, u64),
    (stake, fraction_ppb): (Amount, u64),
) -> Result<Fault, Failure> {
    let total = rules::part_ppb_floor(stake, fraction_ppb);
    let gone = outflow::since(ctx.state, operator, from_height)?;
    let owed = rules::part_ppb_floor(gone, fraction_ppb);
    let taken = total.checked_sub(owed).unwrap_or_default().min(validator.tokens);
    validator.tokens = validator.tokens.checked_sub(taken).unwrap_or_default();
    confiscate(ctx, &ledger::pool(validator.bonded), taken)?;
    let fault = Fault {
        kind,
        fault_height,
        from_height,
        fraction_ppb,
        stake,
        taken,
        time_unix_ms: ctx.block.time_unix_ms,
    };
    FAULT.set(ctx.state, &(*operator, ctx.block.height, kind.number()), &fault);
    if kind != FaultKind::Downtime {
        validator.graves.push(ctx.block.height);
    }
    ledger::save(ctx.state, ctx.block, operator, validator)?;
    ctx.emit(&event::Slashed { operator: *operator, kind, fault_height, fraction_ppb, taken });
    Ok(fault)
}

/// Whether an operator's correlation window is open: nothing that answers for it is paid until it closes.
pub(crate) fn window_is_open(state: &dyn ReadState, operator: &Address) -> Result<bool, Halt> {
    Ok(OFFENCE.get(state, operator)?.is_some_and(|offence| !offence.closed))
}

/// Burns slashed stake, less the treasury's part.
pub(crate) fn confiscate(ctx: &mut Ctx<'_>, from: &Address, amount: Amount) -> Result<(), Failure> {
    let bps = PARAMS.get(ctx.state)?.map_or(0, |params| params.slash_treasury_bps);
    let kept = rules::part_bps_floor(amount, bps);
    token::transfer(ctx, from, &protocol::TREASURY, lol(kept))?;
    token::burn(ctx, from, lol(amount.checked_sub(kept).unwrap_or_default()))
}

/// What an entry that left `source` owes for faults decided since it last paid: until it is paid out it answers, also
/// while it waits in the queue past its time. At most nine reads.
pub(crate) fn owed(
    state: &dyn ReadState,
    source: &Address,
    created_height: u64,
    slashed_height: u64,
    initial: Amount,
) -> Result<Amount, Halt> {
    let mut sum = Amount::ZERO;
    let mut add = |fault: Option<Fault>, height: u64| {
        let applies = |fault: &Fault| {
            height > slashed_height && height > created_height && fault.from_height <= created_height
        };
        if let Some(fault) = fault.filter(applies) {
            let part = rules::part_ppb_floor(initial, fault.fraction_ppb);
            sum = sum.checked_add(part).unwrap_or(Amount::MAX);
        }
    };
    // Downtime reaches two heights back, so only the next two heights can hold one for this entry.
    for ahead in 1..=2 {
        let height = created_height.saturating_add(ahead);
        add(FAULT.get(state, &(*source, height, FaultKind::Downtime.number()))?, height);
    }
    for height in VALIDATOR.get(state, source)?.map(|validator| validator.graves).unwrap_or_default() {
        for kind in [FaultKind::DuplicateVote, FaultKind::LightClientAttack, FaultKind::Correlated] {
            add(FAULT.get(state, &(*source, height, kind.number()))?, height);
        }
    }
    Ok(sum)
}

/// Takes what a pair's unbonding entries owe for faults of the validator that they leave.
pub(crate) fn settle_unbondings(
    ctx: &mut Ctx<'_>,
    delegator: &Address,
    operator: &Address,
) -> Result<(), Halt> {
    let pair = (*delegator, *operator);
    let mut entries = UNBONDING.get(ctx.state, &pair)?.unwrap_or_default();
    let mut sum = Amount::ZERO;
    for entry in &mut entries {
        let since = entry.slashed_height;
        let part = owed(ctx.state, operator, entry.created_height, since, entry.initial)?.min(entry.balance);
        entry.slashed_height = ctx.block.height;
        entry.balance = entry.balance.checked_sub(part).unwrap_or_default();
        sum = sum.checked_add(part).ok_or_else(|| corrupt("slashes overflow"))?;
    }
    if !sum.is_zero() {
        UNBONDING.set(ctx.state, &pair, &entries);
        confiscate(ctx, &protocol::UNBONDING, sum).map_err(halt)?;
        ctx.emit(&event::EntrySlashed { delegator: *delegator, source: *operator, amount: sum });
    }
    Ok(())
}

/// What cannot be refused: a reject here is a fault of ours.
pub(crate) fn halt(failure: Failure) -> Halt {
    match failure {
        Failure::Halt(halt) => halt,
        Failure::Reject(reject) => corrupt(&reject.to_string()),
    }
}

/// Takes what stake that moved to `operator` owes for its sources: first from what the delegator has on its way out
/// here, then from its shares here.
pub(crate) fn settle_redelegations(
    ctx: &mut Ctx<'_>,
    delegator: &Address,
    operator: &Address,
) -> Result<(), Halt> {
    let pair = (*delegator, *operator);
    let Some(mut moves) = REDELEGATION.get(ctx.state, &pair)? else { return Ok(()) };
    let mut touched = false;
    for index in 0..moves.len() {
        let Some(entry) = moves.get_mut(index) else { break };
        let since = entry.slashed_height;
        let part = owed(ctx.state, &entry.source, entry.created_height, since, entry.initial)?;
        entry.slashed_height = ctx.block.height;
        if part.is_zero() {
            continue;
        }
        touched = true;
        let source = entry.source;
        let rest = take_unbonding(ctx, &pair, entry.created_height, part)?;
        let (shares, taken) = take_shares(ctx, &pair, rest)?;
        entry.shares = Wide(entry.shares.0.saturating_sub(shares));
        let amount = part.checked_sub(rest).and_then(|out| out.checked_add(taken)).unwrap_or_default();
        ctx.emit(&event::EntrySlashed { delegator: *delegator, source, amount });
    }
    if touched {
        REDELEGATION.set(ctx.state, &pair, &moves);
    }
    Ok(())
}

/// Takes from immature unbonding entries that began after the move. Answers what is still owed.
fn take_unbonding(
    ctx: &mut Ctx<'_>,
    pair: &(Address, Address),
    moved_height: u64,
    owed: Amount,
) -> Result<Amount, Halt> {
    settle_unbondings(ctx, &pair.0, &pair.1)?;
    let mut entries = UNBONDING.get(ctx.state, pair)?.unwrap_or_default();
    let mut rest = owed;
    for entry in entries.iter_mut().filter(|entry| entry.created_height >= moved_height) {
        let part = rest.min(entry.balance);
        entry.balance = entry.balance.checked_sub(part).unwrap_or_default();
        rest = rest.checked_sub(part).unwrap_or_default();
    }
    if rest != owed {
        UNBONDING.set(ctx.state, pair, &entries);
        let sum = owed.checked_sub(rest).unwrap_or_default();
        confiscate(ctx, &protocol::UNBONDING, sum).map_err(halt)?;
    }
    Ok(rest)
}

/// Takes from shares, rounded down. Answers the shares and the tokens that they were worth.
fn take_shares(
    ctx: &mut Ctx<'_>,
    (delegator, operator): &(Address, Address),
    owed: Amount,
) -> Result<(u128, Amount), Halt> {
    let nothing = Ok((0, Amount::ZERO));
    let Some(mut validator) = VALIDATOR.get(ctx.state, operator)? else { return nothing };
    let mut held = ledger::peek(ctx.state, delegator, operator)?;
    let (tokens, shares) = (validator.tokens, validator.shares.0);
    let out = rules::mul_div_floor(rules::wide(owed), shares, rules::wide(tokens)).unwrap_or(0);
    let out = out.min(held.shares.0);
    let taken = if out == shares { tokens } else { rules::tokens_of_floor(out, tokens, shares) };
    if out == 0 {
        return nothing;
    }
    held.shares.0 = held.shares.0.saturating_sub(out);
    validator.shares.0 = shares.saturating_sub(out);
    validator.tokens = tokens.checked_sub(taken).unwrap_or_default();
    if held.shares.0 == 0 {
        validator.delegators = validator.delegators.saturating_sub(1);
    }
    ledger::save_delegation(ctx.state, delegator, operator, &held);
    ledger::jail_if_short(ctx, (delegator, operator), &mut validator, held.shares.0);
    confiscate(ctx, &ledger::pool(validator.bonded), taken).map_err(halt)?;
    ledger::save(ctx.state, ctx.block, operator, &validator)?;
    Ok((out, taken))
}
