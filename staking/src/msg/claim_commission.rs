use chortle_kernel::{Ctx, Failure, Message, Reach, Reject, ensure, message, record};

use crate::{base, delegation, error::Error, escrow, event, math, state::EARNINGS, validator};

record! {
    /// Pays the commission of the sender's validator.
    pub struct ClaimCommission {}
}

impl Message for ClaimCommission {
    const TAG: u8 = 13;
    const NAME: &'static str = "claim_commission";
    const REACH: Reach = Reach::Units;

    fn examples() -> Vec<Self> {
        message::example(r#"{}"#)
    }

    fn check(&self) -> Result<(), Reject> {
        Ok(())
    }

    /// Reads record, earnings, address, balances; writes earnings and balances.
    fn gas(&self) -> u64 {
        math::leaves_gas(5, 3)
    }

    fn execute(&self, ctx: &mut Ctx<'_>) -> Result<(), Failure> {
        let operator = ctx.signer()?;
        validator::validator(ctx.state, &operator)?;
        let mut earned = validator::earnings(ctx.state, &operator)?;
        let amount = std::mem::take(&mut earned.commission);
        ensure(!amount.is_zero(), Error::NothingToClaim {})?;
        let to = delegation::withdraw_address(ctx.state, &operator)?;
        EARNINGS.set(ctx.state, &operator, &earned);
        base::shift(ctx, &escrow::REWARDS, &to, amount)?;
        ctx.emit(&event::CommissionClaimed { operator, amount });
        Ok(())
    }
}
