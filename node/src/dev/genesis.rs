//! Genesis of chains for development: rich accounts, and the document as an engine hands it over.

use chortle_consensus::application::Genesis;
use chortle_consensus::driver::validator_key;
use chortle_genesis::{Builder, Document, TimeError, parse_rfc3339_ms};
use chortle_kernel::{Amount, Halt};
use chortle_store::Store;

use super::accounts::{self, BALANCE};
use super::clock::Clock;
use super::{DevChain, Mode};
use crate::genesis::{add_account, add_validator, fresh};
use crate::state_machine::{Chain, Options};

/// Stake of each validator's own, in nlol: 500,000 LOL.
const SELF_BOND: u64 = BALANCE / 2;

/// A fresh document in which the first accounts of the well-known phrase are rich, and the accounts after them operate
/// validators with these names and consensus keys.
pub fn funded(
    chain_id: &str,
    validators: &[(String, [u8; 32])],
    time_unix_ms: u64,
) -> Result<Document, String> {
    let mut builder = Builder::from(fresh(chain_id, time_unix_ms));
    let operators = u32::try_from(validators.len()).map_err(|error| error.to_string())?;
    let accounts = accounts::derive(accounts::MNEMONIC, accounts::COUNT + operators)?;
    let amount = |nlol| Amount::new(nlol).ok_or("an amount is out of range");
    for account in &accounts {
        add_account(&mut builder, account.address, amount(BALANCE)?)?;
    }
    for ((name, key), operator) in validators.iter().zip(accounts.iter().skip(accounts::COUNT as usize)) {
        add_validator(&mut builder, operator.address, *key, name, amount(SELF_BOND)?)?;
    }
    Ok(builder.build())
}

/// The document as an engine hands it over, with its validators left to the engine.
pub fn engine_genesis(document: &Document) -> Result<Genesis, TimeError> {
    Ok(Genesis {
        time_unix_ms: parse_rfc3339_ms(&document.genesis_time)?,
        chain_id: document.chain_id.clone(),
        initial_height: document.initial_height.0,
        params: document.engine(),
        validators: Vec::new(),
        // A map of JSON values always has a text.
        app_state: serde_json::to_vec(&document.app_state).unwrap_or_default().into(),
    })
}

/// The document that a dev chain of this name begins with now: funded accounts and one validator.
pub fn document(chain_id: &str) -> Result<Document, Halt> {
    let validator = [("dev".to_owned(), validator_key())];
    funded(chain_id, &validator, Clock::default().now_unix_ms()).map_err(Halt::new)
}

/// A dev chain over a store, which begins now if the store is new.
pub fn open(store: Store, chain_id: &str, mode: Mode) -> Result<DevChain, Halt> {
    begin(store, &document(chain_id)?, mode)
}

/// A dev chain over a store, with the document that it began with if it has no block yet.
pub fn begin(store: Store, document: &Document, mode: Mode) -> Result<DevChain, Halt> {
    let genesis = engine_genesis(document).map_err(|error| Halt::new(error.to_string()))?;
    DevChain::start(Chain::open(store, Options::default())?, genesis, mode)
}
