use chortle_kernel::{Address, Amount, Ctx, Failure, Message, Reach, Reject, ensure, message, record};

use crate::{base, debt, delegation, error::Error, event, math, stake, state::REDELEGATION, validator};

record! {
    /// Takes a delegation back: paid when its unbonding ends.
    pub struct Undelegate {
        /// The validator's operator.
        pub validator: Address,
        /// How much, in nlol.
        #[schemars(extend("x-unit" = "nlol"))]
        pub amount: Amount,
    }
}

impl Message for Undelegate {
    const TAG: u8 = 7;
    const NAME: &'static str = "undelegate";
    const REACH: Reach = Reach::Units;

    fn examples() -> Vec<Self> {
        message::example(r#"{"amount":"5","validator":"lol1qurswpc8qurswpc8qurswpc8qurswpc8vepjwr"}"#)
    }

    fn check(&self) -> Result<(), Reject> {
        ensure(!self.amount.is_zero(), Error::ZeroAmount {})
    }

    /// Reads and writes record, rank, history, delegation, entries, queue, sums, balances, and what a snapshot keeps.
    fn gas(&self) -> u64 {
        math::leaves_gas(24, 17)
    }

    fn execute(&self, ctx: &mut Ctx<'_>) -> Result<(), Failure> {
        let (delegator, operator) = (ctx.signer()?, self.validator);
        let (pair, now) = ((delegator, operator), ctx.block.time_unix_ms);
        let validator = validator::validator(ctx.state, &operator)?;
        debt::settle_redelegations(ctx, &delegator, &operator)?;
        let moves = REDELEGATION.get(ctx.state, &pair)?.unwrap_or_default();
        let amount = stake::unbond(ctx, &delegator, &operator, self.amount, 0)?;
        // Stake that came from another validator cannot get out sooner by way of one outside the set.
        let bound = delegation::bound_by_moves(ctx.state, &pair, &moves)?;
        let completion = validator::completion(ctx.state, &operator, &validator, now)?.max(bound);
        let from = validator::pool(validator.bonded);
        match completion {
            Some(until) => {
                base::shift(ctx, &from, &validator::pool(false), amount)?;
                stake::add_unbonding(ctx, &delegator, &operator, amount, until)?;
            }
            None => base::shift(ctx, &from, &delegator, amount)?,
        }
        let completion_unix_ms = completion.unwrap_or(now);
        ctx.emit(&event::Undelegated { delegator, operator, amount, completion_unix_ms });
        Ok(())
    }
}
