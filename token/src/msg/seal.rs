use chortle_kernel::{AssetId, Ctx, Failure, Message, Reach, Reject, ensure, message, record};

use crate::{admin, capability::Capabilities, error::Error, event::Sealed, ledger, types::Asset};

record! {
    /// Gives up capabilities for good: nobody can bring one back. What was frozen or unlisted is free again;
/// without `tax`, who was excluded earns again and what was announced never holds.
    pub struct Seal {
        /// Which asset.
        pub asset: AssetId,
        /// Which; all that are left if absent.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub capabilities: Option<Capabilities>,
    }
}

impl Message for Seal {
    const TAG: u8 = 9;
    const NAME: &'static str = "seal";
    const REACH: Reach = Reach::Right;

    fn examples() -> Vec<Self> {
        message::example(r#"{"asset":"1000000000","capabilities":["mint"]}"#)
    }

    fn check(&self) -> Result<(), Reject> {
        Ok(())
    }

    fn gas(&self) -> u64 {
        admin::give_up_gas(self.asset)
    }

    fn community(&self) -> Option<AssetId> {
        Some(self.asset)
    }

    fn execute(&self, ctx: &mut Ctx<'_>) -> Result<(), Failure> {
        let id = self.asset;
        let asset = ledger::asset(ctx.state, id)?;

        admin::ensure_admin_or_holders(ctx, id, &asset)?;
        let sealed = self.capabilities.unwrap_or(asset.capabilities).and(asset.capabilities);
        ensure(!sealed.is_empty(), Error::NothingToSeal { asset: id })?;

        let left = asset.capabilities.without(sealed);
        let asset = Asset { capabilities: left, ..asset };
        admin::give_up(ctx, id, asset)?;
        ctx.emit(&Sealed { asset: id, sealed, left });
        Ok(())
    }
}
