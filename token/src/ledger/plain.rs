//! LOL and plain assets: a balance is a number. Zero is never stored.

use chortle_kernel::{Address, Amount, AssetId, Coin, Ctx, Failure, Halt, ReadState, Reject, State};

use crate::{
    error::Error,
    protocol,
    state::{ACCOUNT, ASSET, BALANCE},
    totals::more,
    types::Account,
};

/// What became of [`take_fee`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FeeOutcome {
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

/// Takes a transaction's nonce and moves its fee in LOL to the fee account, or tells what is missing and writes
/// nothing. No event: the receipt names the fee. A sender who pays itself, as nearly all do, is read and written once.
pub fn take_fee(
    state: &mut State,
    sender: &Address,
    nonce: Option<u64>,
    payer: &Address,
    fee: Amount,
) -> Result<FeeOutcome, Halt> {
    let mut spender = account(state, sender)?;
    if let Some(given) = nonce {
        if spender.nonce != given {
            return Ok(FeeOutcome::Expected { nonce: spender.nonce });
        }
        let used_up = || Halt::new(format!("{sender} has used up its nonces"));
        spender.nonce = given.checked_add(1).ok_or_else(used_up)?;
    }
    let other = if payer == sender { None } else { Some(account(state, payer)?) };
    let balance = other.map_or(spender.balance, |other| other.balance);
    let Some(left) = balance.checked_sub(fee) else { return Ok(FeeOutcome::Short { balance }) };
    match other {
        Some(other) => set_account(state, payer, &Account { balance: left, ..other }),
        None => spender.balance = left,
    }
    set_account(state, sender, &spender);
    if !fee.is_zero() {
        credit(state, &protocol::FEES, Coin { asset: AssetId::NATIVE, amount: fee })?;
    }
    Ok(FeeOutcome::Taken)
}

/// Takes a coin from an account and notes it, or refuses with what it has and what it needs.
pub(super) fn debit(ctx: &mut Ctx<'_>, from: &Address, coin: Coin) -> Result<(), Failure> {
    ctx.note_outflow(from, coin);
    let state = &mut *ctx.state;
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

/// Gives a coin to an account. Balances sum to a supply of at most 2^63-1: only a corrupt ledger overflows.
pub(super) fn credit(state: &mut State, to: &Address, coin: Coin) -> Result<(), Halt> {
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

/// Writes nonce and LOL.
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
pub(super) fn shortage(state: &State, account: &Address, coin: Coin, have: Amount) -> Result<Reject, Halt> {
    let Some(asset) = ASSET.get(state, &coin.asset)? else {
        return Ok(Error::UnknownAsset { asset: coin.asset }.into());
    };
    let (have, need) = (asset.display(coin.asset, have), asset.display(coin.asset, coin.amount));
    Ok(Error::InsufficientBalance { account: *account, have, need }.into())
}
