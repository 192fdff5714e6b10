//! How the fields of a message are shown, read off its schema once: which texts are the chain's own words, and of
//! what an amount is.
//!
//! An amount is of the asset that stands beside or above it, unless its schema, or that of a field around it, says
//! otherwise by `x-unit`: `nlol`; `created`, of the asset that the message creates; `base`, of an asset that the
//! message does not name; or the path of the field that names it, such as `coin.asset`.

use std::collections::BTreeMap;

use schemars::{Schema, SchemaGenerator, generate::SchemaSettings};
use serde_json::Value;

/// The extension of the schema that says of what an amount is.
pub const UNIT: &str = "x-unit";

/// How a text of a message is shown. A text that has no such entry is a user's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Show {
    /// A word of the chain: an address, bytes, a choice.
    Word,
    /// An asset: its number, which may come with its symbol.
    AssetName,
    /// An amount of the asset that stands beside or above.
    Beside,
    /// An amount of LOL.
    Native,
    /// An amount of the asset that the message creates.
    Created,
    /// An amount of an asset that the message does not name.
    Base,
    /// An amount of the asset at this path.
    Asset(String),
    /// New values of parameters by name, as JSON; the set stands beside it as `path`.
    Changes,
}

/// How all texts of a message are shown, by path.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Shows(BTreeMap<String, Show>);

impl Shows {
    /// Of the message with this schema.
    pub fn of_schema(schema: fn(&mut SchemaGenerator) -> Schema) -> Self {
        let settings = SchemaSettings::draft2020_12().with(|settings| settings.inline_subschemas = true);
        let mut shows = Self::default();
        shows.read("", &schema(&mut settings.into_generator()).to_value(), None);
        shows
    }

    /// How the text at a path is shown; items of lists are `[]`.
    pub fn of(&self, path: &str) -> Option<&Show> {
        self.0.get(path)
    }

    /// Every path with how it is shown.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Show)> {
        self.0.iter().map(|(path, show)| (path.as_str(), show))
    }

    /// Whether at this path is an asset with an amount of it, which are shown as one.
    pub fn is_coin(&self, path: &str) -> bool {
        let dot = if path.is_empty() { "" } else { "." };
        let below = format!("{path}{dot}");
        let mut fields = self.0.iter().filter_map(|(path, show)| Some((path.strip_prefix(&below)?, show)));
        fields.next() == Some(("amount", &Show::Beside))
            && fields.next() == Some(("asset", &Show::AssetName))
            && fields.next().is_none()
            && !path.is_empty()
    }

    /// The texts of a value of this schema that name assets.
    pub fn assets<'v>(&self, value: &'v Value) -> Vec<&'v str> {
        let mut found = Vec::new();
        self.find_assets("", value, &mut found);
        found
    }

    fn find_assets<'v>(&self, path: &str, value: &'v Value, found: &mut Vec<&'v str>) {
        let dot = if path.is_empty() { "" } else { "." };
        match value {
            Value::String(text) if self.of(path) == Some(&Show::AssetName) => found.push(text),
            Value::Array(items) => {
                let path = format!("{path}[]");
                items.iter().for_each(|item| self.find_assets(&path, item, found));
            }
            Value::Object(fields) => {
                let field = |(name, field)| self.find_assets(&format!("{path}{dot}{name}"), field, found);
                fields.iter().for_each(field);
            }
            _ => {}
        }
    }

    fn read(&mut self, path: &str, schema: &Value, unit: Option<&str>) {
        let unit = schema.get(UNIT).and_then(Value::as_str).or(unit);
        if let Some(show) = show(schema, unit) {
            self.0.insert(path.to_owned(), show);
            return;
        }
        for several in ["anyOf", "oneOf", "allOf"] {
            for part in schema.get(several).and_then(Value::as_array).into_iter().flatten() {
                self.read(path, part, unit);
            }
        }
        let dot = if path.is_empty() { "" } else { "." };
        for (name, field) in schema.get("properties").and_then(Value::as_object).into_iter().flatten() {
            self.read(&format!("{path}{dot}{name}"), field, unit);
        }
        if let Some(items) = schema.get("items") {
            self.read(&format!("{path}[]"), items, unit);
        }
    }
}

fn show(schema: &Value, unit: Option<&str>) -> Option<Show> {
    match schema.get("format").and_then(Value::as_str) {
        Some("amount") => return Some(unit.map_or(Show::Beside, unit_show)),
        Some("asset") => return Some(Show::AssetName),
        Some("address" | "hex") => return Some(Show::Word),
        Some("changes") => return Some(Show::Changes),
        _ => {}
    }
    let is_choice = schema.get("enum").is_some() || schema.get("const").is_some();
    is_choice.then_some(Show::Word)
}

fn unit_show(unit: &str) -> Show {
    match unit {
        "nlol" => Show::Native,
        "created" => Show::Created,
        "base" => Show::Base,
        path => Show::Asset(path.to_owned()),
    }
}
