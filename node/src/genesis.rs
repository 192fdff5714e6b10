//! The genesis document with what the modules know of it: its lists, and whether it holds.

use chortle_app::{MODULES, Registry, genesis as sections};
use chortle_genesis::{BuildError, Builder, Document, List, parse_rfc3339_ms, to_rfc3339};
use chortle_kernel::{Address, Amount, EngineParams, Text};
use chortle_staking::{ConsensusKey, GenesisDelegation, GenesisValidator, types::Description};
use serde_json::{Value, json};

/// Accounts with LOL.
pub const ACCOUNTS: List = List { section: "token", list: "accounts", name: &["address"] };
/// Validators of a fresh chain.
pub const VALIDATORS: List = List { section: "staking", list: "validators", name: &["operator"] };
/// Delegations of a fresh chain.
pub const DELEGATIONS: List =
    List { section: "staking", list: "delegations", name: &["delegator", "validator"] };

const NS_PER_MS: u64 = 1_000_000;

/// A document of a fresh chain, with no account and no validator.
pub fn fresh(chain_id: &str, time_unix_ms: u64) -> Document {
    fresh_of(&MODULES, chain_id, time_unix_ms)
}

/// The same of a chain of these modules.
pub fn fresh_of(registry: &Registry, chain_id: &str, time_unix_ms: u64) -> Document {
    let sections = match sections::default_sections(registry) {
        Value::Object(sections) => sections,
        _ => serde_json::Map::new(),
    };
    Builder::new(chain_id, &to_rfc3339(time_unix_ms), sections).build()
}

/// Gives an account LOL.
pub fn add_account(builder: &mut Builder, address: Address, balance: Amount) -> Result<(), BuildError> {
    builder.add_entry(&ACCOUNTS, json!({ "address": address, "balance": balance }))
}

/// Adds a validator; its self-bond comes out of its operator's LOL.
pub fn add_validator(builder: &mut Builder, validator: &GenesisValidator) -> Result<(), BuildError> {
    builder.add_entry(&VALIDATORS, json!(validator))
}

/// Adds a delegation; it comes out of the delegator's LOL.
pub fn add_delegation(builder: &mut Builder, delegation: &GenesisDelegation) -> Result<(), BuildError> {
    builder.add_entry(&DELEGATIONS, json!(delegation))
}

/// A validator as networks of development have it: 5 % commission, a name and nothing more to tell.
pub fn plain_validator(
    operator: Address,
    key: [u8; 32],
    name: &str,
    self_bond: Amount,
) -> Result<GenesisValidator, String> {
    Ok(GenesisValidator {
        operator,
        key: ConsensusKey(key),
        self_bond,
        self_bond_min: None,
        commission_bps: 500,
        ceiling_bps: 2_000,
        step_bps: 100,
        description: Description { name: Text::parse(name)?, uri: Text::default() },
    })
}

/// Refuses a document by what each section shows, with a pointer into the document.
pub fn judge(registry: &Registry, document: &Document) -> Result<(), (String, String)> {
    let state = Value::Object(document.app_state.clone());
    let within =
        |error: chortle_kernel::GenesisError| (format!("/app_state{}", error.pointer), error.sentence);
    sections::validate(registry, &state).map_err(within)?;
    let Some(age) = sections::evidence_age(registry, &state).map_err(within)? else {
        return Ok(());
    };
    if !document.validators.is_empty() {
        let sentence = "the section staking names the validators: leave this list empty";
        return Err(("/validators".to_owned(), sentence.to_owned()));
    }
    let evidence = &document.consensus_params.evidence;
    let wanted = [
        ("max_age_duration", evidence.max_age_duration.0, age.ms.saturating_mul(NS_PER_MS)),
        ("max_age_num_blocks", evidence.max_age_num_blocks.0, age.blocks),
    ];
    match wanted.into_iter().find(|(_, found, wanted)| found != wanted) {
        Some((field, found, wanted)) => Err((
            format!("/consensus_params/evidence/{field}"),
            format!("{found} does not fit the unbonding time of the section staking: write \"{wanted}\""),
        )),
        None => Ok(()),
    }
}

/// Refuses a document by what its sections show only together: the whole of genesis is run and thrown away.
pub fn rehearse(registry: &'static Registry, document: &Document) -> Result<(), (String, String)> {
    judge(registry, document)?;
    let time_unix_ms = parse_rfc3339_ms(&document.genesis_time)
        .map_err(|error| ("/genesis_time".to_owned(), error.to_string()))?;
    let sections = Value::Object(document.app_state.clone());
    let start = sections::Start {
        chain_id: &document.chain_id,
        initial_height: document.initial_height.0,
        time_unix_ms,
        engine: &engine(document),
        validators: &[],
        sections: &sections,
    };
    sections::rehearse(registry, &start)
        .map_err(|error| (format!("/app_state{}", error.pointer), error.sentence))
}

/// The engine's limits, as a document has them.
pub fn engine(document: &Document) -> EngineParams {
    let params = &document.consensus_params;
    EngineParams {
        block_bytes_max: params.block.max_bytes.0,
        block_gas_max: params.block.max_gas.0,
        evidence_age_blocks_max: params.evidence.max_age_num_blocks.0,
        evidence_age_ns_max: params.evidence.max_age_duration.0,
        evidence_bytes_max: params.evidence.max_bytes.0,
        vote_extensions_height: params.abci.vote_extensions_enable_height.0,
    }
}

/// How many validators a document names.
pub fn validator_count(document: &Document) -> usize {
    let staking = document.app_state.get("staking");
    let list = |value: Option<&Value>| value.and_then(Value::as_array).map_or(0, Vec::len);
    let running = staking.and_then(|staking| staking.get("running"));
    document.validators.len()
        + list(staking.and_then(|staking| staking.get("validators")))
        + list(running.and_then(|running| running.get("set")))
}

/// Sets the engine's limits of evidence to what the section staking says.
pub fn fit_evidence(builder: &mut Builder) -> Result<(), String> {
    let state = Value::Object(builder.clone().build().app_state);
    if let Some(age) = sections::evidence_age(&MODULES, &state).map_err(|error| error.to_string())? {
        builder.set_evidence_age(age.ms.saturating_mul(NS_PER_MS), age.blocks);
    }
    Ok(())
}
