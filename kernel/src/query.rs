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

/// An opaque position in a list: the height whose state the pages are of, and the last key of the page before. All
/// pages of a walk are of one state, however far the chain goes on meanwhile.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cursor {
    height: u64,
    key: Vec<u8>,
}

impl Cursor {
    /// The position of a key in the state of a height.
    pub fn at(height: u64, key: &impl StateKey) -> Self {
        let mut bytes = Vec::new();
        key.write(&mut bytes);
        Self { height, key: bytes }
    }

    /// The height that the arguments of a read go on at, if they have a cursor: whoever reads opens that state.
    pub fn height_in(args: &Value) -> Option<u64> {
        Self::parse(args.get("cursor")?.as_str()?).map(|cursor| cursor.height)
    }

    fn parse(text: &str) -> Option<Self> {
        let (height, key) = text.split_once('.')?;
        let canonical = height.bytes().all(|byte| byte.is_ascii_digit());
        Some(Self { height: height.parse().ok().filter(|_| canonical)?, key: hex::decode(key).ok()? })
    }

    /// The key, or an error if the cursor was made up or is of another state.
    fn key<K: StateKey>(&self, view: View<'_>) -> Result<K, QueryError> {
        if self.height != view.height {
            let height = self.height;
            return Err(QueryError::Argument(format!(
                "the cursor goes on in the state of height {height}: leave out 'height', or give {height}"
            )));
        }
        let mut rest = self.key.as_slice();
        K::read(&mut rest)
            .filter(|_| rest.is_empty())
            .ok_or_else(|| QueryError::Argument("the cursor is not one of this list's".to_owned()))
    }
}

impl Serialize for Cursor {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&format_args!("{}.{}", self.height, hex::encode(&self.key)))
    }
}

impl<'de> Deserialize<'de> for Cursor {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <Cow<'de, str> as Deserialize<'de>>::deserialize(deserializer)?;
        Self::parse(&text).ok_or_else(|| de::Error::custom("the cursor is not one of this list's"))
    }
}

impl JsonSchema for Cursor {
    fn schema_name() -> Cow<'static, str> {
        "Cursor".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "description": "`next` of the page before. It names the height whose state all pages of a walk are of",
            "pattern": "^[0-9]{1,20}\\.([0-9a-f]{2})*$",
        })
    }
}

/// How a list is paged; every list query flattens these into its own arguments.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
pub struct PageArgs {
    /// Most items to return: 1 to 100, 50 if absent.
    pub limit: Option<u32>,
    /// Where to go on: `next` of the page before, in the same state.
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
    pub fn after<K: StateKey>(&self, view: View<'_>) -> Result<Option<K>, QueryError> {
        self.cursor.as_ref().map(|cursor| cursor.key(view)).transpose()
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
        view: View<'_>,
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
            last = Some(Cursor::at(view.height, &key));
        }
        Ok(Self { items, next: None })
    }
}
