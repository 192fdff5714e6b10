use chortle_kernel::{
    Address, AssetId, Coin, Ctx, Failure, Message, Reach, Reject, ensure, gas::leaves_gas, message, record,
};

use crate::{admin, capability::Capability, error::Error, event::ForceTransferred, ledger, protocol};

record! {
    /// Moves what another account holds, untaxed. Only the admin of an asset that was created with this capability can;
    /// what the protocol holds cannot be moved.
    pub struct ForceTransfer {
        /// Who loses it: any account but the protocol's.
        pub from: Address,
        /// Who gets it: any account but the protocol's.
        pub to: Address,
        /// What to move.
        pub coin: Coin,
    }
}

impl Message for ForceTransfer {
    const TAG: u8 = 17;
    const NAME: &'static str = "force_transfer";
    const REACH: Reach = Reach::Right;

    fn examples() -> Vec<Self> {
        message::example(
            r#"{"coin":{"amount":"5","asset":"1000000000"},"from":"lol1qurswpc8qurswpc8qurswpc8qurswpc8vepjwr","to":"lol1pyysjzgfpyysjzgfpyysjzgfpyysjzgfz3j8qm"}"#,
        )
    }

    fn check(&self) -> Result<(), Reject> {
        ensure(!self.coin.amount.is_zero(), Error::ZeroAmount {})?;
        ensure(self.from != self.to, Error::SelfTransfer { account: self.from })?;
        protocol::ensure_user_account(&self.from)?;
        protocol::ensure_user_account(&self.to)
    }

    /// Reads record, totals and two holdings; writes totals and holdings.
    fn gas(&self) -> u64 {
        leaves_gas(4, 3)
    }

    fn assets(&self) -> Vec<AssetId> {
        vec![self.coin.asset]
    }

    fn execute(&self, ctx: &mut Ctx<'_>) -> Result<(), Failure> {
        let admin = ctx.signer()?;
        let (from, to) = (self.from, self.to);
        let Coin { asset: id, amount } = self.coin;
        let asset = ledger::asset(ctx.state, id)?;

        admin::ensure_capable(id, &asset, &admin, Capability::ForceTransfer)?;

        ledger::force(ctx, &from, &to, self.coin)?;
        ctx.emit(&ForceTransferred { asset: id, admin, from, to, amount });
        Ok(())
    }
}
