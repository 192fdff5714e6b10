use chortle_kernel::{Address, Ctx, Failure, Message, Reject, ensure, gas::leaves_gas, message, record};

use crate::{account, error::Error, event::Cancelled, proposal};

record! {
    /// Takes a proposal of a shared account back: its proposer, or the account itself. Anyone removes one that is
    /// void or expired.
    pub struct Cancel {
        /// The account.
        pub account: Address,
        /// Number of the proposal.
        pub proposal: u64,
    }
}

impl Message for Cancel {
    const TAG: u8 = 7;
    const NAME: &'static str = "cancel";
    const PAUSABLE: bool = false;

    fn examples() -> Vec<Self> {
        message::example(r#"{"account":"lol18jtdekze8hsc6tknh5kmrnkl8s25fgw528hpaf","proposal":2}"#)
    }

    fn check(&self) -> Result<(), Reject> {
        Ok(())
    }

    /// Reads account, proposal and how many are open; writes the last and removes the proposal with what it says.
    fn gas(&self) -> u64 {
        leaves_gas(3, 3)
    }

    fn execute(&self, ctx: &mut Ctx<'_>) -> Result<(), Failure> {
        let (by, now) = (ctx.signer()?, ctx.block.time_unix_ms);
        let (account, id) = (self.account, self.proposal);
        let owner = account::find(ctx.state, &account)?;
        let record = proposal::find(ctx.state, &account, id)?;
        let proposer = record.proposer;
        let why = if record.version != owner.version {
            "void"
        } else if now >= record.expires_unix_ms {
            "expired"
        } else {
            ensure([proposer, account].contains(&by), Error::NotProposer { proposal: id, proposer })?;
            "taken back"
        };

        proposal::close(ctx.state, &account, &owner, id, &record)?;
        ctx.emit(&Cancelled { account, proposal: id, by, why: why.to_owned() });
        Ok(())
    }
}
