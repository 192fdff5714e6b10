//! What state says about a transaction before any message runs: chain, expiry, replay, fee. What is taken here stays
//! taken even if a message is rejected later.

use chortle_kernel::{Address, Amount, BlockInfo, Failure, Reject, State, ensure, tx::Replay};
use chortle_token as token;

use crate::{error::Error, params::Params, state, verify::Verified};

/// An unordered transaction expires at most this far ahead, so that its nonce can be forgotten.
pub const UNORDERED_AHEAD_MS_MAX: u64 = 10 * 60 * 1_000;

/// Takes the nonce and the fee, or refuses and writes nothing. Answers the fee.
pub fn admit(
    state: &mut State,
    block: &BlockInfo,
    params: &Params,
    tx: &Verified,
) -> Result<Amount, Failure> {
    let savepoint = state.savepoint();
    let taken = take(state, block, params, tx);
    if taken.is_err() {
        state.rollback(savepoint);
    }
    taken
}

fn take(state: &mut State, block: &BlockInfo, params: &Params, tx: &Verified) -> Result<Amount, Failure> {
    let body = &tx.tx.body;
    let found = &*body.chain_id;
    ensure(
        found == block.chain_id,
        Error::WrongChain { expected: block.chain_id.clone(), found: found.to_owned() },
    )?;
    let fee = fee_of(params, tx)?;
    spend_nonce(state, block, tx)?;
    pay(state, body.payer(), fee)?;
    Ok(fee)
}

/// The fee: gas at the chain's price and the tip, never above the sender's limit.
pub fn fee_of(params: &Params, tx: &Verified) -> Result<Amount, Reject> {
    let fee = &tx.tx.body.fee;
    let (price, found) = (params.gas_price_min, fee.gas_price_max);
    ensure(found >= price, Error::GasPriceTooLow { found, price })?;
    let effective = price.saturating_add(fee.tip).min(found);
    tx.gas.checked_mul(effective).and_then(Amount::new).ok_or(Error::FeeTooLarge {}.into())
}

fn spend_nonce(state: &mut State, block: &BlockInfo, tx: &Verified) -> Result<(), Failure> {
    let body = &tx.tx.body;
    let (sender, expiry_unix_ms, time_unix_ms) = (body.sender, body.expiry_unix_ms, block.time_unix_ms);
    let alive = expiry_unix_ms > time_unix_ms;
    match body.replay {
        Replay::Sequence(found) => {
            ensure(alive || expiry_unix_ms == 0, Error::Expired { expiry_unix_ms, time_unix_ms })?;
            match token::spend_nonce(state, &sender, found)? {
                token::Nonce::Spent => {}
                token::Nonce::Expected(next) if found < next => {
                    return Err(Error::SequenceTooLow { found, next }.into());
                }
                token::Nonce::Expected(next) => return Err(Error::SequenceTooHigh { found, next }.into()),
            }
        }
        Replay::Unordered => {
            ensure(alive, Error::Expired { expiry_unix_ms, time_unix_ms })?;
            let ahead_ms = expiry_unix_ms.saturating_sub(time_unix_ms);
            let max_ms = UNORDERED_AHEAD_MS_MAX;
            ensure(ahead_ms <= max_ms, Error::ExpiryTooFar { ahead_ms, max_ms })?;
            let nonce = (expiry_unix_ms, sender);
            ensure(!state::UNORDERED.has(state, &nonce)?, Error::NonceUsed { sender, expiry_unix_ms })?;
            state::UNORDERED.set(state, &nonce, &());
        }
    }
    Ok(())
}

fn pay(state: &mut State, payer: Address, fee: Amount) -> Result<(), Failure> {
    let balance = token::account(state, &payer)?.balance;
    ensure(balance >= fee, Error::FeeUnpaid { payer, fee: fee.base_units(), balance: balance.base_units() })?;
    token::charge_fee(state, &payer, fee)
}
