//! A send between users: gates, limits, tax. What modules move on behalf of the protocol goes through
//! [`crate::transfer`] and meets none of them.

use chortle_kernel::{Address, Amount, AssetId, Coin, Ctx, Failure, Halt, ReadState, Reject, ensure};

use crate::{
    accounts,
    book::{Book, Held},
    error::Error,
    event::{TaxedTransfer, Transferred},
    history,
    pool::{less, more},
    protocol, rules,
    state::RULES,
    tax::Legs,
    types::{Holding, Rules},
};

/// Sends a coin from one account to another under the asset's rules, and tells it. The answer is what arrived.
///
/// Accounts of the protocol are exempt on either side: what they send and get is whole.
pub fn send(ctx: &mut Ctx<'_>, from: &Address, to: &Address, coin: Coin) -> Result<Amount, Failure> {
    ensure(from != to, Error::SelfTransfer { account: *from })?;
    let exempt = || protocol::is_protocol(from) || protocol::is_protocol(to);
    if !accounts::is_ruled(coin.asset) || coin.amount.is_zero() || exempt() {
        accounts::transfer(ctx, from, to, coin)?;
        return Ok(coin.amount);
    }
    let Coin { asset, amount } = coin;
    let (height, epoch) = (ctx.block.height, ctx.block.epoch);
    let rules = rules_of(ctx.state, asset)?;
    ensure_not_paused(&rules, asset, epoch)?;
    rules.limits.ensure_open(height)?;

    let mut book = Book::open(ctx.state, asset)?;
    let mut giver = book.load(ctx, from)?;
    let mut taker = book.load(ctx, to)?;
    ensure_gates(&rules, from, &giver.holding)?;
    ensure_gates(&rules, to, &taker.holding)?;
    rules.limits.ensure_transfer(amount, height)?;
    rules.limits.ensure_cool(*from, giver.holding.last_sent_height, height)?;

    let burnable = book.pool.supply.checked_sub(rules.burn_floor).unwrap_or_default();
    let legs = rules.tax.at(epoch).legs_of(amount, burnable);
    let fee = legs.total().ok_or_else(|| Halt::new("a fee overflows"))?;
    let net = less(amount, fee, "what a transfer leaves")?;
    let after = more(taker.holding.balance, net, "a balance")?;
    rules.limits.ensure_wallet(*to, after, height)?;

    book.debit(ctx.state, &mut giver, amount)?;
    book.credit(&mut taker, net)?;
    let cooling = rules.limits.cooling_until(height, height) > height;
    giver.holding.last_sent_height = if cooling { height } else { 0 };
    let legs = apply(&mut book, legs)?;
    finish(ctx, book, [giver, taker], coin, legs, net);
    Ok(net)
}

/// Gas of a send to so many: each balance is read and written. Where there are rules, they are read, the pool is read
/// and written, and the supply is noted in its history.
pub fn gas(asset: AssetId, recipients: u64) -> u64 {
    let balances = recipients.saturating_add(1);
    if accounts::is_ruled(asset) {
        rules::leaves_gas(balances.saturating_add(3), balances.saturating_add(1))
    } else {
        rules::leaves_gas(balances, balances)
    }
}

/// Takes the legs of a fee that left the sender already. What could not be shared is shown under the treasury.
fn apply(book: &mut Book, legs: Legs) -> Result<Legs, Halt> {
    book.pool.supply = less(book.pool.supply, legs.burn, "a supply")?;
    let reflect = book.share_or_keep(legs.reflect)?;
    book.pool.treasury = more(book.pool.treasury, legs.treasury, "a treasury")?;
    book.pool.liquidity = more(book.pool.liquidity, legs.liquidity, "a liquidity account")?;
    let kept = less(legs.reflect, reflect, "a share")?;
    Ok(Legs { reflect, treasury: more(legs.treasury, kept, "a treasury")?, ..legs })
}

fn finish(ctx: &mut Ctx<'_>, mut book: Book, held: [Held; 2], coin: Coin, legs: Legs, net: Amount) {
    let Coin { asset, amount } = coin;
    let [from, to] = held.map(|held| {
        book.put(ctx.state, &held);
        held.account
    });
    let supply = book.pool.supply;
    book.close(ctx.state);
    if !legs.burn.is_zero() {
        history::record(ctx, asset, supply);
    }
    if net == amount {
        ctx.emit(&Transferred { from, to, asset, amount });
    } else {
        ctx.emit(&TaxedTransfer { from, to, asset, amount, net, legs, supply });
    }
}

/// What a transfer of a ruled asset must know, or `unknown_asset`.
pub(crate) fn rules_of(state: &dyn ReadState, asset: AssetId) -> Result<Rules, Failure> {
    Ok(RULES.get(state, &asset)?.ok_or(Error::UnknownAsset { asset })?)
}

/// Refuses an account that may not move an asset now, for modules that take it by [`crate::transfer`]: paused, not yet
/// open, frozen or not listed. Every account may move a plain asset.
pub fn ensure_may_move(ctx: &Ctx<'_>, account: &Address, asset: AssetId) -> Result<(), Failure> {
    if !accounts::is_ruled(asset) || protocol::is_protocol(account) {
        return Ok(());
    }
    let rules = rules_of(ctx.state, asset)?;
    ensure_not_paused(&rules, asset, ctx.block.epoch)?;
    rules.limits.ensure_open(ctx.block.height)?;
    let holding = crate::state::HOLDING.get(ctx.state, &(*account, asset))?.unwrap_or_default();
    Ok(ensure_gates(&rules, account, &holding)?)
}

fn ensure_not_paused(rules: &Rules, asset: AssetId, epoch: u64) -> Result<(), Reject> {
    let until_epoch = rules.paused_until_epoch;
    ensure(epoch >= until_epoch, Error::Paused { asset, until_epoch })
}

fn ensure_gates(rules: &Rules, account: &Address, holding: &Holding) -> Result<(), Reject> {
    ensure(!(rules.freezable && holding.frozen), Error::Frozen { account: *account })?;
    ensure(!rules.listed || holding.allowed, Error::NotListed { account: *account })
}
