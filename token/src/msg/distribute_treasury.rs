use borsh::{BorshDeserialize, BorshSerialize};
use chortle_kernel::{Amount, AssetId, Authority, Ctx, Failure, Message, Reject, ensure};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{accounts, book::Book, error::Error, event::Distributed, pool::Payout, protocol, rules};

/// Shares a part of an asset's treasury among all holders that earn. Only a proposal that passed can.
#[derive(
    Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize, JsonSchema,
)]
#[serde(deny_unknown_fields)]
pub struct DistributeTreasury {
    /// Which asset.
    pub asset: AssetId,
    /// How much, in base units of the asset.
    pub amount: Amount,
}

impl Message for DistributeTreasury {
    const TAG: u8 = 22;
    const NAME: &'static str = "distribute_treasury";
    const AUTHORITY: Authority = Authority::Governance;

    fn check(&self) -> Result<(), Reject> {
        ensure(!self.amount.is_zero(), Error::ZeroAmount {})
    }

    /// Reads and writes the pool, where the treasury's balance is; reads its holding.
    fn gas(&self) -> u64 {
        rules::leaves_gas(2, 1)
    }

    fn execute(&self, ctx: &mut Ctx<'_>) -> Result<(), Failure> {
        let (id, amount) = (self.asset, self.amount);
        ensure(accounts::is_ruled(id), Error::NotShared { asset: id })?;
        let mut book = Book::open(ctx.state, id)?;
        ensure(book.pool.payout == Payout::Own, Error::NotShared { asset: id })?;
        let from = protocol::treasury_of(id);
        let mut treasury = book.load(ctx, &from)?;

        book.debit(ctx.state, &mut treasury, amount)?;
        book.put(ctx.state, &treasury);
        ensure(book.pool.share(amount), Error::NobodyEligible { asset: id })?;
        book.close(ctx.state);
        ctx.emit(&Distributed { holders_of: id, from, asset: id, amount });
        Ok(())
    }
}
