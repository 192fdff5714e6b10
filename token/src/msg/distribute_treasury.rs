use chortle_kernel::{
    Amount, AssetId, Authority, Class, Ctx, Failure, Message, Reject, Router, ensure, gas::leaves_gas,
    message, record,
};

use crate::{error::Error, ledger};

record! {
    /// Shares a part of an asset's treasury among all holders that earn. Only a proposal that passed can.
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
    const AUTHORITY: Authority = Authority::Governance;

    fn examples() -> Vec<Self> {
        message::example(r#"{"amount":"5","asset":"1000000000"}"#)
    }

    fn check(&self) -> Result<(), Reject> {
        ensure(!self.amount.is_zero(), Error::ZeroAmount {})
    }

    /// Reads and writes the totals, where the treasury's balance is; reads its holding.
    fn gas(&self) -> u64 {
        leaves_gas(2, 1)
    }

    fn assets(&self) -> Vec<AssetId> {
        vec![self.asset]
    }

    fn class(&self, _: &dyn Router) -> Class {
        Class::Treasury
    }

    fn execute(&self, ctx: &mut Ctx<'_>) -> Result<(), Failure> {
        let (id, amount) = (self.asset, self.amount);
        ensure(id.is_ruled(), Error::NotShared { asset: id })?;
        ledger::share_treasury(ctx, id, amount)
    }
}
