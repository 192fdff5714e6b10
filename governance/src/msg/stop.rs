use chortle_kernel::{Ctx, Failure, Message, Reach, Reject, Text, ensure, gas::leaves_gas, message, record};

use crate::{error::Error, proposal, rules::is_council, types::Stage};

record! {
    /// Cancels what passed and waits. For the council; it cannot alter anything, nor stop a change of the rules that
    /// name it.
    pub struct Stop {
        /// Which proposal.
        pub proposal: u64,
        /// Why.
        pub reason: Text<200>,
    }
}

impl Message for Stop {
    const TAG: u8 = 6;
    const NAME: &'static str = "stop";
    const PAUSABLE: bool = false;
    const REACH: Reach = Reach::Right;

    fn examples() -> Vec<Self> {
        message::example(r#"{"proposal":1,"reason":"it pays a stolen account"}"#)
    }

    fn check(&self) -> Result<(), Reject> {
        chortle_naming::text::ensure_lines(&self.reason)
    }

    /// Reads rules; reads and writes record and due time, and three lines of indexes.
    fn gas(&self) -> u64 {
        leaves_gas(8, 3)
    }

    fn execute(&self, ctx: &mut Ctx<'_>) -> Result<(), Failure> {
        let (sender, id) = (ctx.signer()?, self.proposal);
        let (params, _) = proposal::rules(ctx.state)?;
        ensure(is_council(&params, &sender), Error::NotCouncil {})?;
        let mut record = proposal::find(ctx.state, id)?;
        proposal::ensure_stage(id, &record, Stage::Queued)?;
        ensure(record.stoppable, Error::NotStoppable { proposal: id })?;
        let why = format!("the council stopped it: {}", &*self.reason);
        Ok(proposal::close(ctx, id, &mut record, (Stage::Cancelled, &why))?)
    }
}
