use borsh::{BorshDeserialize, BorshSerialize};
use chortle_kernel::{Amount, AssetId, Coin, Ctx, Failure, Message, Reject, ensure};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{accounts, book::Book, error::Error, event::Distributed, pool::Payout, protocol, rules, send};

/// Shares an amount among all holders of an asset that earn, in proportion to what they hold, however many they are.
/// It is paid in what the asset's holders are paid in: the asset itself, or LOL.
#[derive(
    Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize, JsonSchema,
)]
#[serde(deny_unknown_fields)]
pub struct Distribute {
    /// Which asset.
    pub asset: AssetId,
    /// How much, in base units of what holders are paid in.
    pub amount: Amount,
}

impl Message for Distribute {
    const TAG: u8 = 19;
    const NAME: &'static str = "distribute";

    fn check(&self) -> Result<(), Reject> {
        ensure(!self.amount.is_zero(), Error::ZeroAmount {})
    }

    /// Reads rules, pool, holding and two LOL balances; writes the pool and the two balances. Paid in the asset
    /// itself it is less: the holding is written.
    fn gas(&self) -> u64 {
        rules::leaves_gas(5, 3)
    }

    fn execute(&self, ctx: &mut Ctx<'_>) -> Result<(), Failure> {
        let from = ctx.signer()?;
        let (id, amount) = (self.asset, self.amount);
        ensure(accounts::is_ruled(id), Error::NotShared { asset: id })?;
        send::ensure_may_move(ctx, &from, id)?;
        let mut book = Book::open(ctx.state, id)?;

        let asset = match book.pool.payout {
            Payout::None => return Err(Error::NotShared { asset: id }.into()),
            Payout::Own => {
                let mut giver = book.load(ctx, &from)?;
                book.debit(ctx.state, &mut giver, amount)?;
                book.put(ctx.state, &giver);
                id
            }
            Payout::Native => {
                let coin = Coin { asset: AssetId::NATIVE, amount };
                accounts::transfer(ctx, &from, &protocol::rewards_of(id), coin)?;
                AssetId::NATIVE
            }
        };
        ensure(book.pool.share(amount), Error::NobodyEligible { asset: id })?;
        book.close(ctx.state);
        ctx.emit(&Distributed { holders_of: id, from, asset, amount });
        Ok(())
    }
}
