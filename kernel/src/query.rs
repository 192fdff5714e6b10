//! Reads over a committed view: one function for REST, command line and explorer.

use std::{borrow::Cow, fmt};

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, de, de::DeserializeOwned};
use serde_json::Value;

use crate::{Halt, ReadState, StateKey};

/// Most items on a page.
pub const PAGE_LIMIT_MAX: u32 = 100;
/// Items on a page when nothing is said.
pub const PAGE_LIMIT_DEFAULT: u32 = 50;

/// Why a read has no answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum QueryError {
    /// There is no such thing.
    NotFound(String),
    /// An argument is out of range.
    Argument(String),
    /// Our fault.
    Halt(Halt),
}

impl From<Halt> for QueryError {
    fn from(halt: Halt) -> Self {
        Self::Halt(halt)
    }
}

impl fmt::Display for QueryError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotFound(sentence) | Self::Argument(sentence) => f.write_str(sentence),
            Self::Halt(halt) => halt.fmt(f),
        }
    }
}

/// What a read sees.
#[derive(Clone, Copy)]
pub struct View<'a> {
    /// The committed state.
    pub state: &'a dyn ReadState,
    /// Height of that state.
    pub height: u64,
    /// Time of that block, in milliseconds since 1970.
    pub time_unix_ms: u64,
    /// Epoch of that block.
    pub epoch: u64,
}

/// A read with its arguments.
pub trait Query: DeserializeOwned + JsonSchema {
    /// Name within the module, for the command line: `query <module> <name>`.
    const NAME: &'static str;
    /// Path under `/v1/`, with arguments in braces: `tokens/{asset}`. Other arguments come after `?`.
    const PATH: &'static str;
    /// What it answers.
    type Answer: Serialize + JsonSchema;

    /// Reads.
    fn run(&self, view: View<'_>) -> Result<Self::Answer, QueryError>;
}

/// A kind of read, as a module lists it.
#[derive(Clone, Copy)]
pub struct QueryKind {
    /// Name within the module.
    pub name: &'static str,
    /// Path under `/v1/`.
    pub path: &'static str,
    /// Runs it with JSON arguments.
    pub run: fn(Value, View<'_>) -> Result<Value, QueryError>,
    /// Schema of the arguments; its description is the query's documentation.
    pub args_schema: fn(&mut SchemaGenerator) -> Schema,
    /// Schema of the answer.
    pub answer_schema: fn(&mut SchemaGenerator) -> Schema,
}

impl QueryKind {
    /// The list's entry for a query type.
    pub const fn of<Q: Query>() -> Self {
        Self {
            name: Q::NAME,
            path: Q::PATH,
            run: |args, view| {
                let query: Q =
                    serde_json::from_value(args).map_err(|error| QueryError::Argument(error.to_string()))?;
                serde_json::to_value(query.run(view)?)
                    .map_err(|error| QueryError::Halt(Halt::new(error.to_string())))
            },
            args_schema: Q::json_schema,
            answer_schema: |generator| generator.subschema_for::<Q::Answer>(),
        }
    }
}

/// An opaque position in a list: the last key of the page before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cursor(Vec<u8>);

impl Cursor {
    /// The position of a key.
    pub fn at(key: &impl StateKey) -> Self {
        let mut bytes = Vec::new();
        key.write(&mut bytes);
        Self(bytes)
    }

    /// The key, or an error if the cursor was made up.
    pub fn key<K: StateKey>(&self) -> Result<K, QueryError> {
        let mut rest = self.0.as_slice();
        K::read(&mut rest)
            .filter(|_| rest.is_empty())
            .ok_or_else(|| QueryError::Argument("the cursor is not one of this list's".to_owned()))
    }
}

impl Serialize for Cursor {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&hex::encode(&self.0))
    }
}

impl<'de> Deserialize<'de> for Cursor {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <Cow<'de, str> as Deserialize<'de>>::deserialize(deserializer)?;
        hex::decode(text.as_ref())
            .map(Self)
            .map_err(|_| de::Error::custom("the cursor is not one of this list's"))
    }
}

impl JsonSchema for Cursor {
    fn schema_name() -> Cow<'static, str> {
        "Cursor".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "description": "`next` of the page before", "pattern": "^([0-9a-f]{2})*$" })
    }
}

/// How a list is paged; every list query flattens these into its own arguments.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
pub struct PageArgs {
    /// Most items to return: 1 to 100, 50 if absent.
    pub limit: Option<u32>,
    /// Where to go on: `next` of the page before.
    pub cursor: Option<Cursor>,
}

impl PageArgs {
    /// The limit, or an error above the cap: never a silent truncation.
    pub fn limit(&self) -> Result<usize, QueryError> {
        let limit = self.limit.unwrap_or(PAGE_LIMIT_DEFAULT);
        match usize::try_from(limit) {
            Ok(size) if (1..=PAGE_LIMIT_MAX).contains(&limit) => Ok(size),
            _ => Err(QueryError::Argument(format!("limit {limit} is not between 1 and {PAGE_LIMIT_MAX}"))),
        }
    }

    /// The key to go on after, if this is not the first page.
    pub fn after<K: StateKey>(&self) -> Result<Option<K>, QueryError> {
        self.cursor.as_ref().map(Cursor::key).transpose()
    }
}

/// One page of a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(rename = "PageOf{T}")]
pub struct Page<T> {
    /// The items, in order.
    pub items: Vec<T>,
    /// Where the next page begins; null on the last.
    pub next: Option<Cursor>,
}

impl<T> Page<T> {
    /// Takes one page from rows that begin after the cursor.
    pub fn collect<K: StateKey, V>(
        rows: impl Iterator<Item = Result<(K, V), Halt>>,
        limit: usize,
        mut show: impl FnMut(&K, V) -> Result<T, QueryError>,
    ) -> Result<Self, QueryError> {
        let mut items = Vec::new();
        let mut last = None;
        for row in rows {
            if items.len() == limit {
                return Ok(Self { items, next: last });
            }
            let (key, value) = row?;
            items.push(show(&key, value)?);
            last = Some(Cursor::at(&key));
        }
        Ok(Self { items, next: None })
    }
}
