//! Genesis of the whole state: one section per module, in the order of the modules.

use std::{collections::BTreeMap, sync::Arc};

use chortle_genesis::{Document, TimeError, parse_rfc3339_ms};
use chortle_kernel::{
    BlockInfo, Ctx, Effects, EngineParams, EvidenceAge, GenesisError, GenesisList, Halt, Module, Origin,
    Place, ReadState, State,
    block::ValidatorPower,
    codec,
    gate::Pauses,
    hash::{self, Hash},
};
use serde_json::{Map, Value};

use crate::{block::keys, invariant, modules::Registry, param_history, program, state};

/// What a chain starts from, as the engine has it.
pub struct Start<'a> {
    /// The chain's name.
    pub chain_id: &'a str,
    /// Height of its first block.
    pub initial_height: u64,
    /// Time of genesis, in milliseconds since 1970.
    pub time_unix_ms: u64,
    /// The engine's limits.
    pub engine: &'a EngineParams,
    /// Validators that the document names itself; none where a section does.
    pub validators: &'a [ValidatorPower],
    /// A section for each module.
    pub sections: &'a Value,
}

impl Start<'_> {
    /// Works with what a document starts a chain from. Validators that it names itself are the engine's to bring.
    pub fn of<T>(document: &Document, work: impl FnOnce(&Start<'_>) -> T) -> Result<T, TimeError> {
        let time_unix_ms = parse_rfc3339_ms(&document.genesis_time)?;
        let sections = Value::Object(document.app_state.clone());
        Ok(work(&Start {
            chain_id: &document.chain_id,
            initial_height: document.initial_height.0,
            time_unix_ms,
            engine: &document.engine(),
            validators: &[],
            sections: &sections,
        }))
    }

    /// What names a chain for good: the hash of all that it starts from, however the document was laid out.
    pub fn hash(&self) -> Hash {
        // A JSON map is sorted by its keys, so one document has one text.
        let sections = self.sections.to_string();
        let named = (self.chain_id, self.initial_height, self.time_unix_ms);
        hash::tagged("chortle/genesis", &codec::encode(&(named, self.engine, self.validators, sections)))
    }
}

/// Every section of a fresh chain.
pub fn default_sections(registry: &Registry) -> Value {
    let section = |module: &Module| (module.name.to_owned(), (module.genesis.default)());
    let mut sections = registry.modules().map(section).collect();
    program::bear(registry, &mut sections);
    Value::Object(sections)
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
    start: &Start<'_>,
    state: &mut State,
) -> Result<Effects, GenesisError> {
    let sections = object(start.sections)?;
    ensure_known(registry, sections)?;
    let genesis = start.hash();
    state::CHAIN_ID.set(state, &start.chain_id.to_owned());
    state::GENESIS.set(state, &genesis);
    state::ENGINE.set(state, start.engine);
    let mut block = BlockInfo {
        chain_id: start.chain_id.to_owned(),
        genesis,
        height: start.initial_height.saturating_sub(1),
        time_unix_ms: start.time_unix_ms,
        ..BlockInfo::default()
    };
    let (mut effects, pauses) = (Effects::default(), Pauses::NONE);
    for row in registry.rows() {
        let place = Place::root(registry, &pauses, 0).within(row.module.name, row.powers);
        let effects = &mut effects;
        let mut ctx = Ctx::new(state, &block, Origin::Protocol, effects, place);
        let section = section_of(sections, row.module)?;
        (row.module.genesis.init)(section, &mut ctx).map_err(within(row.module.name))?;
        // The app's own section, the first, says where the epochs stand.
        let last = state::LAST_BLOCK.get(state).map_err(|halt| GenesisError::at("", halt.0))?;
        block.epoch = last.unwrap_or_default().epoch;
    }
    program::ensure_born(registry, state)?;
    param_history::begin(registry.param_sets(), &block, state)
        .map_err(|halt| GenesisError::at("", halt.0))?;
    invariant::check_escrows(registry, state).map_err(|found| GenesisError::at("", found))?;
    let brought = effects.validator_updates();
    keys::note(state, if brought.is_empty() { start.validators } else { brought }, 0)
        .map_err(|halt| GenesisError::at("", halt.0))?;
    state.release();
    Ok(effects)
}

/// Does what [`init`] does and keeps nothing: refuses what only the sections together show.
pub fn rehearse(registry: &'static Registry, start: &Start<'_>) -> Result<(), GenesisError> {
    let mut state = State::over(Arc::new(BTreeMap::new()));
    init(registry, start, &mut state).map(drop)
}

/// The first validators where sections bring them, as [`init`] asks the engine for them; none elsewhere.
pub fn first_set(
    registry: &'static Registry,
    start: &Start<'_>,
) -> Result<Vec<ValidatorPower>, GenesisError> {
    let mut state = State::over(Arc::new(BTreeMap::new()));
    Ok(init(registry, start, &mut state)?.take_validator_updates())
}

/// How old evidence may be, with the section that says so.
pub fn evidence_age(
    registry: &Registry,
    sections: &Value,
) -> Result<Option<(&'static str, EvidenceAge)>, GenesisError> {
    let sections = object(sections)?;
    for module in registry.modules() {
        let section = section_of(sections, module)?;
        if let Some(age) = (module.genesis.evidence_age)(section).map_err(within(module.name))? {
            return Ok(Some((module.name, age)));
        }
    }
    Ok(None)
}

/// How many validators the sections bring.
pub fn validators(registry: &Registry, sections: &Value) -> Result<usize, GenesisError> {
    let sections = object(sections)?;
    let brought = |module: &Module| {
        (module.genesis.validators)(section_of(sections, module)?).map_err(within(module.name))
    };
    registry.modules().try_fold(0, |sum: usize, module| Ok(sum.saturating_add(brought(module)?)))
}

/// Every list that people add to, with its section.
pub fn lists(registry: &Registry) -> impl Iterator<Item = (&'static str, &'static GenesisList)> + use<> {
    registry.modules().flat_map(|module| module.genesis.lists.iter().map(|list| (module.name, list)))
}

/// The sections that would give this state.
pub fn export(registry: &Registry, state: &dyn ReadState) -> Result<Value, Halt> {
    let section = |module: &Module| Ok((module.name.to_owned(), (module.genesis.export)(state)?));
    registry.modules().map(section).collect::<Result<_, Halt>>().map(Value::Object)
}
