//! How units come and go, and how many there are.

use chortle_kernel::{Address, Amount, AssetId, Coin, Ctx, Failure, Halt, ReadState};

use super::{
    plain,
    ruled::{self, Book},
};
use crate::{
    error::Error,
    event::{Burned, Minted},
    history,
    state::{ASSET, BALANCE, SUPPLY, TOTALS},
    totals::less,
    types::Asset,
};

/// Balance of an address in any asset, what it is due by redistribution included; zero if there is no such asset.
pub fn balance(state: &dyn ReadState, address: &Address, asset: AssetId) -> Result<Amount, Halt> {
    match asset {
        AssetId::NATIVE => plain::native_balance(state, address),
        _ if asset.is_ruled() => ruled::balance(state, address, asset),
        _ => Ok(BALANCE.get(state, &(*address, asset))?.unwrap_or_default()),
    }
}

/// The record of an asset, or `unknown_asset`.
pub fn asset(state: &dyn ReadState, id: AssetId) -> Result<Asset, Failure> {
    Ok(ASSET.get(state, &id)?.ok_or(Error::UnknownAsset { asset: id })?)
}

/// Base units of an asset that exist; zero if there is no such asset.
pub fn supply(state: &dyn ReadState, asset: AssetId) -> Result<Amount, Halt> {
    if asset.is_ruled() {
        return Ok(TOTALS.get(state, &asset)?.map_or(Amount::ZERO, |totals| totals.supply));
    }
    Ok(SUPPLY.get(state, &asset)?.unwrap_or_default())
}

/// Makes more of an asset, up to its cap, and tells it. Who may is the caller's question.
pub fn mint(ctx: &mut Ctx<'_>, to: &Address, coin: Coin) -> Result<(), Failure> {
    let cap = asset(ctx.state, coin.asset)?.cap;
    mint_under(ctx, to, coin, cap)
}

/// [`mint`] for a caller that has read the cap.
pub(crate) fn mint_under(ctx: &mut Ctx<'_>, to: &Address, coin: Coin, cap: Amount) -> Result<(), Failure> {
    let Coin { asset, amount } = coin;
    if amount.is_zero() {
        return Ok(());
    }
    ctx.ensure_asset_moves(asset)?;
    let grown = |before: Amount| {
        let room = cap.checked_sub(before).unwrap_or_default();
        let after = before.checked_add(amount).filter(|after| *after <= cap);
        after.ok_or(Error::AboveCap { asset, cap, room })
    };
    let after = if asset.is_ruled() {
        let mut book = Book::open(ctx.state, asset)?;
        let after = grown(book.totals.supply)?;
        let mut position = book.load(ctx, to)?;
        book.credit(&mut position, amount)?;
        book.put(ctx.state, &position);
        book.totals.supply = after;
        book.close(ctx.state);
        after
    } else {
        let after = grown(supply(ctx.state, asset)?)?;
        plain::credit(ctx.state, to, coin)?;
        SUPPLY.set(ctx.state, &asset, &after);
        after
    };
    history::record(ctx, asset, after);
    ctx.emit(&Minted { asset, to: *to, amount, supply: after });
    Ok(())
}

/// Ends some of an asset, and tells it.
pub fn burn(ctx: &mut Ctx<'_>, from: &Address, coin: Coin) -> Result<(), Failure> {
    let Coin { asset, amount } = coin;
    if amount.is_zero() {
        return Ok(());
    }
    ctx.ensure_asset_moves(asset)?;
    let after = if asset.is_ruled() {
        let mut book = Book::open(ctx.state, asset)?;
        let mut position = book.load(ctx, from)?;
        book.debit(ctx, &mut position, amount)?;
        book.put(ctx.state, &position);
        book.totals.supply = less(book.totals.supply, amount, "a supply")?;
        let after = book.totals.supply;
        book.close(ctx.state);
        after
    } else {
        plain::debit(ctx, from, coin)?;
        let after = less(supply(ctx.state, asset)?, amount, "a supply")?;
        SUPPLY.set(ctx.state, &asset, &after);
        after
    };
    history::record(ctx, asset, after);
    ctx.emit(&Burned { asset, from: *from, amount, supply: after });
    Ok(())
}
