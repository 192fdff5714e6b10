use chortle_kernel::{AssetId, Ctx, Failure, Message, Reach, Reject, message, record};

use crate::{admin, error::Error, event::AdminRenounced, ledger, types::Asset};

record! {
    /// Gives up the admin's role for ever: nobody can mint or act for the asset as its admin again. A pending offer
    /// dies with it. Holders who govern the asset end it too, and still decide what is theirs.
    pub struct RenounceAdmin {
        /// Which asset.
        pub asset: AssetId,
    }
}

impl Message for RenounceAdmin {
    const TAG: u8 = 8;
    const NAME: &'static str = "renounce_admin";
    const REACH: Reach = Reach::Right;

    fn examples() -> Vec<Self> {
        message::example(r#"{"asset":"17"}"#)
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

        let admin = asset.admin.ok_or(Error::AdminRenounced { asset: id })?;
        admin::ensure_admin_or_holders(ctx, id, &asset)?;

        let asset = Asset { admin: None, pending_admin: None, ..asset };
        admin::give_up(ctx, id, asset)?;
        ctx.emit(&AdminRenounced { asset: id, admin });
        Ok(())
    }
}
