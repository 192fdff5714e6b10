use chortle_kernel::{
    Address, Ctx, Failure, Message, Reject, ensure, gas::leaves_gas, merkle::Node, message, record,
};

use crate::{account, error::Error, event::ApprovalGiven, proposal, state::PROPOSAL};

record! {
    /// Approves a proposal of a shared account. For its members.
    pub struct Approve {
        /// The account.
        pub account: Address,
        /// Number of the proposal.
        pub proposal: u64,
        /// The hash of its messages, as the member has seen them.
        pub payload: Node,
    }
}

impl Message for Approve {
    const TAG: u8 = 4;
    const NAME: &'static str = "approve";

    fn examples() -> Vec<Self> {
        message::example(
            r#"{"account":"lol18jtdekze8hsc6tknh5kmrnkl8s25fgw528hpaf","proposal":1,"payload":"0xbefb38d654092cfbebf0d082ddd4713993ca7567b12431f938330f19212848f1"}"#,
        )
    }

    fn check(&self) -> Result<(), Reject> {
        Ok(())
    }

    /// Reads the account; reads and writes the proposal.
    fn gas(&self) -> u64 {
        leaves_gas(2, 1)
    }

    fn execute(&self, ctx: &mut Ctx<'_>) -> Result<(), Failure> {
        let (member, now) = (ctx.signer()?, ctx.block.time_unix_ms);
        let (account, id) = (self.account, self.proposal);
        let (owner, mut record) = proposal::find_live(ctx.state, &account, id, now)?;
        account::weight_of(&owner, &account, &member)?;
        ensure(record.payload == self.payload, Error::OtherPayload { proposal: id })?;
        let again = record.approvals.contains(&member);
        ensure(!again, Error::ApprovedAlready { proposal: id, member })?;

        let approvals = record.approvals.iter().copied().chain([member]).collect();
        proposal::set_approvals(&mut record, &owner, approvals, now)?;
        PROPOSAL.set(ctx.state, &(account, id), &record);
        let (weight, threshold) = (record.weight, owner.config.threshold);
        let ready_unix_ms = proposal::ready_unix_ms(&owner, &record);
        ctx.emit(&ApprovalGiven { account, proposal: id, member, weight, threshold, ready_unix_ms });
        Ok(())
    }
}
