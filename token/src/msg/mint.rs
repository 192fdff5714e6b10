use chortle_kernel::{
    Address, AssetId, Coin, Ctx, Failure, Message, Reach, Reject, ensure, gas::leaves_gas, message, record,
};

use crate::{admin, capability::Capability, error::Error, ledger, protocol};

record! {
    /// Makes more of an asset, up to its cap. Only its admin can, and only if it was created so.
    pub struct Mint {
        /// Who gets it: any account but the protocol's.
        pub to: Address,
        /// What to make.
        pub coin: Coin,
    }
}

impl Message for Mint {
    const TAG: u8 = 2;
    const NAME: &'static str = "mint";
    const REACH: Reach = Reach::Right;

    fn examples() -> Vec<Self> {
        message::example(
            r#"{"coin":{"amount":"1500000","asset":"17"},"to":"lol1qurswpc8qurswpc8qurswpc8qurswpc8vepjwr"}"#,
        )
    }

    fn check(&self) -> Result<(), Reject> {
        ensure(!self.coin.amount.is_zero(), Error::ZeroAmount {})?;
        protocol::ensure_user_account(&self.to)
    }

    /// Reads the record; reads and writes supply and balance; notes the supply.
    fn gas(&self) -> u64 {
        leaves_gas(4, 2)
    }

    fn assets(&self) -> Vec<AssetId> {
        vec![self.coin.asset]
    }

    fn execute(&self, ctx: &mut Ctx<'_>) -> Result<(), Failure> {
        let signer = ctx.signer()?;
        let id = self.coin.asset;
        let asset = ledger::asset(ctx.state, id)?;

        ensure(asset.capabilities.has(Capability::Mint), Error::NotMintable { asset: id })?;
        admin::ensure_admin(id, &asset, &signer)?;

        ledger::mint_under(ctx, &self.to, self.coin, asset.cap)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::common::{coin, who};

    #[test]
    fn nothing_can_be_minted_for_the_protocol() {
        for (to, expected) in [("bob", None), ("fees", Some("protocol_account"))] {
            let mint = Mint { to: who(to), coin: coin(1, 1) };
            assert_eq!(mint.check().err().map(|reject| reject.name), expected, "{to}");
        }
    }
}
