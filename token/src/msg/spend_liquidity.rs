use chortle_kernel::{
    Address, Amount, AssetId, Authority, Class, Coin, Ctx, Failure, Message, Reject, Router, ensure,
    gas::leaves_gas, message, record,
};

use crate::{error::Error, keeper, ledger, protocol};

record! {
    /// Moves what the liquidity part of an asset's tax gathered to its treasury or to an account: by a proposal of its
    /// holders where they govern it, or of the chain where nobody is its admin.
    pub struct SpendLiquidity {
        /// Which asset.
        pub asset: AssetId,
        /// Who gets it: any account but the protocol's; the asset's treasury if absent.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub to: Option<Address>,
        /// How much, in base units of the asset.
        pub amount: Amount,
    }
}

impl Message for SpendLiquidity {
    const TAG: u8 = 23;
    const NAME: &'static str = "spend_liquidity";
    const AUTHORITY: Authority = Authority::Community;

    fn examples() -> Vec<Self> {
        message::example(r#"{"asset":"1000000000","amount":"5"}"#)
    }

    fn check(&self) -> Result<(), Reject> {
        ensure(!self.amount.is_zero(), Error::ZeroAmount {})?;
        self.to.as_ref().map_or(Ok(()), protocol::ensure_user_account)
    }

    /// Reads record, totals and two holdings; writes totals and a holding.
    fn gas(&self) -> u64 {
        leaves_gas(4, 2)
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
        let (asset, amount) = (self.asset, self.amount);
        keeper::ensure_proposed(ctx, asset)?;
        let to = self.to.unwrap_or(protocol::treasury_of(asset));
        ledger::pay_from(ctx, &protocol::liquidity_of(asset), &to, Coin { asset, amount })
    }
}
