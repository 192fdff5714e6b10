use chortle_kernel::{Ctx, Failure, Message, Reject, ensure, gas::leaves_gas, message, record};

use crate::{
    error::Error,
    event::Revoked,
    grant::{account, find, remove},
};

record! {
    /// Ends a grant of either kind at once. For the two that it is between: who gave it, and who may use it.
    pub struct Revoke {
        /// Which.
        pub grant: u64,
    }
}

impl Message for Revoke {
    const TAG: u8 = 3;
    const NAME: &'static str = "revoke";
    const PAUSABLE: bool = false;

    fn examples() -> Vec<Self> {
        message::example(r#"{"grant":1}"#)
    }

    fn check(&self) -> Result<(), Reject> {
        Ok(())
    }

    /// Reads and writes the grant and its granter's count, and two lines beside the tree.
    fn gas(&self) -> u64 {
        leaves_gas(4, 2)
    }

    fn execute(&self, ctx: &mut Ctx<'_>) -> Result<(), Failure> {
        let (by, id) = (account(ctx)?, self.grant);
        let grant = find(ctx.state, id)?;
        ensure([grant.granter, grant.grantee].contains(&by), Error::NotParty { grant: id })?;
        remove(ctx.state, id, &grant)?;
        ctx.emit(&Revoked { grant: id, granter: grant.granter, grantee: grant.grantee, by });
        Ok(())
    }
}
