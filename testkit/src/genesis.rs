//! Genesis documents with many funded accounts.

use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::{Context, anyhow};
use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use chortle_consensus::comet::home::Keys;
use chortle_genesis::{Builder, Document, PublicKey, Validator};
use chortle_kernel::{Address, Amount};
use chortle_node::genesis::{add_validator, fit_evidence, fresh};
use serde_json::{Value, json};

use crate::Account;

/// What every funded account gets: fees for thousands of transactions.
pub const BALANCE_NLOL: u64 = 1_000_000_000_000;
/// What every validator bonds of it.
pub const SELF_BOND_NLOL: u64 = BALANCE_NLOL / 10;

/// Voting power of every validator of an engine's own list.
const POWER: u64 = 10;

/// The account that operates the validator of this number.
pub fn operator(number: usize) -> Account {
    Account::of_seed("operator", number)
}

/// A document of these validators and accounts. Its time is now: the first block has the time of its genesis, and
/// transactions that expire are judged by block time. `params` are changes of staking's parameters, `rules` of the
/// parts of governance's section.
pub fn document(
    chain_id: &str,
    validators: &[Keys],
    accounts: &[Address],
    params: &Value,
    rules: &Value,
) -> anyhow::Result<Document> {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).context("the clock is after 1970")?;
    let mut document = fresh(chain_id, u64::try_from(now.as_millis())?);
    let mut sections = Value::Object(std::mem::take(&mut document.app_state));
    let operators: Vec<Address> = (0..validators.len()).map(|number| operator(number).address).collect();
    // In one go: the builder looks for repetitions at each step.
    let entry = |address: &Address| json!({ "address": address, "balance": BALANCE_NLOL.to_string() });
    sections["token"]["accounts"] = accounts.iter().chain(&operators).map(entry).collect();
    for (name, value) in params.as_object().into_iter().flatten() {
        sections["staking"]["params"][name] = value.clone();
    }
    for (part, values) in rules.as_object().into_iter().flatten() {
        for (name, value) in values.as_object().into_iter().flatten() {
            sections["governance"][part][name] = value.clone();
        }
    }
    if let Value::Object(sections) = sections {
        document.app_state = sections;
    }
    let mut builder = Builder::from(document);
    let self_bond = Amount::new(SELF_BOND_NLOL).context("a self-bond is an amount")?;
    for (number, (keys, operator)) in validators.iter().zip(operators).enumerate() {
        let name = format!("node{number}");
        add_validator(&mut builder, operator, keys.validator_key(), &name, self_bond)
            .map_err(|error| anyhow!(error))?;
    }
    fit_evidence(&mut builder).map_err(|error| anyhow!(error))?;
    Ok(builder.build())
}

/// A document whose validators stand in the engine's own list, for an application that brings none.
pub fn of_engine(chain_id: &str, validators: &[Keys]) -> anyhow::Result<Document> {
    let mut document = document(chain_id, &[], &[], &Value::Null, &Value::Null)?;
    for (number, keys) in validators.iter().enumerate() {
        let value = BASE64.encode(keys.validator_key());
        document.validators.push(Validator {
            address: String::new(),
            pub_key: PublicKey { kind: "tendermint/PubKeyEd25519".to_owned(), value },
            power: POWER.into(),
            name: format!("node{number}"),
        });
    }
    Ok(document)
}
