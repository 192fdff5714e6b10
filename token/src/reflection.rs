//! Redistribution for other parts of the ledger: what they need to settle their own owners.

use chortle_kernel::{Address, Amount, AssetId, Coin, Ctx, Failure, Halt, ReadState, math};

use crate::{accounts, book::Book, state::POOL};

/// What one base unit of an asset has earned since its creation, times 2^64. Zero for ever where nothing is shared.
pub fn index(state: &dyn ReadState, asset: AssetId) -> Result<u128, Halt> {
    if !accounts::is_ruled(asset) {
        return Ok(0);
    }
    Ok(POOL.get(state, &asset)?.map_or(0, |pool| pool.index))
}

/// What an amount has earned between two indexes, rounded down.
pub fn due(amount: Amount, then: u128, now: u128) -> Result<Amount, Halt> {
    let grown = now.checked_sub(then).ok_or_else(|| Halt::new("an index of holders has fallen"))?;
    let earned = math::mul_q64_floor(amount.base_units(), grown).and_then(Amount::new);
    earned.ok_or_else(|| Halt::new("a holder is due more than can exist: the ledger is corrupt"))
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
