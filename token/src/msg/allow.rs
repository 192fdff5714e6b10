use chortle_kernel::{
    Address, AssetId, Ctx, Failure, Message, Reach, Reject, ensure, gas::leaves_gas, message, record,
};

use crate::{
    admin, capability::Capability, error::Error, event::AllowedSet, ledger, protocol, state::HOLDING,
    types::Holding,
};

record! {
    /// Puts an account on the list of those that may send and receive an asset, or takes it off.
    pub struct Allow {
        /// Which asset.
        pub asset: AssetId,
        /// Whose: any account but the protocol's.
        pub account: Address,
        /// Whether it is listed from now on.
        pub allowed: bool,
    }
}

impl Message for Allow {
    const TAG: u8 = 15;
    const NAME: &'static str = "allow";
    const REACH: Reach = Reach::Right;

    fn examples() -> Vec<Self> {
        message::example(
            r#"{"account":"lol1qurswpc8qurswpc8qurswpc8qurswpc8vepjwr","allowed":true,"asset":"1000000000"}"#,
        )
    }

    fn check(&self) -> Result<(), Reject> {
        protocol::ensure_user_account(&self.account)
    }

    /// Reads record and holding; writes the holding.
    fn gas(&self) -> u64 {
        leaves_gas(2, 1)
    }

    fn execute(&self, ctx: &mut Ctx<'_>) -> Result<(), Failure> {
        let signer = ctx.signer()?;
        let (id, account) = (self.asset, self.account);
        let asset = ledger::asset(ctx.state, id)?;

        admin::ensure_capable(id, &asset, &signer, Capability::AllowList)?;
        let holding = HOLDING.get(ctx.state, &(account, id))?.unwrap_or_default();
        ensure(holding.allowed != self.allowed, Error::NothingChanges {})?;

        ledger::write_holding(ctx.state, &account, id, &Holding { allowed: self.allowed, ..holding });
        ctx.emit(&AllowedSet { asset: id, account, allowed: self.allowed });
        Ok(())
    }
}
