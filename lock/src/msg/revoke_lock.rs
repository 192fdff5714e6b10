use chortle_kernel::{Ctx, Failure, Message, Reach, Reject, gas::leaves_gas, message, record};

use crate::lock;

record! {
    /// Returns what has not vested of a revocable lock to its funder. What has vested stays claimable.
    pub struct RevokeLock {
        /// Number of the lock.
        pub lock: u64,
    }
}

impl Message for RevokeLock {
    const TAG: u8 = 3;
    const NAME: &'static str = "revoke_lock";
    const REACH: Reach = Reach::Right;

    fn examples() -> Vec<Self> {
        message::example(r#"{"lock":1}"#)
    }

    fn check(&self) -> Result<(), Reject> {
        Ok(())
    }

    /// Reads and writes the lock and the balances of escrow and funder, the owner's for what was earned, and the totals
    /// of a ruled asset; reads its rules. An emptied lock leaves three lists.
    fn gas(&self) -> u64 {
        leaves_gas(9, 5)
    }

    fn execute(&self, ctx: &mut Ctx<'_>) -> Result<(), Failure> {
        let funder = ctx.signer()?;
        lock::revoke(ctx, &funder, self.lock)
    }
}
