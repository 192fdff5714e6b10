use chortle_kernel::{
    Amount, AssetId, Authority, Class, Ctx, Failure, Message, Reject, Router, ensure, gas::leaves_gas,
    message, record,
};

use crate::{error::Error, keeper, ledger};

record! {
    /// Shares a part of an asset's treasury among all holders that earn: by a proposal of its holders where they govern
    /// it, or of the chain where nobody is its admin.
    pub struct DistributeTreasury {
        /// Which asset.
        pub asset: AssetId,
        /// How much, in base units of the asset.
        pub amount: Amount,
    }
}

impl Message for DistributeTreasury {
    const TAG: u8 = 22;
    const NAME: &'static str = "distribute_treasury";
    const AUTHORITY: Authority = Authority::Community;

    fn examples() -> Vec<Self> {
        message::example(r#"{"amount":"5","asset":"1000000000"}"#)
    }

    fn check(&self) -> Result<(), Reject> {
        ensure(!self.amount.is_zero(), Error::ZeroAmount {})
    }

    /// Reads and writes the totals, where the treasury's balance is; reads the record and the treasury's holding.
    fn gas(&self) -> u64 {
        leaves_gas(3, 1)
    }

    fn assets(&self) -> Vec<AssetId> {
        vec![self.asset]
    }

    fn class(&self, _: &dyn Router) -> Class {
        Class::Treasury
    }

    fn community(&self) -> Option<AssetId> {
        Some(self.asset)
    }

    fn execute(&self, ctx: &mut Ctx<'_>) -> Result<(), Failure> {
        let (id, amount) = (self.asset, self.amount);
        ensure(id.is_ruled(), Error::NotShared { asset: id })?;
        keeper::ensure_proposed(ctx, id)?;
        ledger::share_treasury(ctx, id, amount)
    }
}
