use chortle_kernel::{
    Acting, Address, Carried, Ctx, Failure, List, Message, Reject, ensure, gas::leaves_gas, message, record,
    tx::RawMessage,
};

use crate::{
    config::payload_of,
    error::Error,
    event::Executed,
    proposal,
    types::{MESSAGES_MAX, Proposal},
};

record! {
    /// Has a shared account send what its members approved, once its delay has passed: all of it, or it is refused
    /// and can be tried again. Anyone may send it, and pays for it.
    pub struct Execute {
        /// The account.
        pub account: Address,
        /// Number of the proposal.
        pub proposal: u64,
        /// The messages that were approved, in order.
        pub messages: List<RawMessage, MESSAGES_MAX>,
    }
}

impl Execute {
    /// Refuses what was not approved, or not for long enough.
    fn ensure_ready(&self, record: &Proposal, threshold: u64, delay_ms: u64, now: u64) -> Result<(), Reject> {
        let (proposal, weight) = (self.proposal, record.weight);
        ensure(record.payload == payload_of(&self.messages), Error::OtherPayload { proposal })?;
        let below = Error::BelowThreshold { proposal, weight, threshold };
        let ready_unix_ms = record.met_unix_ms.ok_or(below)?.saturating_add(delay_ms);
        ensure(now >= ready_unix_ms, Error::TooEarly { proposal, ready_unix_ms })
    }
}

impl Message for Execute {
    const TAG: u8 = 6;
    const NAME: &'static str = "execute";

    fn examples() -> Vec<Self> {
        message::example(
            r#"{"account":"lol18jtdekze8hsc6tknh5kmrnkl8s25fgw528hpaf","proposal":1,"messages":[{"module":1,"tag":4,"body":"0x070707070707070707070707070707070707070700000000000000000500000000000000"}]}"#,
        )
    }

    fn check(&self) -> Result<(), Reject> {
        ensure(!self.messages.is_empty(), Error::NothingProposed {})
    }

    /// Reads account, proposal and how many are open; writes the last and removes the proposal with what it says.
    fn gas(&self) -> u64 {
        leaves_gas(3, 3)
    }

    fn carried(&self) -> Carried<'_> {
        Carried::Now(&self.messages)
    }

    fn execute(&self, ctx: &mut Ctx<'_>) -> Result<(), Failure> {
        let (executor, now) = (ctx.signer()?, ctx.block.time_unix_ms);
        let (account, id) = (self.account, self.proposal);
        let (owner, record) = proposal::find_live(ctx.state, &account, id, now)?;
        self.ensure_ready(&record, owner.config.threshold, owner.config.delay_ms, now)?;

        // It is over before its messages run: none of them can meet it as one that is open.
        proposal::close(ctx.state, &account, &owner, id, &record)?;
        ctx.emit(&Executed { account, proposal: id, executor, payload: record.payload });
        ctx.dispatch(Acting::Derived(&owner.seed.0), &self.messages, u64::MAX)
    }
}
