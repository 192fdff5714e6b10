//! Balances and nonces: what the messages here, the other modules and the ante of `app` stand on.
//!
//! Everything that moves value goes through `debit` and `credit`. Zero is never stored.

use chortle_kernel::{Address, Amount, AssetId, Coin, Ctx, Failure, Halt, ReadState, Reject, State};

use crate::{
    book::{self, Book},
    error::Error,
    event::{Burned, Minted, Transferred},
    history,
    pool::{less, more},
    protocol,
    state::{ACCOUNT, ASSET, BALANCE, POOL, SUPPLY},
    types::{Account, Asset},
};

/// The first number of assets with rules. Below it are the plain ones: two balances are all that a transfer of them
/// touches, for ever. Plain numbers count from 1, so at a fee for each they never get here.
pub const RULED_FIRST: AssetId = AssetId(1_000_000_000);

/// Whether transfers of an asset follow rules: its number says so.
pub const fn is_ruled(asset: AssetId) -> bool {
    asset.0 >= RULED_FIRST.0
}

/// What became of [`admit`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Admission {
    /// Nonce and fee are taken.
    Taken,
    /// The nonce is not the next one of the sender; this is.
    Expected {
        /// The next one.
        nonce: u64,
    },
    /// The payer cannot pay the fee.
    Short {
        /// What it has, in nlol.
        balance: Amount,
    },
}

/// Nonce and LOL of an address; zero for one that nobody has used.
pub fn account(state: &dyn ReadState, address: &Address) -> Result<Account, Halt> {
    Ok(ACCOUNT.get(state, address)?.unwrap_or_default())
}

/// LOL of an address.
pub fn native_balance(state: &dyn ReadState, address: &Address) -> Result<Amount, Halt> {
    Ok(account(state, address)?.balance)
}

/// Balance of an address in any asset, what it is due by redistribution included; zero if there is no such asset.
pub fn balance(state: &dyn ReadState, address: &Address, asset: AssetId) -> Result<Amount, Halt> {
    match asset {
        AssetId::NATIVE => native_balance(state, address),
        _ if is_ruled(asset) => book::balance(state, address, asset),
        _ => Ok(BALANCE.get(state, &(*address, asset))?.unwrap_or_default()),
    }
}

/// The record of an asset, or `unknown_asset`.
pub fn asset(state: &dyn ReadState, id: AssetId) -> Result<Asset, Failure> {
    Ok(ASSET.get(state, &id)?.ok_or(Error::UnknownAsset { asset: id })?)
}

/// Base units of an asset that exist; zero if there is no such asset.
pub fn supply(state: &dyn ReadState, asset: AssetId) -> Result<Amount, Halt> {
    if is_ruled(asset) {
        return Ok(POOL.get(state, &asset)?.map_or(Amount::ZERO, |pool| pool.supply));
    }
    Ok(SUPPLY.get(state, &asset)?.unwrap_or_default())
}

/// Moves a coin between any two accounts, the protocol's included, and tells it: untaxed, without limits.
///
/// For modules: messages of users keep protocol accounts out themselves, and send by [`crate::send`]. Zero moves
/// nothing and tells nothing.
pub fn transfer(ctx: &mut Ctx<'_>, from: &Address, to: &Address, coin: Coin) -> Result<(), Failure> {
    if coin.amount.is_zero() {
        return Ok(());
    }
    debit(ctx, from, coin)?;
    credit(ctx, to, coin)?;
    ctx.emit(&Transferred { from: *from, to: *to, asset: coin.asset, amount: coin.amount });
    Ok(())
}

/// Issues LOL, as staking defines: up to 2^63-1 nlol in all.
pub fn issue(ctx: &mut Ctx<'_>, to: &Address, amount: Amount) -> Result<(), Failure> {
    mint_under(ctx, to, Coin { asset: AssetId::NATIVE, amount }, Amount::MAX)
}

/// Makes more of an asset, up to its cap, and tells it. Who may is the caller's question.
pub fn mint(ctx: &mut Ctx<'_>, to: &Address, coin: Coin) -> Result<(), Failure> {
    let cap = asset(ctx.state, coin.asset)?.cap;
    mint_under(ctx, to, coin, cap)
}

/// [`mint`] for a caller that has read the cap.
pub(crate) fn mint_under(ctx: &mut Ctx<'_>, to: &Address, coin: Coin, cap: Amount) -> Result<(), Failure> {
    if coin.amount.is_zero() {
        return Ok(());
    }
    let before = supply(ctx.state, coin.asset)?;
    let room = cap.checked_sub(before).unwrap_or_default();
    let after = before.checked_add(coin.amount).filter(|after| *after <= cap).ok_or(Error::AboveCap {
        asset: coin.asset,
        cap,
        room,
    })?;
    credit(ctx, to, coin)?;
    set_supply(ctx, coin.asset, after)?;
    ctx.emit(&Minted { asset: coin.asset, to: *to, amount: coin.amount, supply: after });
    Ok(())
}

/// Ends some of an asset, and tells it.
pub fn burn(ctx: &mut Ctx<'_>, from: &Address, coin: Coin) -> Result<(), Failure> {
    if coin.amount.is_zero() {
        return Ok(());
    }
    debit(ctx, from, coin)?;
    let after = less(supply(ctx.state, coin.asset)?, coin.amount, "a supply")?;
    set_supply(ctx, coin.asset, after)?;
    ctx.emit(&Burned { asset: coin.asset, from: *from, amount: coin.amount, supply: after });
    Ok(())
}

/// Takes a transaction's nonce and moves its fee in LOL to the fee account, or tells what is missing and writes
/// nothing. No event: the receipt names the fee. A sender who pays itself, as nearly all do, is read and written once.
pub fn admit(
    state: &mut State,
    sender: &Address,
    nonce: Option<u64>,
    payer: &Address,
    fee: Amount,
) -> Result<Admission, Halt> {
    let mut spender = account(state, sender)?;
    if let Some(given) = nonce {
        if spender.nonce != given {
            return Ok(Admission::Expected { nonce: spender.nonce });
        }
        let used_up = || Halt::new(format!("{sender} has used up its nonces"));
        spender.nonce = given.checked_add(1).ok_or_else(used_up)?;
    }
    let other = if payer == sender { None } else { Some(account(state, payer)?) };
    let balance = other.map_or(spender.balance, |other| other.balance);
    let Some(left) = balance.checked_sub(fee) else { return Ok(Admission::Short { balance }) };
    match other {
        Some(other) => set_account(state, payer, &Account { balance: left, ..other }),
        None => spender.balance = left,
    }
    set_account(state, sender, &spender);
    if !fee.is_zero() {
        credit_plain(state, &protocol::FEES, Coin { asset: AssetId::NATIVE, amount: fee })?;
    }
    Ok(Admission::Taken)
}

/// Takes a coin from an account, or refuses with what it has and what it needs.
pub(crate) fn debit(ctx: &mut Ctx<'_>, from: &Address, coin: Coin) -> Result<(), Failure> {
    if !is_ruled(coin.asset) {
        return debit_plain(ctx.state, from, coin);
    }
    let mut book = Book::open(ctx.state, coin.asset)?;
    let mut held = book.load(ctx, from)?;
    book.debit(ctx.state, &mut held, coin.amount)?;
    book.put(ctx.state, &held);
    book.close(ctx.state);
    Ok(())
}

/// Gives a coin to an account.
pub(crate) fn credit(ctx: &mut Ctx<'_>, to: &Address, coin: Coin) -> Result<(), Failure> {
    if !is_ruled(coin.asset) {
        return Ok(credit_plain(ctx.state, to, coin)?);
    }
    let mut book = Book::open(ctx.state, coin.asset)?;
    let mut held = book.load(ctx, to)?;
    book.credit(&mut held, coin.amount)?;
    book.put(ctx.state, &held);
    book.close(ctx.state);
    Ok(())
}

/// [`debit`] of LOL and of plain assets.
pub(crate) fn debit_plain(state: &mut State, from: &Address, coin: Coin) -> Result<(), Failure> {
    if coin.asset == AssetId::NATIVE {
        let account = account(state, from)?;
        let Some(balance) = account.balance.checked_sub(coin.amount) else {
            return Err(shortage(state, from, coin, account.balance)?.into());
        };
        set_account(state, from, &Account { balance, ..account });
        return Ok(());
    }
    let before = BALANCE.get(state, &(*from, coin.asset))?.unwrap_or_default();
    let Some(after) = before.checked_sub(coin.amount) else {
        return Err(shortage(state, from, coin, before)?.into());
    };
    set_balance(state, from, coin.asset, after);
    Ok(())
}

/// [`credit`] of LOL and of plain assets. Balances sum to a supply of at most 2^63-1: only a corrupt ledger overflows.
pub(crate) fn credit_plain(state: &mut State, to: &Address, coin: Coin) -> Result<(), Halt> {
    if coin.asset == AssetId::NATIVE {
        let account = account(state, to)?;
        let balance = more(account.balance, coin.amount, "a balance")?;
        set_account(state, to, &Account { balance, ..account });
        return Ok(());
    }
    let before = BALANCE.get(state, &(*to, coin.asset))?.unwrap_or_default();
    let after = more(before, coin.amount, "a balance")?;
    set_balance(state, to, coin.asset, after);
    Ok(())
}

/// Writes a supply and its place in the history.
fn set_supply(ctx: &mut Ctx<'_>, asset: AssetId, supply: Amount) -> Result<(), Failure> {
    if is_ruled(asset) {
        let mut book = Book::open(ctx.state, asset)?;
        book.pool.supply = supply;
        book.close(ctx.state);
    } else {
        SUPPLY.set(ctx.state, &asset, &supply);
    }
    history::record(ctx, asset, supply);
    Ok(())
}

pub(crate) fn set_account(state: &mut State, address: &Address, account: &Account) {
    if *account == Account::default() {
        ACCOUNT.remove(state, address);
    } else {
        ACCOUNT.set(state, address, account);
    }
}

/// Writes a balance of a plain asset.
pub(crate) fn set_balance(state: &mut State, address: &Address, asset: AssetId, balance: Amount) {
    if balance.is_zero() {
        BALANCE.remove(state, &(*address, asset));
    } else {
        BALANCE.set(state, &(*address, asset), &balance);
    }
}

/// `insufficient_balance` in the asset's own decimals; `unknown_asset` if that is why there is none.
pub(crate) fn shortage(state: &State, account: &Address, coin: Coin, have: Amount) -> Result<Reject, Halt> {
    let Some(asset) = ASSET.get(state, &coin.asset)? else {
        return Ok(Error::UnknownAsset { asset: coin.asset }.into());
    };
    let (have, need) = (asset.display(coin.asset, have), asset.display(coin.asset, coin.amount));
    Ok(Error::InsufficientBalance { account: *account, have, need }.into())
}
