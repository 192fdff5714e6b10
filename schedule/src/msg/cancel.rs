use chortle_kernel::{Ctx, Failure, Message, Reject, ensure, gas::leaves_gas, message, record};

use crate::{
    error::Error,
    schedule::{account, end, find},
};

record! {
    /// Ends a schedule of the sender before its next run. The deposit and what its runs have not cost come back.
    pub struct Cancel {
        /// Which.
        pub schedule: u64,
    }
}

impl Message for Cancel {
    const TAG: u8 = 2;
    const NAME: &'static str = "cancel";
    const PAUSABLE: bool = false;

    fn examples() -> Vec<Self> {
        message::example(r#"{"schedule":1}"#)
    }

    fn check(&self) -> Result<(), Reject> {
        Ok(())
    }

    /// Reads and writes the record, what it runs, where it waits, its owner, how many there are, and two balances.
    fn gas(&self) -> u64 {
        leaves_gas(7, 7)
    }

    fn execute(&self, ctx: &mut Ctx<'_>) -> Result<(), Failure> {
        let (sender, id) = (account(ctx)?, self.schedule);
        let schedule = find(ctx.state, id)?;
        ensure(schedule.owner == sender, Error::NotOwner { schedule: id, owner: schedule.owner })?;
        Ok(end(ctx, id, &schedule, true)?)
    }
}
