use chortle_kernel::{
    AssetId, Class, Ctx, Failure, Message, Reach, Reject, Router, ensure, gas::leaves_gas, message, record,
};

use crate::{
    admin,
    capability::Capability,
    error::Error,
    event::MetadataSet,
    ledger,
    state::ASSET,
    text,
    types::{Asset, Metadata},
};

record! {
    /// Changes picture and story. Sealing the capability `metadata` freezes them, hash and all.
    pub struct SetMetadata {
        /// Which asset.
        pub asset: AssetId,
        /// A URI and, if what is there must not change, its SHA-256; nothing if absent.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub metadata: Option<Metadata>,
    }
}

impl Message for SetMetadata {
    const TAG: u8 = 13;
    const NAME: &'static str = "set_metadata";
    const REACH: Reach = Reach::Right;

    fn examples() -> Vec<Self> {
        message::example(r#"{"asset":"1000000000","metadata":{"uri":"ar://doge"}}"#)
    }

    fn check(&self) -> Result<(), Reject> {
        self.metadata.as_ref().map_or(Ok(()), text::ensure_metadata)
    }

    /// Reads and writes the record.
    fn gas(&self) -> u64 {
        leaves_gas(1, 1)
    }

    fn class(&self, _: &dyn Router) -> Class {
        Class::Params
    }

    fn community(&self) -> Option<AssetId> {
        Some(self.asset)
    }

    fn execute(&self, ctx: &mut Ctx<'_>) -> Result<(), Failure> {
        let id = self.asset;
        let asset = ledger::asset(ctx.state, id)?;

        admin::ensure_capable_or_holders(ctx, id, &asset, Capability::Metadata)?;
        ensure(self.metadata != asset.metadata, Error::NothingChanges {})?;

        ASSET.set(ctx.state, &id, &Asset { metadata: self.metadata.clone(), ..asset });
        ctx.emit(&MetadataSet { asset: id, metadata: self.metadata.clone() });
        Ok(())
    }
}
