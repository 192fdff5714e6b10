use chortle_kernel::{Ctx, Failure, Message, Reach, Reject, gas::leaves_gas, message, record};

use crate::lock;

record! {
    /// Pays the owner of a lock what has vested, and what the lock has earned by reflection.
    pub struct ClaimLock {
        /// Number of the lock.
        pub lock: u64,
    }
}

impl Message for ClaimLock {
    const TAG: u8 = 2;
    const NAME: &'static str = "claim_lock";
    const REACH: Reach = Reach::Units;

    fn examples() -> Vec<Self> {
        message::example(r#"{"lock":1}"#)
    }

    fn check(&self) -> Result<(), Reject> {
        Ok(())
    }

    /// Reads and writes the lock and two balances, and the totals of a ruled asset; reads its rules, and notes what the
    /// tax burns in the history of the supply. An emptied
    /// lock leaves three lists.
    fn gas(&self) -> u64 {
        leaves_gas(9, 4)
    }

    fn execute(&self, ctx: &mut Ctx<'_>) -> Result<(), Failure> {
        let owner = ctx.signer()?;
        lock::claim(ctx, &owner, self.lock)
    }
}
