use chortle_kernel::{
    Address, AssetId, Authority, Class, Coin, Ctx, Failure, Message, Reject, Router, ensure, gas::leaves_gas,
    message, record,
};

use crate::{error::Error, keeper, ledger, protocol};

record! {
    /// Pays out of the treasury of an asset: by a proposal of its holders where they govern it, or of the chain where
    /// nobody is its admin.
    pub struct SpendTreasury {
        /// Which asset.
        pub asset: AssetId,
        /// Who gets it: any account but the protocol's.
        pub to: Address,
        /// What to pay: of the asset itself or of any other that the treasury holds.
        pub coin: Coin,
    }
}

impl Message for SpendTreasury {
    const TAG: u8 = 21;
    const NAME: &'static str = "spend_treasury";
    const AUTHORITY: Authority = Authority::Community;

    fn examples() -> Vec<Self> {
        message::example(
            r#"{"asset":"1000000000","coin":{"amount":"5","asset":"1000000000"},"to":"lol1qurswpc8qurswpc8qurswpc8qurswpc8vepjwr"}"#,
        )
    }

    fn check(&self) -> Result<(), Reject> {
        ensure(!self.coin.amount.is_zero(), Error::ZeroAmount {})?;
        protocol::ensure_user_account(&self.to)
    }

    /// Reads record, totals and two balances; writes totals and two balances.
    fn gas(&self) -> u64 {
        leaves_gas(4, 3)
    }

    fn assets(&self) -> Vec<AssetId> {
        vec![self.coin.asset]
    }

    fn class(&self, _: &dyn Router) -> Class {
        Class::Treasury
    }

    fn community(&self) -> Option<AssetId> {
        Some(self.asset)
    }

    fn execute(&self, ctx: &mut Ctx<'_>) -> Result<(), Failure> {
        keeper::ensure_proposed(ctx, self.asset)?;
        ledger::pay_from(ctx, &protocol::treasury_of(self.asset), &self.to, self.coin)
    }
}
