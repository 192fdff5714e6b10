use chortle_kernel::{
    AssetId, Ctx, Failure, Message, Reach, Reject, ensure, gas::leaves_gas, message, record,
};

use crate::{error::Error, event::AdminChanged, ledger, state::ASSET, types::Asset};

record! {
    /// Accepts the admin's role of an asset, as offered.
    pub struct AcceptAdmin {
        /// Which asset.
        pub asset: AssetId,
    }
}

impl Message for AcceptAdmin {
    const TAG: u8 = 7;
    const NAME: &'static str = "accept_admin";
    const REACH: Reach = Reach::Right;

    fn examples() -> Vec<Self> {
        message::example(r#"{"asset":"17"}"#)
    }

    fn check(&self) -> Result<(), Reject> {
        Ok(())
    }

    /// Reads and writes the record.
    fn gas(&self) -> u64 {
        leaves_gas(1, 1)
    }

    fn execute(&self, ctx: &mut Ctx<'_>) -> Result<(), Failure> {
        let signer = ctx.signer()?;
        let id = self.asset;
        let asset = ledger::asset(ctx.state, id)?;

        let from = asset.admin.ok_or(Error::AdminRenounced { asset: id })?;
        let offered = asset.pending_admin.ok_or(Error::NoOffer { asset: id })?;
        ensure(offered == signer, Error::NotOffered { asset: id, offered })?;

        ASSET.set(ctx.state, &id, &Asset { admin: Some(signer), pending_admin: None, ..asset });
        ctx.emit(&AdminChanged { asset: id, from, to: signer });
        Ok(())
    }
}
