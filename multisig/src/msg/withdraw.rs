use chortle_kernel::{Address, Ctx, Failure, Message, Reject, ensure, gas::leaves_gas, message, record};

use crate::{error::Error, event::Withdrawn, proposal, state::PROPOSAL};

record! {
    /// Withdraws the sender's approval of a proposal of a shared account. If too little is left its delay begins
    /// anew.
    pub struct Withdraw {
        /// The account.
        pub account: Address,
        /// Number of the proposal.
        pub proposal: u64,
    }
}

impl Message for Withdraw {
    const TAG: u8 = 5;
    const NAME: &'static str = "withdraw";
    const PAUSABLE: bool = false;

    fn examples() -> Vec<Self> {
        message::example(r#"{"account":"lol18jtdekze8hsc6tknh5kmrnkl8s25fgw528hpaf","proposal":2}"#)
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
        ensure(record.approvals.contains(&member), Error::NotApproved { proposal: id, member })?;

        let approvals = record.approvals.iter().copied().filter(|one| *one != member).collect();
        proposal::set_approvals(&mut record, &owner, approvals, now)?;
        PROPOSAL.set(ctx.state, &(account, id), &record);
        let (weight, threshold) = (record.weight, owner.config.threshold);
        ctx.emit(&Withdrawn { account, proposal: id, member, weight, threshold });
        Ok(())
    }
}
