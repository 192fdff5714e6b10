use chortle_kernel::{
    AssetId, Ctx, Failure, Message, Reach, Reject, ensure, gas::leaves_gas, message, record,
};

use crate::{
    error::Error,
    event::PaymentAnnounced,
    keeper::Keeper,
    ledger,
    payment::{AnnouncedPayment, Payment},
    protocol,
    state::PAYMENT,
};

/// From how many epochs on what is announced holds: as a rise of the tax.
const AHEAD_EPOCHS: u64 = 2;

record! {
    /// Announces a payment out of an asset's treasury or liquidity account, by its admin where holders do not govern
    /// it. It can be made from the second epoch on; a new announcement replaces the old.
    pub struct AnnouncePayment {
        /// Which asset.
        pub asset: AssetId,
        /// What; without it the announcement is taken back.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub payment: Option<Payment>,
    }
}

impl Message for AnnouncePayment {
    const TAG: u8 = 24;
    const NAME: &'static str = "announce_payment";
    const REACH: Reach = Reach::Right;

    fn examples() -> Vec<Self> {
        message::example(
            r#"{"asset":"1000000000","payment":{"leg":"liquidity","to":"lol1qurswpc8qurswpc8qurswpc8qurswpc8vepjwr","coin":{"amount":"5","asset":"1000000000"}}}"#,
        )
    }

    fn check(&self) -> Result<(), Reject> {
        let Some(payment) = &self.payment else { return Ok(()) };
        ensure(!payment.coin.amount.is_zero(), Error::ZeroAmount {})?;
        protocol::ensure_user_account(&payment.to)
    }

    /// Reads the record; reads and writes the announcement.
    fn gas(&self) -> u64 {
        leaves_gas(2, 1)
    }

    fn execute(&self, ctx: &mut Ctx<'_>) -> Result<(), Failure> {
        let (signer, id) = (ctx.signer()?, self.asset);
        let keeper = Keeper::of(&ledger::asset(ctx.state, id)?);
        let Keeper::Admin(admin) = keeper else { return Err(keeper.refuse(id).into()) };
        ensure(signer == admin, Error::NotAdmin { asset: id, admin })?;
        let epoch = ctx.block.epoch.saturating_add(AHEAD_EPOCHS);
        match self.payment {
            Some(payment) => PAYMENT.set(ctx.state, &id, &AnnouncedPayment { payment, by: admin, epoch }),
            None => {
                ensure(PAYMENT.has(ctx.state, &id)?, Error::NoPayment { asset: id })?;
                PAYMENT.remove(ctx.state, &id);
            }
        }
        ctx.emit(&PaymentAnnounced { asset: id, payment: self.payment, epoch });
        Ok(())
    }
}
