use chortle_kernel::{
    Address, AssetId, Authority, Class, Coin, Ctx, Failure, Message, Reject, Router, ensure, message, record,
};
use chortle_token::{self as token, protocol};

use crate::{error::Error, event::Spent};

record! {
    /// Pays out of the chain's treasury, once.
    pub struct Spend {
        /// Who gets it: any account but the protocol's.
        pub to: Address,
        /// What.
        pub coin: Coin,
    }
}

impl Message for Spend {
    const TAG: u8 = 9;
    const NAME: &'static str = "spend";
    const AUTHORITY: Authority = Authority::Governance;

    fn examples() -> Vec<Self> {
        message::example(
            r#"{"to":"lol1qurswpc8qurswpc8qurswpc8qurswpc8vepjwr","coin":{"asset":"0","amount":"5"}}"#,
        )
    }

    fn check(&self) -> Result<(), Reject> {
        ensure(!self.coin.amount.is_zero(), Error::NothingPaid {})?;
        protocol::ensure_user_account(&self.to)
    }

    /// What sending it to one account takes.
    fn gas(&self) -> u64 {
        token::send_gas(self.coin.asset, 1)
    }

    fn assets(&self) -> Vec<AssetId> {
        vec![self.coin.asset]
    }

    fn class(&self, _: &dyn Router) -> Class {
        Class::Treasury
    }

    fn execute(&self, ctx: &mut Ctx<'_>) -> Result<(), Failure> {
        let treasury = protocol::TREASURY;
        let amount = token::pay_out(ctx, &treasury, &treasury, &self.to, self.coin)?;
        ctx.emit(&Spent { to: self.to, asset: self.coin.asset, amount });
        Ok(())
    }
}
