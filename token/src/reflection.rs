//! Redistribution for other parts of the ledger: what they need to settle their own owners.

use chortle_kernel::{Address, AssetId, Coin, Ctx, Failure, Halt, ReadState};

use crate::{accounts, book::Book, state::POOL};

/// What one base unit of an asset has earned since its creation, times 2^64. Zero for ever where nothing is shared.
pub fn index(state: &dyn ReadState, asset: AssetId) -> Result<u128, Halt> {
    if !accounts::is_ruled(asset) {
        return Ok(0);
    }
    Ok(POOL.get(state, &asset)?.map_or(0, |pool| pool.index))
}

/// Pays an owner who is settled apart what the balance in [`crate::protocol::SETTLED_APART`] has earned for it: from
/// the pot of the coin's asset, in what its holders are paid in.
pub fn pay(ctx: &mut Ctx<'_>, owner: &Address, earned: Coin) -> Result<(), Failure> {
    if earned.amount.is_zero() {
        return Ok(());
    }
    let mut book = Book::open(ctx.state, earned.asset)?;
    let mut held = book.load(ctx, owner)?;
    book.pay(ctx, &mut held, earned.amount)?;
    book.put(ctx.state, &held);
    book.close(ctx.state);
    Ok(())
}
