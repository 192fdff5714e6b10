//! Genesis of chains for development: rich accounts, and the document as an engine hands it over.

use chortle_consensus::application::{ConsensusParams, Genesis};
use chortle_genesis::{Builder, Document, TimeError, parse_rfc3339_ms, to_rfc3339};
use chortle_kernel::Halt;
use chortle_store::Store;
use serde_json::{Value, json};

use super::accounts::{BALANCE, DevAccount};
use super::clock::Clock;
use super::{DevChain, Mode};
use crate::application::{Chain, Options};

/// A document of a fresh chain, with no account and no validator.
pub fn fresh(chain_id: &str, time_unix_ms: u64) -> Document {
    let sections = match chortle_app::genesis::default_sections() {
        Value::Object(sections) => sections,
        _ => serde_json::Map::new(),
    };
    Builder::new(chain_id, &to_rfc3339(time_unix_ms), sections).build()
}

/// A fresh document in which each of these accounts is rich.
pub fn funded(chain_id: &str, accounts: &[DevAccount], time_unix_ms: u64) -> Result<Document, String> {
    let mut builder = Builder::from(fresh(chain_id, time_unix_ms));
    for account in accounts {
        let entry = json!({ "address": account.address, "balance": BALANCE.to_string() });
        builder.add_entry("token", "accounts", "address", entry).map_err(|error| error.to_string())?;
    }
    Ok(builder.build())
}

/// The document as an engine hands it over, with its validators left to the engine.
pub fn engine_genesis(document: &Document) -> Result<Genesis, TimeError> {
    let params = &document.consensus_params;
    Ok(Genesis {
        time_unix_ms: parse_rfc3339_ms(&document.genesis_time)?,
        chain_id: document.chain_id.clone(),
        initial_height: document.initial_height.0,
        params: ConsensusParams {
            block_bytes_max: params.block.max_bytes.0,
            block_gas_max: params.block.max_gas.0,
            evidence_age_blocks_max: params.evidence.max_age_num_blocks.0,
            evidence_age_ns_max: params.evidence.max_age_duration.0,
            evidence_bytes_max: params.evidence.max_bytes.0,
            vote_extensions_height: params.abci.vote_extensions_enable_height.0,
        },
        validators: Vec::new(),
        // A map of JSON values always has a text.
        app_state: serde_json::to_vec(&document.app_state).unwrap_or_default().into(),
    })
}

/// A dev chain over a store, with funded accounts if the store is new.
pub fn open(store: Store, chain_id: &str, accounts: &[DevAccount], mode: Mode) -> Result<DevChain, Halt> {
    // A chain that goes on has its genesis in the store; the driver then takes the limits alone from here.
    let document = funded(chain_id, accounts, Clock::default().now_unix_ms()).map_err(Halt::new)?;
    let genesis = engine_genesis(&document).map_err(|error| Halt::new(error.to_string()))?;
    DevChain::start(Chain::open(store, Options::default())?, genesis, mode)
}
