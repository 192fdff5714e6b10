use chortle_kernel::{
    AssetId, Class, Ctx, Failure, Message, Reach, Reject, Router, ensure, gas::leaves_gas, message, record,
};

use crate::{
    admin,
    capability::Capability,
    error::Error,
    event::TaxSet,
    ledger::{self, Book},
    state::RULES,
    tax::Tax,
    types::Rules,
};

record! {
    /// Changes what transfers pay. What lowers every leg holds at once; anything else is announced and holds from the
    /// second epoch on.
    pub struct SetTax {
        /// Which asset.
        pub asset: AssetId,
        /// The new tax: at most 1,000 bps in all, and only legs that the template has.
        pub tax: Tax,
    }
}

impl Message for SetTax {
    const TAG: u8 = 11;
    const NAME: &'static str = "set_tax";
    const REACH: Reach = Reach::Right;

    fn examples() -> Vec<Self> {
        message::example(
            r#"{"asset":"1000000000","tax":{"burn_bps":1,"liquidity_bps":4,"reflect_bps":2,"treasury_bps":3}}"#,
        )
    }

    fn check(&self) -> Result<(), Reject> {
        self.tax.ensure_within_ceiling()
    }

    /// Reads record, rules and totals; writes the rules.
    fn gas(&self) -> u64 {
        leaves_gas(3, 1)
    }

    fn class(&self, _: &dyn Router) -> Class {
        Class::Params
    }

    fn community(&self) -> Option<AssetId> {
        Some(self.asset)
    }

    fn execute(&self, ctx: &mut Ctx<'_>) -> Result<(), Failure> {
        let (id, epoch) = (self.asset, ctx.block.epoch);
        let asset = ledger::asset(ctx.state, id)?;

        admin::ensure_capable_or_holders(ctx, id, &asset, Capability::Tax)?;
        let rules = ledger::rules_of(ctx.state, id)?;
        let payout = Book::open(ctx.state, id)?.totals.payout;
        asset.template.ensure_tax(&self.tax, payout)?;
        ensure(
            self.tax != rules.tax.at(epoch) || rules.tax.ahead(epoch).is_some(),
            Error::NothingChanges {},
        )?;

        let tax = rules.tax.with(self.tax, epoch);
        RULES.set(ctx.state, &id, &Rules { tax, ..rules });
        let epoch = tax.ahead(epoch).map_or(epoch, |announced| announced.epoch);
        ctx.emit(&TaxSet { asset: id, tax: self.tax, epoch });
        Ok(())
    }
}
