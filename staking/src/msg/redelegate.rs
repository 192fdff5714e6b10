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

impl Message for Redelegate {
    const TAG: u8 = 9;
    const NAME: &'static str = "redelegate";

    fn check(&self) -> Result<(), Reject> {
        ensure(!self.amount.is_zero(), Error::ZeroAmount {})?;
        ensure(self.source != self.destination, Error::SameValidator {})
    }

    /// Reads and writes both records, ranks, histories, delegations, entries, queue, sums, balances.
    fn gas(&self) -> u64 {
        rules::leaves_gas(26, 20)
    }

    fn execute(&self, ctx: &mut Ctx<'_>) -> Result<(), Failure> {
        let (delegator, now) = (ctx.signer()?, ctx.block.time_unix_ms);
        let (source, destination) = (self.source, self.destination);
        let params = ledger::params(ctx.state)?;
        let from = ledger::validator(ctx.state, &source)?;
        let to = ledger::validator(ctx.state, &destination)?;
        ensure(!to.tombstoned, Error::Tombstoned { operator: destination })?;
        ensure(!to.jailed, Error::Jailed { operator: destination })?;
        let pair = (delegator, destination);
        slash::settle_redelegations(ctx, &delegator, &source)?;
        let received = REDELEGATION.get(ctx.state, &(delegator, source))?.unwrap_or_default();
        let immature = received.iter().filter(|entry| entry.completion_unix_ms > now);
        let keep = immature.fold(0u128, |sum, entry| sum.saturating_add(entry.shares.0));
        let completion = ledger::completion(&from, &params, now);
        let moved = REDELEGATION.get(ctx.state, &pair)?.unwrap_or_default();
        let (count, max) = (u64::try_from(moved.len()).unwrap_or(u64::MAX), params.entries_max);
        ensure(completion.is_none() || count < max, Error::TooManyEntries { max })?;
        let amount = ledger::unbond(ctx, &delegator, &source, self.amount, keep)?;
        ledger::shift(ctx, &ledger::pool(from.bonded), &ledger::pool(to.bonded), amount)?;
        let shares = ledger::bond(ctx, &delegator, &destination, amount)?;
        if let Some(completion_unix_ms) = completion {
            let created_height = ctx.block.height;
            let mut moved = REDELEGATION.get(ctx.state, &pair)?.unwrap_or_default();
            moved.push(Redelegation {
                source,
                created_height,
                completion_unix_ms,
                initial: amount,
                shares: Wide(shares),
                slashed_height: created_height,
            });
            REDELEGATION.set(ctx.state, &pair, &moved);
            outflow::add(ctx.state, &source, created_height, amount)?;
            let kind = DueKind::Redelegation;
            let due = Due { kind, delegator, validator: destination, created_height };
            ledger::enqueue(ctx.state, completion_unix_ms, &due)?;
        }
        ctx.emit(&event::Redelegated { delegator, source, destination, amount });
        Ok(())
    }
}
