use chortle_kernel::{Address, Ctx, Failure, Message, Reject, message, record};

use crate::{math, state::WITHDRAW, validator};

record! {
    /// Sends the sender's rewards and commission to another account from now on.
    pub struct SetWithdrawAddress {
        /// To whom; the sender itself ends it.
        pub to: Address,
    }
}

impl Message for SetWithdrawAddress {
    const TAG: u8 = 11;
    const NAME: &'static str = "set_withdraw_address";

    fn examples() -> Vec<Self> {
        message::example(r#"{"to":"lol1qurswpc8qurswpc8qurswpc8qurswpc8vepjwr"}"#)
    }

    fn check(&self) -> Result<(), Reject> {
        chortle_token::protocol::ensure_user_account(&self.to)
    }

    /// Reads parameters; writes the address.
    fn gas(&self) -> u64 {
        math::leaves_gas(2, 1)
    }

    fn execute(&self, ctx: &mut Ctx<'_>) -> Result<(), Failure> {
        let account = ctx.signer()?;
        validator::params(ctx.state)?;
        if account == self.to {
            WITHDRAW.remove(ctx.state, &account);
        } else {
            WITHDRAW.set(ctx.state, &account, &self.to);
        }
        Ok(())
    }
}
