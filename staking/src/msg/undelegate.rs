use chortle_kernel::{Address, Amount, Ctx, Failure, Message, Reject, ensure};

use crate::{error::Error, event, ledger, rules, slash, state::REDELEGATION, types::record};

record! {
    /// Takes a delegation back: paid when its unbonding ends.
    pub struct Undelegate {
        /// The validator's operator.
        pub validator: Address,
        /// How much, in nlol.
        pub amount: Amount,
    }
}

impl Message for Undelegate {
    const TAG: u8 = 7;
    const NAME: &'static str = "undelegate";

    fn check(&self) -> Result<(), Reject> {
        ensure(!self.amount.is_zero(), Error::ZeroAmount {})
    }

    /// Reads and writes record, rank, history, delegation, entries, queue, sums, balances.
    fn gas(&self) -> u64 {
        rules::leaves_gas(20, 15)
    }

    fn execute(&self, ctx: &mut Ctx<'_>) -> Result<(), Failure> {
        let (delegator, operator) = (ctx.signer()?, self.validator);
        let (pair, now) = ((delegator, operator), ctx.block.time_unix_ms);
        let validator = ledger::validator(ctx.state, &operator)?;
        slash::settle_redelegations(ctx, &delegator, &operator)?;
        let moves = REDELEGATION.get(ctx.state, &pair)?.unwrap_or_default();
        let amount = ledger::unbond(ctx, &delegator, &operator, self.amount, 0)?;
        // Stake that came from another validator cannot get out sooner by way of one outside the set.
        let bound = ledger::bound_by_moves(ctx.state, &pair, &moves)?;
        let completion = ledger::completion(ctx.state, &operator, &validator, now)?.max(bound);
        let from = ledger::pool(validator.bonded);
        match completion {
            Some(until) => {
                ledger::shift(ctx, &from, &ledger::pool(false), amount)?;
                ledger::add_unbonding(ctx, &delegator, &operator, amount, until)?;
            }
            None => ledger::shift(ctx, &from, &delegator, amount)?,
        }
        let completion_unix_ms = completion.unwrap_or(now);
        ctx.emit(&event::Undelegated { delegator, operator, amount, completion_unix_ms });
        Ok(())
    }
}
