use chortle_kernel::{Address, Amount, Ctx, Failure, Message, Reach, Reject, ensure, message, record};

use crate::{
    base, debt,
    error::Error,
    event, math, outflow, stake,
    state::{QUEUE, UNBONDING},
    types::Unbonding,
    validator,
};

record! {
    /// Takes an unbonding back: the stake is delegated again.
    pub struct CancelUnbonding {
        /// The validator's operator.
        pub validator: Address,
        /// Height that began the unbonding.
        pub created_height: u64,
        /// How much, in nlol.
        #[schemars(extend("x-unit" = "nlol"))]
        pub amount: Amount,
    }
}

impl Message for CancelUnbonding {
    const TAG: u8 = 8;
    const NAME: &'static str = "cancel_unbonding";
    const REACH: Reach = Reach::Units;

    fn examples() -> Vec<Self> {
        message::example(
            r#"{"amount":"5","created_height":7,"validator":"lol1qurswpc8qurswpc8qurswpc8qurswpc8vepjwr"}"#,
        )
    }

    fn check(&self) -> Result<(), Reject> {
        ensure(!self.amount.is_zero(), Error::ZeroAmount {})
    }

    /// Reads and writes record, rank, history, delegation, entries, sums, balances, and what a snapshot keeps.
    fn gas(&self) -> u64 {
        math::leaves_gas(22, 15)
    }

    fn execute(&self, ctx: &mut Ctx<'_>) -> Result<(), Failure> {
        let (delegator, operator, need) = (ctx.signer()?, self.validator, self.amount);
        let pair = (delegator, operator);
        let validator = validator::validator(ctx.state, &operator)?;
        ensure(!validator.tombstoned, Error::Tombstoned { operator })?;
        ensure(!validator.jailed, Error::Jailed { operator })?;
        debt::settle_redelegations(ctx, &delegator, &operator)?;
        debt::settle_unbondings(ctx, &delegator, &operator)?;
        let mut entries = UNBONDING.get(ctx.state, &pair)?.unwrap_or_default();
        let (height, now) = (self.created_height, ctx.block.time_unix_ms);
        let cancellable =
            |entry: &Unbonding| entry.created_height == height && entry.completion_unix_ms > now;
        let index = entries.iter().position(cancellable).ok_or(Error::NoUnbonding { height })?;
        let entry = entries.get_mut(index).ok_or(Error::NoUnbonding { height })?;
        let have = entry.balance;
        entry.balance = have.checked_sub(need).ok_or(Error::AboveUnbonding { have, need })?;
        // What was slashed of it goes with the last of it.
        let gone = if entry.balance.is_zero() { entry.initial } else { need };
        entry.initial = entry.initial.checked_sub(gone).unwrap_or_default();
        if entry.balance.is_zero() {
            QUEUE.remove(ctx.state, &(entry.completion_unix_ms, entry.number));
            entries.remove(index);
        }
        outflow::remove(ctx.state, &(operator, operator), height, gone)?;
        if entries.is_empty() {
            UNBONDING.remove(ctx.state, &pair);
        } else {
            UNBONDING.set(ctx.state, &pair, &entries);
        }
        base::shift(ctx, &validator::pool(false), &validator::pool(validator.bonded), need)?;
        stake::bond(ctx, &delegator, &operator, need)?;
        ctx.emit(&event::UnbondingCancelled { delegator, operator, amount: need });
        Ok(())
    }
}
