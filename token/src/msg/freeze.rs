use chortle_kernel::{
    Address, AssetId, Ctx, Failure, Message, Reach, Reject, ensure, gas::leaves_gas, message, record,
};

use crate::{
    admin, capability::Capability, error::Error, event::FrozenSet, ledger, protocol, state::HOLDING,
    types::Holding,
};

record! {
    /// Stops an account from sending and receiving an asset, or frees it. What it holds stays its own and still earns.
    pub struct Freeze {
        /// Which asset.
        pub asset: AssetId,
        /// Whose: any account but the protocol's.
        pub account: Address,
        /// Whether it is frozen from now on.
        pub frozen: bool,
    }
}

impl Message for Freeze {
    const TAG: u8 = 14;
    const NAME: &'static str = "freeze";
    const REACH: Reach = Reach::Right;

    fn examples() -> Vec<Self> {
        message::example(
            r#"{"account":"lol1qurswpc8qurswpc8qurswpc8qurswpc8vepjwr","asset":"1000000000","frozen":true}"#,
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

        admin::ensure_capable(id, &asset, &signer, Capability::Freeze)?;
        let holding = HOLDING.get(ctx.state, &(account, id))?.unwrap_or_default();
        ensure(holding.frozen != self.frozen, Error::NothingChanges {})?;

        ledger::write_holding(ctx.state, &account, id, &Holding { frozen: self.frozen, ..holding });
        ctx.emit(&FrozenSet { asset: id, account, frozen: self.frozen });
        Ok(())
    }
}
