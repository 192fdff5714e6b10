use chortle_kernel::{
    Address, AssetId, Ctx, Failure, Message, Reach, Reject, ensure, gas::leaves_gas, message, record,
};

use crate::{admin, error::Error, event::AdminOffered, ledger, state::ASSET, types::Asset};

record! {
    /// Offers the admin's role to an account, which must accept it. A new offer replaces the one before.
    pub struct OfferAdmin {
        /// Which asset.
        pub asset: AssetId,
        /// Who may accept; if absent, the offer is withdrawn.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub to: Option<Address>,
    }
}

impl Message for OfferAdmin {
    const TAG: u8 = 6;
    const NAME: &'static str = "offer_admin";
    const REACH: Reach = Reach::Right;

    fn examples() -> Vec<Self> {
        message::example(r#"{"asset":"17","to":"lol1qurswpc8qurswpc8qurswpc8qurswpc8vepjwr"}"#)
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

        admin::ensure_admin(id, &asset, &signer)?;
        ensure(self.to != Some(signer), Error::AlreadyAdmin { asset: id })?;
        ensure(self.to.is_some() || asset.pending_admin.is_some(), Error::NoOffer { asset: id })?;

        ASSET.set(ctx.state, &id, &Asset { pending_admin: self.to, ..asset });
        ctx.emit(&AdminOffered { asset: id, admin: signer, to: self.to });
        Ok(())
    }
}
