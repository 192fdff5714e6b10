//! Parameters: one validated, typed path to read and to set those of every module and of the engine.

use borsh::{BorshDeserialize, BorshSerialize};
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::{Map, Value};

use crate::{
    Ctx, Failure, GenesisError, Halt, Item, ReadState, Reject,
    effects::Changed,
    gate::{Class, Error},
};

/// A set of parameters that governance can change.
pub trait Params:
    BorshSerialize + BorshDeserialize + Serialize + DeserializeOwned + JsonSchema + PartialEq + Sized + 'static
{
    /// `module/name`, such as `staking/params`: what a change names.
    const PATH: &'static str;
    /// Where they are kept.
    const ITEM: Item<Self>;
    /// What changing them weighs in governance.
    const CLASS: Class = Class::Params;

    /// Refuses values that the module could not work with; the pointer names the field.
    fn validate(&self) -> Result<(), GenesisError>;

    /// What must follow from a change, in the same block. Refuses a change that the state does not allow.
    fn changed(&self, _old: &Self, _ctx: &mut Ctx<'_>) -> Result<(), Failure> {
        Ok(())
    }
}

/// A number's name, the number, and the least and the most that it may be.
pub type Bound = (&'static str, u64, (u64, u64));

/// Refuses the first number that is out of its bounds; the pointer names it.
pub fn ensure_within(bounds: &[Bound]) -> Result<(), GenesisError> {
    match bounds.iter().find(|(_, value, (min, max))| value < min || value > max) {
        Some((name, value, (min, max))) => {
            let sentence = format!("{value} is not within {min} and {max}");
            Err(GenesisError::at(format!("/{name}"), sentence))
        }
        None => Ok(()),
    }
}

/// Whether new values would be taken, and what they would change.
pub type Rehearse = fn(&dyn ReadState, &Map<String, Value>) -> Result<Vec<Changed>, Failure>;
/// Takes new values, and says what changed.
pub type Set = fn(&mut Ctx<'_>, &Map<String, Value>) -> Result<Vec<Changed>, Failure>;

/// A set of parameters, as a module lists it.
#[derive(Clone, Copy)]
pub struct ParamsKind {
    /// [`Params::PATH`].
    pub path: &'static str,
    /// [`Params::CLASS`].
    pub class: Class,
    /// Those in force; none on a chain that does without the module.
    pub get: fn(&dyn ReadState) -> Result<Option<Value>, Halt>,
    /// Whether new values of some fields would be taken: what a proposal is checked by when it is made.
    pub rehearse: Rehearse,
    /// Sets new values of some fields, or none of them. Answers what changed, by name.
    pub set: Set,
    /// The JSON form's schema.
    pub schema: fn(&mut SchemaGenerator) -> Schema,
}

impl ParamsKind {
    /// The list's entry for a set of parameters.
    pub const fn of<P: Params>() -> Self {
        Self {
            path: P::PATH,
            class: P::CLASS,
            get: |state| P::ITEM.get(state)?.as_ref().map(to_json).transpose(),
            rehearse: |state, fields| {
                let Merged { old, new } = merged::<P>(state, fields)?;
                Ok(changes(&old, &new)?)
            },
            set: |ctx, fields| {
                let Merged { old, new } = merged::<P>(ctx.state, fields)?;
                let changed = replace(ctx, &old, &new)?;
                new.changed(&old, ctx)?;
                Ok(changed)
            },
            schema: |generator| generator.subschema_for::<P>(),
        }
    }
}

/// Writes values of a set and notes what changed, which it answers. What follows from the change is the caller's: a set
/// that follows from another is written like this, and so has a history too.
pub fn replace<P: Params>(ctx: &mut Ctx<'_>, old: &P, new: &P) -> Result<Vec<Changed>, Halt> {
    let changed = changes(old, new)?;
    P::ITEM.set(ctx.state, new);
    ctx.note_params(P::PATH, &changed);
    Ok(changed)
}

fn changes<P: Params>(old: &P, new: &P) -> Result<Vec<Changed>, Halt> {
    let (old, new) = (to_json(old)?, to_json(new)?);
    let before = |name: &String| old.get(name).unwrap_or(&Value::Null);
    let changed = new.as_object().into_iter().flatten().filter(|(name, value)| before(name) != *value);
    let one = |(name, value): (&String, &Value)| {
        let (old, new) = (before(name).to_string(), value.to_string());
        Changed { name: name.clone(), old, new }
    };
    Ok(changed.map(one).collect())
}

struct Merged<P> {
    old: P,
    new: P,
}

fn to_json<P: Params>(params: &P) -> Result<Value, Halt> {
    serde_json::to_value(params).map_err(|error| Halt::new(format!("{}: {error}", P::PATH)))
}

fn merged<P: Params>(state: &dyn ReadState, fields: &Map<String, Value>) -> Result<Merged<P>, Failure> {
    let refused = |reason: String| Reject::from(Error::ParamsRefused { path: P::PATH.to_owned(), reason });
    let none = || Reject::from(Error::NoParams { path: P::PATH.to_owned() });
    let old = P::ITEM.get(state)?.ok_or_else(none)?;
    let mut wanted = to_json(&old)?;
    for (name, value) in fields {
        let slot = wanted.get_mut(name).ok_or_else(|| refused(format!("there is no parameter '{name}'")))?;
        *slot = value.clone();
    }
    let new: P = serde_json::from_value(wanted).map_err(|error| refused(error.to_string()))?;
    new.validate().map_err(|error| refused(error.to_string()))?;
    crate::bounds::ensure(&new).map_err(refused)?;
    Ok(Merged { old, new })
}
