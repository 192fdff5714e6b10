use chortle_kernel::{Address, Amount, Ctx, Failure, Message, Reach, Reject, ensure, message, record};

use crate::{error::Error, math, msg::take_stake, validator};

record! {
    /// Delegates LOL of the sender to a validator.
    pub struct Delegate {
        /// The validator's operator.
        pub validator: Address,
        /// How much, in nlol.
        #[schemars(extend("x-unit" = "nlol"))]
        pub amount: Amount,
    }
}

impl Message for Delegate {
    const TAG: u8 = 6;
    const NAME: &'static str = "delegate";
    const REACH: Reach = Reach::Units;

    fn examples() -> Vec<Self> {
        message::example(r#"{"amount":"5","validator":"lol1qurswpc8qurswpc8qurswpc8qurswpc8vepjwr"}"#)
    }

    fn check(&self) -> Result<(), Reject> {
        ensure(!self.amount.is_zero(), Error::ZeroAmount {})
    }

    /// Reads and writes record, rank, history, delegation, balances, and what a snapshot keeps; a self-bond may be
    /// given to a jailed validator.
    fn gas(&self) -> u64 {
        math::leaves_gas(16, 9)
    }

    fn execute(&self, ctx: &mut Ctx<'_>) -> Result<(), Failure> {
        let delegator = ctx.signer()?;
        let validator = validator::validator(ctx.state, &self.validator)?;
        ensure(!validator.tombstoned, Error::Tombstoned { operator: self.validator })?;
        let own = delegator == self.validator;
        ensure(own || !validator.jailed, Error::Jailed { operator: self.validator })?;
        take_stake(ctx, &delegator, &self.validator, self.amount, validator.bonded)
    }
}
