use chortle_kernel::{
    AssetId, Ctx, Failure, Message, Reach, Reject, ensure, gas::leaves_gas, message, record,
};

use crate::{
    error::Error,
    keeper::{self, Keeper},
    ledger,
    state::PAYMENT,
};

record! {
    /// Makes the payment that the sender announced as the asset's admin, once its epoch has come.
    pub struct PayAnnounced {
        /// Which asset.
        pub asset: AssetId,
    }
}

impl Message for PayAnnounced {
    const TAG: u8 = 25;
    const NAME: &'static str = "pay_announced";
    const REACH: Reach = Reach::Right;

    fn examples() -> Vec<Self> {
        message::example(r#"{"asset":"1000000000"}"#)
    }

    fn check(&self) -> Result<(), Reject> {
        Ok(())
    }

    /// Reads record, announcement, totals and two balances; writes all but the record.
    fn gas(&self) -> u64 {
        leaves_gas(5, 4)
    }

    fn execute(&self, ctx: &mut Ctx<'_>) -> Result<(), Failure> {
        let (signer, id) = (ctx.signer()?, self.asset);
        let keeper = Keeper::of(&ledger::asset(ctx.state, id)?);
        let Keeper::Admin(admin) = keeper else { return Err(keeper.refuse(id).into()) };
        ensure(signer == admin, Error::NotAdmin { asset: id, admin })?;
        let announced = PAYMENT.get(ctx.state, &id)?.filter(|announced| announced.by == admin);
        let announced = announced.ok_or(Error::NoPayment { asset: id })?;
        PAYMENT.remove(ctx.state, &id);
        keeper::pay(ctx, id, announced)
    }
}
