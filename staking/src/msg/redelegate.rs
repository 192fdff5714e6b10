use chortle_kernel::{Address, Amount, Ctx, Failure, Message, Reject, ensure};

use crate::{
    error::Error,
    event, ledger, outflow, rules, slash,
    state::REDELEGATION,
    types::{Due, DueKind, Redelegation, Wide, record},
};

record! {
    /// Moves a delegation to another validator at once. It answers for its source until the unbonding time is over.
    pub struct Redelegate {
        /// Operator of the validator that it leaves.
        pub source: Address,
        /// Operator of the validator that it joins.
        pub destination: Address,
        /// How much, in nlol.
        pub amount: Amount,
    }
}

/// Adds an entry, merged with one of the same source and height.
fn note(ctx: &mut Ctx<'_>, pair: (Address, Address), entry: Redelegation) -> Result<(), Failure> {
    let mut moves = REDELEGATION.get(ctx.state, &pair)?.unwrap_or_default();
    let (height, completion) = (entry.created_height, entry.completion_unix_ms);
    outflow::add(ctx.state, &entry.source, height, entry.initial)?;
    let twin = |old: &&mut Redelegation| {
        (old.source, old.created_height, old.completion_unix_ms) == (entry.source, height, completion)
    };
    if let Some(old) = moves.iter_mut().find(twin) {
        let overflow = || ledger::corrupt("redelegation overflows");
        old.initial = old.initial.checked_add(entry.initial).ok_or_else(overflow)?;
        old.shares = Wide(old.shares.0.saturating_add(entry.shares.0));
    } else {
        let max = ledger::params(ctx.state)?.entries_max;
        ensure(u64::try_from(moves.len()).unwrap_or(u64::MAX) < max, Error::TooManyEntries { max })?;
        moves.push(entry);
        let (delegator, validator) = pair;
        let due = Due { kind: DueKind::Redelegation, delegator, validator, created_height: height };
        ledger::enqueue(ctx.state, completion, &due)?;
    }
    REDELEGATION.set(ctx.state, &pair, &moves);
    Ok(())
}

impl Message for Redelegate {
    const TAG: u8 = 9;
    const NAME: &'static str = "redelegate";

    fn check(&self) -> Result<(), Reject> {
        ensure(!self.amount.is_zero(), Error::ZeroAmount {})?;
        ensure(self.source != self.destination, Error::SameValidator {})
    }

    /// Reads and writes both records, ranks, histories, delegations, entries, queue, sums, balances.
    fn gas(&self) -> u64 {
        rules::leaves_gas(28, 20)
    }

    fn execute(&self, ctx: &mut Ctx<'_>) -> Result<(), Failure> {
        let (delegator, now) = (ctx.signer()?, ctx.block.time_unix_ms);
        let (source, destination) = (self.source, self.destination);
        let from = ledger::validator(ctx.state, &source)?;
        let to = ledger::validator(ctx.state, &destination)?;
        ensure(!to.tombstoned, Error::Tombstoned { operator: destination })?;
        ensure(!to.jailed, Error::Jailed { operator: destination })?;
        slash::settle_redelegations(ctx, &delegator, &source)?;
        let received = REDELEGATION.get(ctx.state, &(delegator, source))?.unwrap_or_default();
        let completion = ledger::completion(ctx.state, &source, &from, now)?;
        let amount = ledger::unbond(ctx, &delegator, &source, self.amount, ledger::immature(&received))?;
        ledger::shift(ctx, &ledger::pool(from.bonded), &ledger::pool(to.bonded), amount)?;
        let shares = ledger::bond(ctx, &delegator, &destination, amount)?;
        if let Some(completion_unix_ms) = completion {
            let created_height = ctx.block.height;
            let entry = Redelegation {
                source,
                created_height,
                completion_unix_ms,
                initial: amount,
                shares: Wide(shares),
                slashed_height: created_height,
            };
            note(ctx, (delegator, destination), entry)?;
        }
        ctx.emit(&event::Redelegated { delegator, source, destination, amount });
        Ok(())
    }
}
