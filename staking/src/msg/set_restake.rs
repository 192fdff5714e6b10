use chortle_kernel::{Address, Ctx, Failure, Message, Reach, Reject, ensure, message, record};

use crate::{
    error::Error,
    math,
    state::{DELEGATION, RESTAKE},
};

record! {
    /// Has the rewards of a delegation delegated again by the protocol, or ends that.
    pub struct SetRestake {
        /// The validator's operator.
        pub validator: Address,
        /// Whether to restake.
        pub on: bool,
    }
}

impl Message for SetRestake {
    const TAG: u8 = 10;
    const NAME: &'static str = "set_restake";
    const REACH: Reach = Reach::Right;

    fn examples() -> Vec<Self> {
        message::example(r#"{"on":true,"validator":"lol1qurswpc8qurswpc8qurswpc8qurswpc8vepjwr"}"#)
    }

    fn check(&self) -> Result<(), Reject> {
        Ok(())
    }

    /// Reads the delegation; writes the mark.
    fn gas(&self) -> u64 {
        math::leaves_gas(2, 1)
    }

    fn execute(&self, ctx: &mut Ctx<'_>) -> Result<(), Failure> {
        let pair = (ctx.signer()?, self.validator);
        ensure(DELEGATION.has(ctx.state, &pair)?, Error::NoDelegation { operator: self.validator })?;
        if self.on {
            RESTAKE.set(ctx.state, &pair, &());
        } else {
            RESTAKE.remove(ctx.state, &pair);
        }
        Ok(())
    }
}
