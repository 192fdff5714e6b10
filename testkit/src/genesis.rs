//! Genesis documents with many funded accounts.

use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::{Context, anyhow};
use chortle_consensus::comet::home::Keys;
use chortle_genesis::{Builder, Document};
use chortle_kernel::Address;
use serde_json::{Value, json};

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;

/// What every funded account gets: fees for thousands of transactions.
pub const BALANCE_NLOL: u64 = 1_000_000_000_000;
/// Voting power of every validator.
const POWER: u64 = 10;

/// A document of these validators and accounts. Its time is now: the first block has the time of its genesis, and
/// transactions that expire are judged by block time.
pub fn document(chain_id: &str, validators: &[Keys], accounts: &[Address]) -> anyhow::Result<Document> {
    let sections = chortle_app::genesis::default_sections();
    let mut sections = sections.as_object().cloned().context("sections are an object")?;
    // In one go: the builder looks for repetitions at each step.
    let list =
        sections.get_mut("token").and_then(|token| token.get_mut("accounts")).and_then(Value::as_array_mut);
    let entry = |address: &Address| json!({ "address": address, "balance": BALANCE_NLOL.to_string() });
    list.context("the section token has a list of accounts")?.extend(accounts.iter().map(entry));
    let now = SystemTime::now().duration_since(UNIX_EPOCH).context("the clock is after 1970")?;
    let time = chortle_genesis::to_rfc3339(u64::try_from(now.as_millis())?);
    let mut builder = Builder::new(chain_id, &time, sections);
    for (index, keys) in validators.iter().enumerate() {
        let key = BASE64.encode(keys.validator_key());
        builder.add_validator(&format!("node{index}"), &key, POWER).map_err(|error| anyhow!(error))?;
    }
    Ok(builder.build())
}
