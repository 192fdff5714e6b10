use chortle_kernel::{
    AssetId, Ctx, Failure, Message, Reach, Reject, ensure, gas::leaves_gas, message, record,
};

use crate::{
    error::Error,
    ledger::{self, Book},
    totals::Payout,
};

record! {
    /// Pays the sender what it is due as a holder of an asset. Where holders are paid in the asset itself that happens
    /// at every touch; LOL waits for this.
    pub struct Collect {
        /// Which asset.
        pub asset: AssetId,
    }
}

impl Message for Collect {
    const TAG: u8 = 20;
    const NAME: &'static str = "collect";
    const REACH: Reach = Reach::Units;

    fn examples() -> Vec<Self> {
        message::example(r#"{"asset":"1000000000"}"#)
    }

    fn check(&self) -> Result<(), Reject> {
        Ok(())
    }

    /// Reads totals, holding and two LOL balances; writes all of them.
    fn gas(&self) -> u64 {
        leaves_gas(4, 4)
    }

    fn execute(&self, ctx: &mut Ctx<'_>) -> Result<(), Failure> {
        let holder = ctx.signer()?;
        let id = self.asset;
        ensure(id.is_ruled(), Error::NotShared { asset: id })?;
        let mut book = Book::open(ctx.state, id)?;
        ensure(book.totals.payout != Payout::None, Error::NotShared { asset: id })?;
        let (_, due) = ledger::stored_and_due(ctx.state, &book.totals, &holder, id)?;
        ensure(!due.is_zero(), Error::NothingChanges {})?;

        let mut held = book.load(ctx, &holder)?;
        book.collect(ctx, &mut held)?;
        book.put(ctx.state, &held);
        book.close(ctx.state);
        Ok(())
    }
}
