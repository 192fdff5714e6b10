use chortle_kernel::{
    Address, AssetId, Ctx, Failure, List, Message, Reach, Reject, ensure, gas::leaves_gas, message, record,
};

use crate::{
    admin,
    capability::Capability,
    error::Error,
    event::ExcludedSet,
    ledger::{self, Book},
    protocol,
    state::ASSET,
    totals::Payout,
    types::{Asset, EXCLUSIONS_MAX},
};

record! {
    /// Excludes an account from redistribution, or includes it again. What it earned before is paid; for the time in
    /// between it earns nothing.
    pub struct Exclude {
        /// Which asset.
        pub asset: AssetId,
        /// Whose: any account but the protocol's.
        pub account: Address,
        /// Whether it is excluded from now on.
        pub excluded: bool,
    }
}

impl Message for Exclude {
    const TAG: u8 = 18;
    const NAME: &'static str = "exclude";
    const REACH: Reach = Reach::Right;

    fn examples() -> Vec<Self> {
        message::example(
            r#"{"account":"lol1qurswpc8qurswpc8qurswpc8qurswpc8vepjwr","asset":"1000000000","excluded":true}"#,
        )
    }

    fn check(&self) -> Result<(), Reject> {
        protocol::ensure_user_account(&self.account)
    }

    /// Reads record, totals and holding; writes all three.
    fn gas(&self) -> u64 {
        leaves_gas(3, 3)
    }

    fn execute(&self, ctx: &mut Ctx<'_>) -> Result<(), Failure> {
        let signer = ctx.signer()?;
        let (id, account, excluded) = (self.asset, self.account, self.excluded);
        let asset = ledger::asset(ctx.state, id)?;

        admin::ensure_capable(id, &asset, &signer, Capability::Tax)?;
        let mut book = Book::open(ctx.state, id)?;
        ensure(book.totals.payout != Payout::None, Error::NotShared { asset: id })?;
        ensure(asset.exclusions.contains(&account) != excluded, Error::NothingChanges {})?;
        let mut exclusions: Vec<Address> =
            asset.exclusions.iter().copied().filter(|other| *other != account).collect();
        exclusions.extend(excluded.then_some(account));
        let full = |_| Error::TooManyExclusions { asset: id, max: EXCLUSIONS_MAX };
        let exclusions = List::parse(exclusions).map_err(full)?;

        let mut held = book.load(ctx, &account)?;
        book.set_excluded(&mut held, excluded)?;
        book.put(ctx.state, &held);
        book.close(ctx.state);
        ASSET.set(ctx.state, &id, &Asset { exclusions, ..asset });
        ctx.emit(&ExcludedSet { asset: id, account, excluded });
        Ok(())
    }
}
