//! Genesis of the whole state: one section per module, in the order of the modules.

use chortle_kernel::{BlockInfo, Ctx, GenesisError, Halt, Origin, ReadState, State, block::ValidatorPower};
use serde_json::{Map, Value};

use crate::{
    modules,
    params::{LastBlock, Params},
    state,
};

/// Name of the pipeline's own section.
pub const SECTION: &str = "app";

/// Every section of a fresh chain.
pub fn default_sections() -> Value {
    let own = (SECTION.to_owned(), to_value(&Params::default()));
    let sections = modules::modules().map(|module| (module.name().to_owned(), module.default_genesis()));
    Value::Object(std::iter::once(own).chain(sections).collect())
}

fn to_value(params: &Params) -> Value {
    serde_json::to_value(params).unwrap_or(Value::Null)
}

fn params_of(sections: &Map<String, Value>) -> Result<Params, GenesisError> {
    let section = sections.get(SECTION).ok_or_else(|| missing(SECTION))?;
    serde_json::from_value(section.clone())
        .map_err(|error| GenesisError::at(format!("/{SECTION}"), error.to_string()))
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
    params_of(sections)?;
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
    state::PARAMS.set(state, &params_of(sections)?);
    state::LAST_BLOCK.set(state, &LastBlock { height: block.height, time_unix_ms: block.time_unix_ms });
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

/// The sections that would give this state.
pub fn export(state: &dyn ReadState) -> Result<Value, Halt> {
    let params = state::PARAMS.get(state)?.ok_or_else(|| Halt::new("the state has no genesis"))?;
    let mut sections = Map::new();
    sections.insert(SECTION.to_owned(), to_value(&params));
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
