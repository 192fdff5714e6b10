use chortle_kernel::{Address, Ctx, Failure, Message, Order, Reach, Reject, ensure, message, record};

use crate::{base, error::Error, event, math, stake, state::DELEGATION};

/// Most delegations that one claim pays.
pub const CLAIMS_MAX: usize = 16;

record! {
    /// Pays the sender's rewards from one validator, or from the first 16 past an operator.
    pub struct ClaimRewards {
        /// From this validator alone.
        pub validator: Option<Address>,
        /// From those after this operator, if no validator is named.
        pub after: Option<Address>,
    }
}

impl Message for ClaimRewards {
    const TAG: u8 = 12;
    const NAME: &'static str = "claim_rewards";
    const REACH: Reach = Reach::Units;

    fn examples() -> Vec<Self> {
        message::example(r#"{"validator":"lol1qurswpc8qurswpc8qurswpc8qurswpc8vepjwr"}"#)
    }

    fn check(&self) -> Result<(), Reject> {
        Ok(())
    }

    /// Reads of each delegation its record, moves and earnings; writes and lists it. Reads the address that is paid,
    /// reads and writes two balances.
    fn gas(&self) -> u64 {
        let claims = if self.validator.is_some() { 1 } else { u64::try_from(CLAIMS_MAX).unwrap_or(u64::MAX) };
        math::leaves_gas(claims.saturating_mul(4).saturating_add(4), claims.saturating_add(2))
    }

    fn execute(&self, ctx: &mut Ctx<'_>) -> Result<(), Failure> {
        let delegator = ctx.signer()?;
        let operators = match self.validator {
            Some(operator) => vec![operator],
            None => {
                let after = self.after.map(|operator| (delegator, operator));
                DELEGATION
                    .iter_under(ctx.state, &delegator, after.as_ref(), Order::Ascending)
                    .take(CLAIMS_MAX)
                    .map(|row| row.map(|((_, operator), _)| operator))
                    .collect::<Result<_, _>>()?
            }
        };
        let mut sum = chortle_kernel::Amount::ZERO;
        for operator in operators {
            let paid = stake::pay_rewards(ctx, &delegator, &operator)?;
            sum = sum.checked_add(paid).ok_or_else(|| base::corrupt("rewards overflow"))?;
        }
        ensure(!sum.is_zero(), Error::NothingToClaim {})?;
        ctx.emit(&event::RewardsClaimed { delegator, amount: sum });
        Ok(())
    }
}
