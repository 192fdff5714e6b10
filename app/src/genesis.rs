//! Genesis of the whole state: one section per module, in the order of the modules.

use std::{collections::BTreeMap, sync::Arc};

use chortle_kernel::{
    BlockInfo, Ctx, Effects, EngineParams, EvidenceAge, GenesisError, Halt, Module, Origin, Place, ReadState,
    State, block::ValidatorPower, gate::Pauses,
};
use serde_json::{Map, Value};

use crate::{block::keys, invariant, modules::Registry, state};

/// Every section of a fresh chain.
pub fn default_sections(registry: &Registry) -> Value {
    let section = |module: &Module| (module.name.to_owned(), (module.genesis.default)());
    Value::Object(registry.modules().map(section).collect())
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

fn section_of<'s>(sections: &'s Map<String, Value>, module: &Module) -> Result<&'s Value, GenesisError> {
    sections.get(module.name).ok_or_else(|| missing(module.name))
}

fn ensure_known(registry: &Registry, sections: &Map<String, Value>) -> Result<(), GenesisError> {
    let known = |name: &String| registry.modules().any(|module| module.name == name);
    match sections.keys().find(|name| !known(name)) {
        Some(name) => {
            Err(GenesisError::at(format!("/{name}"), "no module has this name: remove the section"))
        }
        None => Ok(()),
    }
}

/// Refuses sections that [`init`] could not take. Pointers are relative to `app_state`.
pub fn validate(registry: &Registry, sections: &Value) -> Result<(), GenesisError> {
    let sections = object(sections)?;
    for module in registry.modules() {
        (module.genesis.validate)(section_of(sections, module)?).map_err(within(module.name))?;
    }
    ensure_known(registry, sections)
}

/// Writes every section into an empty state. Answers what the modules ask of the engine: the validators that they
/// bring, if any.
pub fn init(
    registry: &'static Registry,
    sections: &Value,
    block: &BlockInfo,
    engine: &EngineParams,
    state: &mut State,
) -> Result<Effects, GenesisError> {
    let sections = object(sections)?;
    ensure_known(registry, sections)?;
    state::CHAIN_ID.set(state, &block.chain_id);
    state::ENGINE.set(state, engine);
    let (mut block, mut effects, pauses) = (block.clone(), Effects::default(), Pauses::NONE);
    for row in registry.rows() {
        let place = Place::root(registry, &pauses, 0).within(row.module.name, row.powers);
        let effects = &mut effects;
        let mut ctx = Ctx::new(state, &block, Origin::Protocol, effects, place);
        let section = section_of(sections, row.module)?;
        (row.module.genesis.init)(section, &mut ctx).map_err(within(row.module.name))?;
        // The frame's own section, the first, says where the epochs stand.
        let last = state::LAST_BLOCK.get(state).map_err(|halt| GenesisError::at("", halt.0))?;
        block.epoch = last.unwrap_or_default().epoch;
    }
    invariant::check_escrows(registry, state).map_err(|found| GenesisError::at("", found))?;
    state.release();
    Ok(effects)
}

/// Notes the validators that the chain begins with: those that the modules bring, or else those of the document.
pub fn note_validators(
    state: &mut State,
    brought: &[ValidatorPower],
    document: &[ValidatorPower],
) -> Result<(), Halt> {
    keys::note(state, if brought.is_empty() { document } else { brought }, 0)
}

/// Does what [`init`] does and keeps nothing: refuses what only the sections together show.
pub fn rehearse(
    registry: &'static Registry,
    sections: &Value,
    block: &BlockInfo,
    engine: &EngineParams,
) -> Result<(), GenesisError> {
    let mut state = State::over(Arc::new(BTreeMap::new()));
    init(registry, sections, block, engine, &mut state).map(drop)
}

/// How old evidence may be, from the module of these sections that says so.
pub fn evidence_age(registry: &Registry, sections: &Value) -> Result<Option<EvidenceAge>, GenesisError> {
    let sections = object(sections)?;
    for module in registry.modules() {
        let section = section_of(sections, module)?;
        if let Some(age) = (module.genesis.evidence_age)(section).map_err(within(module.name))? {
            return Ok(Some(age));
        }
    }
    Ok(None)
}

/// The sections that would give this state.
pub fn export(registry: &Registry, state: &dyn ReadState) -> Result<Value, Halt> {
    let section = |module: &Module| Ok((module.name.to_owned(), (module.genesis.export)(state)?));
    registry.modules().map(section).collect::<Result<_, Halt>>().map(Value::Object)
}
