//! Typed events: what changed, told once. Consensus code never reads them back.

use borsh::{BorshDeserialize, BorshSerialize};
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::Serialize;
use serde_json::Value;

use crate::codec;

/// Something that happened.
pub trait Event: BorshSerialize + BorshDeserialize + Serialize + JsonSchema {
    /// `module.past_participle`, such as `token.transferred`.
    const KIND: &'static str;
}

/// An event as block results keep it: its kind and its encoding.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct EventRecord {
    /// The kind, as in [`Event::KIND`].
    pub kind: String,
    /// The event's canonical encoding.
    pub body: Vec<u8>,
}

impl EventRecord {
    /// Records an event.
    pub fn of<E: Event>(event: &E) -> Self {
        Self { kind: E::KIND.to_owned(), body: codec::encode(event) }
    }
}

/// A kind of event, as the catalogue lists it.
#[derive(Clone, Copy)]
pub struct EventKind {
    /// `module.past_participle`.
    pub kind: &'static str,
    /// Shows an encoded event as JSON; `None` if the bytes are not of this kind.
    pub to_json: fn(&[u8]) -> Option<Value>,
    /// The JSON's schema.
    pub schema: fn(&mut SchemaGenerator) -> Schema,
}

impl EventKind {
    /// The catalogue's entry for an event type.
    pub const fn of<E: Event>() -> Self {
        Self {
            kind: E::KIND,
            to_json: |bytes| E::try_from_slice(bytes).ok().and_then(|event| serde_json::to_value(event).ok()),
            schema: |generator| generator.subschema_for::<E>(),
        }
    }
}
