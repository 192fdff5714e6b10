//! Balances and nonces: what the messages here, the other modules and the ante of `app` stand on.
//!
//! Everything that moves value goes through `debit` and `credit`. Zero is never stored.

use chortle_kernel::{Address, Amount, AssetId, Coin, Ctx, Failure, Halt, ReadState, Reject, State};

use crate::{
    error::Error,
    event::{Burned, Minted, Transferred},
    protocol,
    state::{ACCOUNT, ASSET, BALANCE, SUPPLY},
    types::{Account, Asset},
};

/// What became of [`spend_nonce`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Nonce {
    /// It was the next one, and is spent.
    Spent,
    /// It was not; this is the next one. Nothing was written.
    Expected(u64),
}

/// Nonce and LOL of an address; zero for one that nobody has used.
pub fn account(state: &dyn ReadState, address: &Address) -> Result<Account, Halt> {
    Ok(ACCOUNT.get(state, address)?.unwrap_or_default())
}

/// LOL of an address.
pub fn native_balance(state: &dyn ReadState, address: &Address) -> Result<Amount, Halt> {
    Ok(account(state, address)?.balance)
}

/// Balance of an address in any asset; zero if there is no such asset.
pub fn balance(state: &dyn ReadState, address: &Address, asset: AssetId) -> Result<Amount, Halt> {
    match asset {
        AssetId::NATIVE => native_balance(state, address),
        _ => Ok(BALANCE.get(state, &(*address, asset))?.unwrap_or_default()),
    }
}

/// The record of an asset, or `unknown_asset`.
pub fn asset(state: &dyn ReadState, id: AssetId) -> Result<Asset, Failure> {
    Ok(ASSET.get(state, &id)?.ok_or(Error::UnknownAsset { asset: id })?)
}

/// Base units of an asset that exist; zero if there is no such asset.
pub fn supply(state: &dyn ReadState, asset: AssetId) -> Result<Amount, Halt> {
    Ok(SUPPLY.get(state, &asset)?.unwrap_or_default())
}

/// Moves a coin between any two accounts, the protocol's included, and tells it.
///
/// For modules: messages of users keep protocol accounts out themselves. Zero moves nothing and tells nothing.
pub fn transfer(ctx: &mut Ctx<'_>, from: &Address, to: &Address, coin: Coin) -> Result<(), Failure> {
    if coin.amount.is_zero() {
        return Ok(());
    }
    debit(ctx.state, from, coin)?;
    credit(ctx.state, to, coin)?;
    ctx.emit(&Transferred { from: *from, to: *to, asset: coin.asset, amount: coin.amount });
    Ok(())
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
    credit(ctx.state, to, coin)?;
    SUPPLY.set(ctx.state, &coin.asset, &after);
    ctx.emit(&Minted { asset: coin.asset, to: *to, amount: coin.amount, supply: after });
    Ok(())
}

/// Ends some of an asset, and tells it.
pub fn burn(ctx: &mut Ctx<'_>, from: &Address, coin: Coin) -> Result<(), Failure> {
    if coin.amount.is_zero() {
        return Ok(());
    }
    debit(ctx.state, from, coin)?;
    let after = supply(ctx.state, coin.asset)?.checked_sub(coin.amount).ok_or_else(|| {
        Halt::new(format!("asset {} has balances above its supply: the ledger is corrupt", coin.asset))
    })?;
    SUPPLY.set(ctx.state, &coin.asset, &after);
    ctx.emit(&Burned { asset: coin.asset, from: *from, amount: coin.amount, supply: after });
    Ok(())
}

/// Moves a fee in LOL to the fee account. No event: the receipt names the fee.
pub fn charge_fee(state: &mut State, payer: &Address, amount: Amount) -> Result<(), Failure> {
    if amount.is_zero() {
        return Ok(());
    }
    let coin = Coin { asset: AssetId::NATIVE, amount };
    debit(state, payer, coin)?;
    credit(state, &protocol::FEES, coin)?;
    Ok(())
}

/// Spends the sender's nonce if it is `given`; else tells which one is next, for the ante to judge.
pub fn spend_nonce(state: &mut State, sender: &Address, given: u64) -> Result<Nonce, Halt> {
    let account = account(state, sender)?;
    if account.nonce != given {
        return Ok(Nonce::Expected(account.nonce));
    }
    let nonce = given.checked_add(1).ok_or_else(|| Halt::new(format!("{sender} has used up its nonces")))?;
    set_account(state, sender, &Account { nonce, ..account });
    Ok(Nonce::Spent)
}

/// Takes a coin from an account, or refuses with what it has and what it needs.
pub(crate) fn debit(state: &mut State, from: &Address, coin: Coin) -> Result<(), Failure> {
    if coin.asset == AssetId::NATIVE {
        let account = account(state, from)?;
        let Some(balance) = account.balance.checked_sub(coin.amount) else {
            return Err(shortage(state, from, coin, account.balance)?.into());
        };
        set_account(state, from, &Account { balance, ..account });
        return Ok(());
    }
    let before = balance(state, from, coin.asset)?;
    let Some(after) = before.checked_sub(coin.amount) else {
        return Err(shortage(state, from, coin, before)?.into());
    };
    set_balance(state, from, coin.asset, after);
    Ok(())
}

/// Gives a coin to an account. Balances sum to a supply of at most 2^63-1: only a corrupt ledger overflows.
pub(crate) fn credit(state: &mut State, to: &Address, coin: Coin) -> Result<(), Halt> {
    let overflow = || Halt::new(format!("a balance of {to} overflows: the ledger is corrupt"));
    if coin.asset == AssetId::NATIVE {
        let account = account(state, to)?;
        let balance = account.balance.checked_add(coin.amount).ok_or_else(overflow)?;
        set_account(state, to, &Account { balance, ..account });
        return Ok(());
    }
    let after = balance(state, to, coin.asset)?.checked_add(coin.amount).ok_or_else(overflow)?;
    set_balance(state, to, coin.asset, after);
    Ok(())
}

pub(crate) fn set_account(state: &mut State, address: &Address, account: &Account) {
    if *account == Account::default() {
        ACCOUNT.remove(state, address);
    } else {
        ACCOUNT.set(state, address, account);
    }
}

pub(crate) fn set_balance(state: &mut State, address: &Address, asset: AssetId, amount: Amount) {
    if amount.is_zero() {
        BALANCE.remove(state, &(*address, asset));
    } else {
        BALANCE.set(state, &(*address, asset), &amount);
    }
}

/// `insufficient_balance` in the asset's own decimals; `unknown_asset` if that is why there is none.
fn shortage(state: &State, account: &Address, coin: Coin, have: Amount) -> Result<Reject, Halt> {
    let Some(asset) = ASSET.get(state, &coin.asset)? else {
        return Ok(Error::UnknownAsset { asset: coin.asset }.into());
    };
    let (have, need) = (asset.display(coin.asset, have), asset.display(coin.asset, coin.amount));
    Ok(Error::InsufficientBalance { account: *account, have, need }.into())
}
