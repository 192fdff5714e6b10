//! Genesis of the whole state: one section per module, in the order of the modules.

use std::{collections::BTreeMap, sync::Arc};

use chortle_kernel::{BlockInfo, Ctx, GenesisError, Halt, Origin, ReadState, State, block::ValidatorPower};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::{
    modules,
    params::{EPOCH_MS_MIN, LastBlock, Params},
    state,
};

/// Name of the pipeline's own section.
pub const SECTION: &str = "app";

/// Every section of a fresh chain.
pub fn default_sections() -> Value {
    let own = (SECTION.to_owned(), to_value(&Section::of(Params::default(), 0)));
    let sections = modules::modules().map(|module| (module.name().to_owned(), module.default_genesis()));
    Value::Object(std::iter::once(own).chain(sections).collect())
}

/// The pipeline's own section.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Section {
    gas_price_min: u64,
    epoch_ms: u64,
    /// Number of the first epoch: an exported chain goes on counting.
    epoch: u64,
}

impl Section {
    fn of(params: Params, epoch: u64) -> Self {
        Self { gas_price_min: params.gas_price_min, epoch_ms: params.epoch_ms, epoch }
    }

    fn params(&self) -> Params {
        Params { gas_price_min: self.gas_price_min, epoch_ms: self.epoch_ms }
    }
}

fn to_value(section: &Section) -> Value {
    serde_json::to_value(section).unwrap_or(Value::Null)
}

fn own_section(sections: &Map<String, Value>) -> Result<Section, GenesisError> {
    let section = sections.get(SECTION).ok_or_else(|| missing(SECTION))?;
    let section: Section = serde_json::from_value(section.clone())
        .map_err(|error| GenesisError::at(format!("/{SECTION}"), error.to_string()))?;
    if section.epoch_ms < EPOCH_MS_MIN {
        let sentence = format!("an epoch of {} ms is shorter than {EPOCH_MS_MIN} ms", section.epoch_ms);
        return Err(GenesisError::at(format!("/{SECTION}/epoch_ms"), sentence));
    }
    Ok(section)
}

fn missing(section: &str) -> GenesisError {
    GenesisError::at("", format!("section '{section}' is missing"))
}

fn object(sections: &Value) -> Result<&Map<String, Value>, GenesisError> {
    sections.as_object().ok_or_else(|| GenesisError::at("", "app_state is not an object of sections"))
}

fn within(section: &str) -> impl Fn(GenesisError) -> GenesisError {
    move |error| GenesisError::at(format!("/{section}{}", error.pointer), error.sentence)
}

/// Refuses sections that [`init`] could not take. Pointers are relative to `app_state`.
pub fn validate(sections: &Value) -> Result<(), GenesisError> {
    let sections = object(sections)?;
    own_section(sections)?;
    for module in modules::modules() {
        let section = sections.get(module.name()).ok_or_else(|| missing(module.name()))?;
        module.validate_genesis(section).map_err(within(module.name()))?;
    }
    let known = |name: &String| *name == SECTION || modules::modules().any(|module| module.name() == name);
    match sections.keys().find(|name| !known(name)) {
        Some(name) => {
            Err(GenesisError::at(format!("/{name}"), "no module has this name: remove the section"))
        }
        None => Ok(()),
    }
}

/// Writes every section into an empty state. Answers the validators that the modules bring, if any.
pub fn init(
    sections: &Value,
    block: &BlockInfo,
    block_gas_max: u64,
    state: &mut State,
) -> Result<Vec<ValidatorPower>, GenesisError> {
    validate(sections)?;
    let sections = object(sections)?;
    state::CHAIN_ID.set(state, &block.chain_id);
    let own = own_section(sections)?;
    state::PARAMS.set(state, &own.params());
    let last = LastBlock {
        height: block.height,
        time_unix_ms: block.time_unix_ms,
        epoch: own.epoch,
        epoch_began_unix_ms: block.time_unix_ms,
    };
    state::LAST_BLOCK.set(state, &last);
    let block = &BlockInfo { epoch: own.epoch, ..block.clone() };
    state::BLOCK_GAS_MAX.set(state, &block_gas_max);
    let (mut events, mut validator_updates) = (Vec::new(), Vec::new());
    for module in modules::modules() {
        let section = sections.get(module.name()).ok_or_else(|| missing(module.name()))?;
        let mut ctx = Ctx {
            state,
            block,
            origin: Origin::Protocol,
            events: &mut events,
            validator_updates: &mut validator_updates,
        };
        module.init_genesis(section, &mut ctx).map_err(within(module.name()))?;
    }
    state.release();
    validator_updates.sort();
    Ok(validator_updates)
}

/// Does what [`init`] does and keeps nothing: refuses what only the sections together show.
pub fn rehearse(sections: &Value, block: &BlockInfo, block_gas_max: u64) -> Result<(), GenesisError> {
    let mut state = State::over(Arc::new(BTreeMap::new()));
    init(sections, block, block_gas_max, &mut state).map(drop)
}

/// How old evidence may be, from the staking of these sections: milliseconds and blocks. None without staking.
pub fn evidence_age(sections: &Value) -> Result<Option<(u64, u64)>, GenesisError> {
    let section = sections.get("staking").ok_or_else(|| missing("staking"))?;
    let genesis = chortle_staking::Genesis::parse(section).map_err(within("staking"))?;
    let age = (genesis.params.unbonding_ms, chortle_staking::slash::evidence_blocks_max(&genesis.params));
    Ok(genesis.is_staked().then_some(age))
}

/// The sections that would give this state.
pub fn export(state: &dyn ReadState) -> Result<Value, Halt> {
    let params = state::PARAMS.get(state)?.ok_or_else(|| Halt::new("the state has no genesis"))?;
    let mut sections = Map::new();
    let epoch = state::LAST_BLOCK.get(state)?.map_or(0, |block| block.epoch);
    sections.insert(SECTION.to_owned(), to_value(&Section::of(params, epoch)));
    for module in modules::modules() {
        sections.insert(module.name().to_owned(), module.export_genesis(state)?);
    }
    Ok(Value::Object(sections))
}

/// Checks every invariant of every module; the error names the first that does not hold.
pub fn check_invariants(state: &dyn ReadState) -> Result<(), String> {
    for module in modules::modules() {
        for invariant in module.invariants() {
            (invariant.check)(state)
                .map_err(|found| format!("{}.{}: {found}", module.name(), invariant.name))?;
        }
    }
    Ok(())
}
