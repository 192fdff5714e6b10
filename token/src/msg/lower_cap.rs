use chortle_kernel::{
    Amount, AssetId, Class, Ctx, Failure, Message, Reach, Reject, Router, ensure, gas::leaves_gas, message,
    record,
};

use crate::{admin, error::Error, event::CapLowered, ledger, state::ASSET, types::Asset};

record! {
    /// Lowers the cap, at most to what exists. It never rises again.
    pub struct LowerCap {
        /// Which asset.
        pub asset: AssetId,
        /// The new cap, in base units.
        pub cap: Amount,
    }
}

impl Message for LowerCap {
    const TAG: u8 = 10;
    const NAME: &'static str = "lower_cap";
    const REACH: Reach = Reach::Right;

    fn examples() -> Vec<Self> {
        message::example(r#"{"asset":"1000000000","cap":"9"}"#)
    }

    fn check(&self) -> Result<(), Reject> {
        Ok(())
    }

    /// Reads record and supply; writes the record.
    fn gas(&self) -> u64 {
        leaves_gas(2, 1)
    }

    fn class(&self, _: &dyn Router) -> Class {
        Class::Params
    }

    fn community(&self) -> Option<AssetId> {
        Some(self.asset)
    }

    fn execute(&self, ctx: &mut Ctx<'_>) -> Result<(), Failure> {
        let (id, cap) = (self.asset, self.cap);
        let asset = ledger::asset(ctx.state, id)?;
        let supply = ledger::supply(ctx.state, id)?;

        admin::ensure_admin_or_holders(ctx, id, &asset)?;
        ensure(cap < asset.cap, Error::CapNotLower { asset: id, cap: asset.cap })?;
        ensure(cap >= supply, Error::CapBelowSupply { asset: id, supply })?;

        ASSET.set(ctx.state, &id, &Asset { cap, ..asset });
        ctx.emit(&CapLowered { asset: id, cap });
        Ok(())
    }
}
