//! The genesis document with what the modules know of it: its lists, and whether it holds.
//!
//! No module is named here: what people add, and to which list, is data of the modules.

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use chortle_app::{MODULES, Registry, genesis as sections};
use chortle_genesis::{Builder, Document, List, to_rfc3339};
use chortle_kernel::{Address, Amount, GenesisField, GenesisForm, GenesisList, Given, asset};
use serde_json::{Value, json};

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

/// Every list of a chain that people add to, as the document has it.
pub fn lists(registry: &Registry) -> impl Iterator<Item = (List, &'static GenesisList)> + use<> {
    sections::lists(registry).map(|(section, list)| (List { section, list: list.name, name: list.key }, list))
}

/// The value of a field as a person writes it; the error says how.
fn value(form: GenesisForm, text: &str) -> Result<Value, String> {
    match form {
        GenesisForm::Address => text.parse::<Address>().map(|address| json!(address)),
        GenesisForm::Native => parse_native(text).map(|amount| json!(amount)),
        GenesisForm::Number => {
            text.parse::<u64>().map(Value::from).map_err(|error| format!("'{text}': {error}"))
        }
        GenesisForm::Text => Ok(Value::from(text)),
        GenesisForm::ConsensusKey => {
            let bytes = BASE64.decode(text).ok().filter(|bytes| bytes.len() == 32);
            let key = bytes.map(|bytes| Value::from(format!("0x{}", hex::encode(bytes))));
            key.ok_or_else(|| {
                format!("'{text}' is no consensus key: `chortled init` prints a node's key in base64")
            })
        }
    }
}

/// Exact, or refused.
fn parse_native(text: &str) -> Result<Amount, String> {
    let (number, decimals) = match (text.strip_suffix("nlol"), text.strip_suffix("LOL")) {
        (Some(number), _) => (number, 0),
        (None, Some(number)) => (number, asset::NATIVE_DECIMALS),
        (None, None) if text.to_lowercase().ends_with("lol") => {
            return Err(format!("'{text}': units are written LOL and nlol, as in 1000LOL or 5nlol"));
        }
        (None, None) => return Err(format!("'{text}' has no unit: write 1000LOL or 5nlol")),
    };
    Amount::parse_decimal(number.trim_end(), decimals)
        .map_err(|error| format!("{error}: write 1000LOL or 5nlol"))
}

/// How a field is shown to people: amounts in LOL.
fn shown(field: &GenesisField, text: &str) -> String {
    let amount = (field.form == GenesisForm::Native).then(|| parse_native(text).ok()).flatten();
    amount.map_or_else(
        || text.to_owned(),
        |amount| format!("{} LOL", amount.to_decimal(asset::NATIVE_DECIMALS)),
    )
}

fn put(entry: &mut Value, pointer: &str, value: Value) {
    let (parent, field) = pointer.rsplit_once('/').unwrap_or(("", pointer));
    let mut at = entry;
    for part in parent.split('/').filter(|part| !part.is_empty()) {
        at = &mut at[part];
    }
    at[field] = value;
}

/// An entry of a list out of what a person says of it, and what to tell when it was added. `own_key` is the node's
/// own consensus key in base64.
pub fn entry(
    list: &GenesisList,
    given: impl Fn(&str) -> Option<String>,
    own_key: impl Fn() -> Result<String, String>,
) -> Result<(Value, String), String> {
    let (mut entry, mut told) = (json!({}), list.told.to_owned());
    for field in list.fields {
        let text = match (given(field.name), field.given) {
            (Some(text), _) => text,
            (None, Given::FlagOr(text)) => text.to_owned(),
            (None, Given::FlagOrOwn) => own_key()?,
            (None, Given::InPlace | Given::Flag) => return Err(format!("{} is missing", field.name)),
        };
        let value = value(field.form, &text)?;
        // An address has two forms; people are told the one that the document has.
        let text = value.as_str().filter(|_| field.form == GenesisForm::Address).unwrap_or(&text);
        told = told.replace(&format!("{{{}}}", field.name), &shown(field, text));
        put(&mut entry, field.pointer, value);
    }
    Ok((entry, told))
}

/// An entry of the list of this name, such as `account`, with the place of the list.
fn entry_of(name: &str, given: &[(&str, String)]) -> Result<(List, Value), String> {
    let found = lists(&MODULES).find(|(_, list)| list.entry == name);
    let (place, list) = found.ok_or_else(|| format!("no module of this chain has a list of {name}s"))?;
    let of = |field: &str| given.iter().find(|(name, _)| *name == field).map(|(_, text)| text.clone());
    let (entry, _) = entry(list, of, || Err("no node, so no key of its own".to_owned()))?;
    Ok((place, entry))
}

fn nlol(amount: Amount) -> String {
    format!("{}nlol", amount.base_units())
}

/// Gives an account LOL.
pub fn add_account(builder: &mut Builder, address: Address, balance: Amount) -> Result<(), String> {
    let given = [("address", address.to_string()), ("amount", nlol(balance))];
    let (place, entry) = entry_of("account", &given)?;
    builder.add_entry(&place, entry).map_err(|error| error.to_string())
}

/// A validator as networks of development have it: the usual commission, a name and nothing more to tell. Its
/// self-bond comes out of its operator's LOL.
pub fn plain_validator(
    operator: Address,
    key: [u8; 32],
    name: &str,
    self_bond: Amount,
) -> Result<(List, Value), String> {
    let given = [
        ("operator", operator.to_string()),
        ("key", BASE64.encode(key)),
        ("name", name.to_owned()),
        ("self-bond", nlol(self_bond)),
    ];
    entry_of("validator", &given)
}

/// Adds [`plain_validator`].
pub fn add_validator(
    builder: &mut Builder,
    operator: Address,
    key: [u8; 32],
    name: &str,
    self_bond: Amount,
) -> Result<(), String> {
    let (place, entry) = plain_validator(operator, key, name, self_bond)?;
    builder.add_entry(&place, entry).map_err(|error| error.to_string())
}

/// Refuses a document by what each section shows, with a pointer into the document.
pub fn judge(registry: &Registry, document: &Document) -> Result<(), (String, String)> {
    let state = Value::Object(document.app_state.clone());
    let within =
        |error: chortle_kernel::GenesisError| (format!("/app_state{}", error.pointer), error.sentence);
    sections::validate(registry, &state).map_err(within)?;
    let Some((section, age)) = sections::evidence_age(registry, &state).map_err(within)? else {
        return Ok(());
    };
    if !document.validators.is_empty() {
        let sentence = format!("the section {section} names the validators: leave this list empty");
        return Err(("/validators".to_owned(), sentence));
    }
    let evidence = &document.consensus_params.evidence;
    let wanted = [
        ("max_age_duration", evidence.max_age_duration.0, age.ms.saturating_mul(NS_PER_MS)),
        ("max_age_num_blocks", evidence.max_age_num_blocks.0, age.blocks),
    ];
    match wanted.into_iter().find(|(_, found, wanted)| found != wanted) {
        Some((field, found, wanted)) => Err((
            format!("/consensus_params/evidence/{field}"),
            format!("{found} does not fit the unbonding time of the section {section}: write \"{wanted}\""),
        )),
        None => Ok(()),
    }
}

/// Refuses a document by what its sections show only together: the whole of genesis is run and thrown away.
pub fn rehearse(registry: &'static Registry, document: &Document) -> Result<(), (String, String)> {
    judge(registry, document)?;
    sections::Start::of(document, |start| sections::rehearse(registry, start))
        .map_err(|error| ("/genesis_time".to_owned(), error.to_string()))?
        .map_err(|error| (format!("/app_state{}", error.pointer), error.sentence))
}

/// How many validators a document names, in the engine's own list and in its sections.
pub fn validator_count(registry: &Registry, document: &Document) -> usize {
    let state = Value::Object(document.app_state.clone());
    // A document that does not hold is refused elsewhere, with its line.
    document.validators.len() + sections::validators(registry, &state).unwrap_or(0)
}

/// Sets the engine's limits of evidence to what the sections say.
pub fn fit_evidence(builder: &mut Builder) -> Result<(), String> {
    let state = Value::Object(builder.clone().build().app_state);
    if let Some((_, age)) = sections::evidence_age(&MODULES, &state).map_err(|error| error.to_string())? {
        builder.set_evidence_age(age.ms.saturating_mul(NS_PER_MS), age.blocks);
    }
    Ok(())
}
