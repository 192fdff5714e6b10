use chortle_kernel::{
    Amount, AssetId, Ctx, Failure, Message, Reach, Reject, ensure, gas::leaves_gas, message, record,
};

use crate::{error::Error, ledger};

record! {
    /// Shares an amount among all holders of an asset that earn, in proportion to what they hold, however many they
    /// are. It is paid in what the asset's holders are paid in: the asset itself, or LOL.
    pub struct Distribute {
        /// Which asset.
        pub asset: AssetId,
        /// How much, in base units of what holders are paid in.
        #[schemars(extend("x-unit" = "base"))]
        pub amount: Amount,
    }
}

impl Message for Distribute {
    const TAG: u8 = 19;
    const NAME: &'static str = "distribute";
    const REACH: Reach = Reach::Units;

    fn examples() -> Vec<Self> {
        message::example(r#"{"amount":"5","asset":"1000000000"}"#)
    }

    fn check(&self) -> Result<(), Reject> {
        ensure(!self.amount.is_zero(), Error::ZeroAmount {})
    }

    /// Reads rules, totals, holding and two LOL balances; writes the totals and the two balances. Paid in the asset
    /// itself it is less: the holding is written, and a burn is noted in the history of the supply.
    fn gas(&self) -> u64 {
        leaves_gas(6, 3)
    }

    fn assets(&self) -> Vec<AssetId> {
        vec![self.asset]
    }

    fn execute(&self, ctx: &mut Ctx<'_>) -> Result<(), Failure> {
        let from = ctx.signer()?;
        let (id, amount) = (self.asset, self.amount);
        ensure(id.is_ruled(), Error::NotShared { asset: id })?;
        ledger::share(ctx, &from, id, amount)
    }
}
