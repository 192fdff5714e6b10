//! What a transaction can ask for: one type per request, with its whole life in one file.

use borsh::{BorshDeserialize, BorshSerialize};
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;

use crate::{
    AssetId, Failure, Reject, codec,
    ctx::{AnyMessage, Carried, Ctx, Router},
    gate::{Authority, Class, Reach},
};

/// A request that a transaction carries.
///
/// `check` sees the body alone; `execute` reads, ensures, writes and emits, in that order, under a savepoint.
pub trait Message:
    BorshSerialize + BorshDeserialize + Serialize + DeserializeOwned + JsonSchema + Send + Sync + 'static
{
    /// Number within the module; never reused.
    const TAG: u8;
    /// A verb, in snake case: the command line's and REST's name for it.
    const NAME: &'static str;
    /// Who may send it.
    const AUTHORITY: Authority = Authority::Signer;
    /// Whether a pause of its module or kind stops it. What ends pauses cannot be paused.
    const PAUSABLE: bool = true;
    /// What it can take from the account that it runs for. What says nothing is never sent for another.
    const REACH: Reach = Reach::Whole;

    /// One body of each shape that readers should see: golden files, documents and tests of every way in iterate them.
    fn examples() -> Vec<Self>;

    /// Refuses a body that no state could make valid.
    fn check(&self) -> Result<(), Reject>;

    /// Gas that the message costs, known before it runs. One gas is about one nanosecond of one core.
    fn gas(&self) -> u64;

    /// Messages that it carries inside.
    fn carried(&self) -> Carried<'_> {
        Carried::Nothing
    }

    /// Assets whose units it would move; the ante refuses it while one is paused.
    fn assets(&self) -> Vec<AssetId> {
        Vec::new()
    }

    /// What it weighs when governance sends it. What says nothing waits longest.
    fn class(&self, _router: &dyn Router) -> Class {
        Class::Act
    }

    /// The asset whose holders may send it by a proposal of theirs, whatever its authority. What says nothing they
    /// cannot send.
    fn community(&self) -> Option<AssetId> {
        None
    }

    /// Does it.
    fn execute(&self, ctx: &mut Ctx<'_>) -> Result<(), Failure>;
}

impl<T: Message> AnyMessage for T {
    fn check(&self) -> Result<(), Reject> {
        Message::check(self)
    }

    fn gas(&self) -> u64 {
        Message::gas(self)
    }

    fn carried(&self) -> Carried<'_> {
        Message::carried(self)
    }

    fn assets(&self) -> Vec<AssetId> {
        Message::assets(self)
    }

    fn class(&self, router: &dyn Router) -> Class {
        Message::class(self, router)
    }

    fn community(&self) -> Option<AssetId> {
        Message::community(self)
    }

    fn execute(&self, ctx: &mut Ctx<'_>) -> Result<(), Failure> {
        Message::execute(self, ctx)
    }

    fn to_json(&self) -> Value {
        serde_json::to_value(self).unwrap_or(Value::Null)
    }
}

/// An example from the JSON form that people write; none if it is no such message, which a test of the list would find.
pub fn example<T: DeserializeOwned>(json: &str) -> Vec<T> {
    serde_json::from_str(json).into_iter().collect()
}

/// Decodes the body of one type of message.
pub type Decode = fn(&[u8]) -> Result<Box<dyn AnyMessage>, String>;

/// A type of message, as a module lists it.
#[derive(Clone, Copy)]
pub struct MessageKind {
    /// Number within the module.
    pub tag: u8,
    /// A verb, in snake case.
    pub name: &'static str,
    /// Who may send it.
    pub authority: Authority,
    /// Whether it can be paused.
    pub pausable: bool,
    /// What it can take from the account that it runs for.
    pub reach: Reach,
    /// [`Message::examples`], encoded.
    pub examples: fn() -> Vec<Vec<u8>>,
    /// Decodes a body: exact length, canonical, no number that others could not read, never panics.
    pub decode: Decode,
    /// Encodes a body from its JSON form.
    pub from_json: fn(Value) -> Result<Vec<u8>, String>,
    /// The JSON form's schema; its description is the type's documentation.
    pub schema: fn(&mut SchemaGenerator) -> Schema,
}

impl MessageKind {
    /// The list's entry for a message type.
    pub const fn of<T: Message>() -> Self {
        Self {
            tag: T::TAG,
            name: T::NAME,
            authority: T::AUTHORITY,
            pausable: T::PAUSABLE,
            reach: T::REACH,
            examples: || T::examples().iter().map(codec::encode).collect(),
            decode: |bytes| {
                let message = codec::decode::<T>(bytes)?;
                crate::bounds::ensure(&message)?;
                Ok(Box::new(message))
            },
            from_json: |value| {
                let message: T = serde_json::from_value(value).map_err(|error| error.to_string())?;
                crate::bounds::ensure(&message)?;
                Ok(codec::encode(&message))
            },
            schema: T::json_schema,
        }
    }
}
