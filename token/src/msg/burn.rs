use chortle_kernel::{
    AssetId, Coin, Ctx, Failure, Message, Reach, Reject, ensure, gas::leaves_gas, message, record,
};

use crate::{capability::Capability, error::Error, ledger};

record! {
    /// Ends some of what the sender holds, LOL included. It cannot be undone.
    pub struct Burn {
        /// What to end.
        pub coin: Coin,
    }
}

impl Message for Burn {
    const TAG: u8 = 3;
    const NAME: &'static str = "burn";
    const REACH: Reach = Reach::Units;

    fn examples() -> Vec<Self> {
        message::example(r#"{"coin":{"amount":"1500000","asset":"17"}}"#)
    }

    fn check(&self) -> Result<(), Reject> {
        ensure(!self.coin.amount.is_zero(), Error::ZeroAmount {})
    }

    /// Reads the record; reads and writes balance and supply; notes the supply.
    fn gas(&self) -> u64 {
        leaves_gas(4, 2)
    }

    fn assets(&self) -> Vec<AssetId> {
        vec![self.coin.asset]
    }

    fn execute(&self, ctx: &mut Ctx<'_>) -> Result<(), Failure> {
        let holder = ctx.signer()?;
        let id = self.coin.asset;
        let asset = ledger::asset(ctx.state, id)?;

        let capability = Capability::Burn;
        let can = asset.capabilities.has(capability);
        ensure(can, Error::CapabilityMissing { asset: id, capability: capability.name() })?;

        ledger::burn(ctx, &holder, self.coin)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::common::coin;

    #[test]
    fn burning_nothing_is_refused() {
        assert_eq!(Burn { coin: coin(1, 0) }.check().unwrap_err().name, "zero_amount");
        assert!(Burn { coin: coin(0, 1) }.check().is_ok());
    }
}
