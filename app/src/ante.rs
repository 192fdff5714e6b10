//! What state says about a transaction before any message runs: chain, expiry, replay, fee. What is taken here stays
//! taken even if a message is rejected later.

use chortle_kernel::{
    Address, Amount, BlockInfo, Failure, Reject, Sponsor, Sponsored, State, ensure, hash,
    signature::Authenticator,
    tx::{self, FeeSource, Replay},
};

use crate::{error::Error, gas, ledger, params::Params, state, verify::Decoded};

/// An unordered transaction expires at most this far ahead, so that its nonce can be forgotten.
pub const UNORDERED_AHEAD_MS_MAX: u64 = 10 * 60 * 1_000;

/// By what a transaction is judged before its messages.
#[derive(Clone, Copy)]
pub struct Rules<'a> {
    /// What it costs.
    pub params: &'a Params,
    /// What takes its fee from a standing offer, on a chain where something does.
    pub sponsor: Option<Sponsor>,
}

/// Takes the nonce and the fee, or refuses and writes nothing. Answers the fee.
pub fn admit(
    state: &mut State,
    block: &BlockInfo,
    rules: &Rules<'_>,
    tx: &Decoded,
) -> Result<Amount, Failure> {
    let savepoint = state.savepoint();
    let taken = take(state, block, rules, tx);
    if taken.is_err() {
        state.rollback(savepoint);
    }
    taken
}

fn take(state: &mut State, block: &BlockInfo, rules: &Rules<'_>, tx: &Decoded) -> Result<Amount, Failure> {
    let body = &tx.tx.body;
    if *body.chain.id != *block.chain_id {
        let (expected, found) = (block.chain_id.clone(), body.chain.id.to_string());
        return Err(Error::WrongChain { expected, found }.into());
    }
    if body.chain.genesis != block.genesis {
        let (expected, found) = (hash::to_hex(&block.genesis), hash::to_hex(&body.chain.genesis));
        return Err(Error::WrongGenesis { expected, found }.into());
    }
    ensure_units(state, tx)?;
    let fee = fee_of(rules.params, tx)?;
    let sequence = replay(state, block, tx)?;
    let payer = payer(state, block, rules, tx, fee)?;
    spend(state, tx, sequence, payer, fee)?;
    Ok(fee)
}

/// Refuses a signature over words that were shown in units that are not the asset's.
fn ensure_units(state: &State, tx: &Decoded) -> Result<(), Failure> {
    let shown = tx.tx.signatures.iter().filter_map(Authenticator::units).flat_map(|units| units.iter());
    for unit in shown {
        let asset = ledger::asset(state, unit.asset)?;
        let holds =
            asset.is_some_and(|asset| *asset.symbol == *unit.symbol && asset.decimals == unit.decimals);
        let shown = || format!("{} with {} decimals", unit.symbol.escape_default(), unit.decimals);
        ensure(holds, Error::WrongUnits { asset: unit.asset, shown: shown() })?;
    }
    Ok(())
}

/// The fee: gas at the chain's price and the tip, never above the sender's limit.
pub fn fee_of(params: &Params, tx: &Decoded) -> Result<Amount, Reject> {
    let fee = &tx.tx.body.fee;
    let (price, found) = (params.gas_price_min, fee.gas_price_max);
    ensure(found >= price, Error::GasPriceTooLow { found, price })?;
    gas::fee(tx.gas, fee, price).ok_or(Error::FeeTooLarge {}.into())
}

/// Refuses what is expired, and takes the nonce of an unordered transaction. Answers the sequence to be spent, if the
/// transaction has one.
fn replay(state: &mut State, block: &BlockInfo, tx: &Decoded) -> Result<Option<u64>, Failure> {
    let body = &tx.tx.body;
    let (sender, expiry_unix_ms, time_unix_ms) = (tx.sender()?, body.expiry_unix_ms, block.time_unix_ms);
    let alive = expiry_unix_ms > time_unix_ms;
    match &body.replay {
        Replay::Sequence(sequence) => {
            ensure(alive || expiry_unix_ms == 0, Error::Expired { expiry_unix_ms, time_unix_ms })?;
            Ok(Some(*sequence))
        }
        Replay::Unordered => {
            ensure(alive, Error::Expired { expiry_unix_ms, time_unix_ms })?;
            let ahead_ms = expiry_unix_ms.saturating_sub(time_unix_ms);
            let max_ms = UNORDERED_AHEAD_MS_MAX;
            ensure(ahead_ms <= max_ms, Error::ExpiryTooFar { ahead_ms, max_ms })?;
            let nonce = (expiry_unix_ms, sender);
            ensure(!state::UNORDERED.has(state, &nonce)?, Error::NonceUsed { sender, expiry_unix_ms })?;
            state::UNORDERED.set(state, &nonce, &());
            Ok(None)
        }
        Replay::Nullifiers(_) => Err(tx::Error::Reserved { what: "replay by nullifiers".to_owned() }.into()),
    }
}

/// Who pays the fee: the sender, another who signs, or whoever made the standing offer, from which it is taken.
fn payer(
    state: &mut State,
    block: &BlockInfo,
    rules: &Rules<'_>,
    tx: &Decoded,
    fee: Amount,
) -> Result<Address, Failure> {
    let sender = tx.sender()?;
    match tx.tx.body.fee_source {
        FeeSource::Sender => Ok(sender),
        FeeSource::Account(payer) => Ok(payer),
        FeeSource::Sponsor(offer) => {
            let unused = || tx::Error::Reserved { what: "a fee paid by a sponsor".to_owned() };
            let sponsor = rules.sponsor.ok_or_else(unused)?;
            sponsor(state, block, &Sponsored { offer, sender, fee, calls: &tx.calls })
        }
    }
}

/// Spends the sequence, if there is one, and pays.
fn spend(
    state: &mut State,
    tx: &Decoded,
    sequence: Option<u64>,
    payer: Address,
    fee: Amount,
) -> Result<(), Failure> {
    let sender = tx.sender()?;
    let refusal = match ledger::take_fee(state, &sender, sequence, &payer, fee)? {
        ledger::FeeOutcome::Taken => return Ok(()),
        ledger::FeeOutcome::Short { balance } => {
            Error::FeeUnpaid { payer, fee: fee.base_units(), balance: balance.base_units() }
        }
        ledger::FeeOutcome::Expected { nonce: next } => match sequence.unwrap_or_default() {
            found if found < next => Error::SequenceTooLow { found, next },
            found => Error::SequenceTooHigh { found, next },
        },
    };
    Err(refusal.into())
}
