use chortle_kernel::{
    AssetId, Authority, Class, Ctx, Failure, Message, Reject, Router, ensure, gas::leaves_gas, message,
    record,
};

use crate::{error::Error, event::AssetVerified, ledger, state::VERIFIED};

record! {
    /// Gives an asset the badge of governance, or takes it. For governance.
    pub struct VerifyAsset {
        /// Which asset.
        pub asset: AssetId,
        /// Whether it is to have the badge.
        pub verified: bool,
    }
}

impl Message for VerifyAsset {
    const TAG: u8 = 50;
    const NAME: &'static str = "verify_asset";
    const AUTHORITY: Authority = Authority::Governance;

    fn examples() -> Vec<Self> {
        message::example(r#"{"asset":"17","verified":true}"#)
    }

    fn check(&self) -> Result<(), Reject> {
        Ok(())
    }

    /// Reads the asset and the badge; writes the badge.
    fn gas(&self) -> u64 {
        leaves_gas(2, 1)
    }

    fn class(&self, _: &dyn Router) -> Class {
        Class::Params
    }

    fn execute(&self, ctx: &mut Ctx<'_>) -> Result<(), Failure> {
        let Self { asset, verified } = *self;
        ledger::asset(ctx.state, asset)?;
        let before = VERIFIED.has(ctx.state, &asset)?;

        ensure(before != verified, Error::BadgeUnchanged { asset })?;

        if verified {
            VERIFIED.set(ctx.state, &asset, &());
        } else {
            VERIFIED.remove(ctx.state, &asset);
        }
        ctx.emit(&AssetVerified { asset, verified });
        Ok(())
    }
}
