//! Fields of messages and queries, read off the JSON schemas of their types: what the command line is made of.

use schemars::{Schema, SchemaGenerator, generate::SchemaSettings};
use serde_json::{Map, Value};

/// What a field holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Shape {
    /// An account.
    Address,
    /// Base units of an asset that stands beside it.
    Amount,
    /// The number of an asset.
    Asset,
    /// An asset and an amount of it.
    Coin,
    /// Bytes as `0x…`.
    Hex,
    /// Any text.
    Text,
    /// A whole number.
    Integer,
    /// True or false.
    Boolean,
    /// One of these words.
    Choice(Vec<String>),
    /// Fields of its own.
    Object(Vec<Field>),
    /// Any number of these.
    List(Box<Shape>),
    /// When something vests: evenly, or in steps; the fields of the even way.
    Schedule(Vec<Field>),
    /// Something that only JSON can say.
    Json,
}

/// A field with its documentation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Field {
    /// Its name in JSON.
    pub name: String,
    /// Its doc comment.
    pub help: String,
    /// Whether it must be there.
    pub required: bool,
    /// What it holds.
    pub shape: Shape,
}

/// A type's documentation and its fields: the required ones first, then by name.
pub fn describe(schema: fn(&mut SchemaGenerator) -> Schema) -> (String, Vec<Field>) {
    let value = whole(schema);
    (help(&value), fields(&value))
}

/// What a field of a type is when it is left away, where the type says so.
pub fn default_of(schema: fn(&mut SchemaGenerator) -> Schema, field: &str) -> Option<Value> {
    whole(schema).pointer(&format!("/properties/{field}/default")).cloned()
}

fn whole(schema: fn(&mut SchemaGenerator) -> Schema) -> Value {
    let settings = SchemaSettings::draft2020_12().with(|settings| settings.inline_subschemas = true);
    schema(&mut settings.into_generator()).to_value()
}

fn help(schema: &Value) -> String {
    schema.get("description").and_then(Value::as_str).unwrap_or_default().replace('\n', " ")
}

fn fields(schema: &Value) -> Vec<Field> {
    let empty = Map::new();
    let properties = schema.get("properties").and_then(Value::as_object).unwrap_or(&empty);
    let required: Vec<&str> = schema
        .get("required")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .collect();
    let mut fields: Vec<Field> = properties
        .iter()
        .map(|(name, property)| Field {
            name: name.clone(),
            help: help(property),
            required: required.contains(&name.as_str()),
            shape: shape(property),
        })
        .collect();
    fields.sort_by(|a, b| (!a.required, &a.name).cmp(&(!b.required, &b.name)));
    fields
}

fn shape(schema: &Value) -> Shape {
    let format = schema.get("format").and_then(Value::as_str).unwrap_or_default();
    match format {
        "address" => return Shape::Address,
        "amount" => return Shape::Amount,
        "asset" => return Shape::Asset,
        "hex" => return Shape::Hex,
        _ => {}
    }
    for several in ["anyOf", "oneOf"] {
        if let Some(parts) = schema.get(several).and_then(Value::as_array) {
            return one_of(parts);
        }
    }
    if let Some(words) = schema.get("enum").and_then(Value::as_array) {
        return words.iter().map(word).collect::<Option<_>>().map_or(Shape::Json, Shape::Choice);
    }
    match type_name(schema) {
        Some("string") => Shape::Text,
        Some("integer") => Shape::Integer,
        Some("boolean") => Shape::Boolean,
        Some("array") => Shape::List(Box::new(schema.get("items").map_or(Shape::Json, shape))),
        Some("object") => object(schema),
        _ => Shape::Json,
    }
}

/// An optional field is a choice with `null`; a documented enumeration is a choice of constants.
fn one_of(parts: &[Value]) -> Shape {
    let parts: Vec<&Value> = parts.iter().filter(|part| type_name(part) != Some("null")).collect();
    match parts.as_slice() {
        [only] => shape(only),
        many if schedule(many).is_some() => schedule(many).map_or(Shape::Json, Shape::Schedule),
        many => {
            let words: Option<Vec<Vec<String>>> = many.iter().map(|part| words_of(part)).collect();
            words.map_or(Shape::Json, |words| Shape::Choice(words.concat()))
        }
    }
}

/// A choice between what is `linear` and what goes by `steps`.
fn schedule(parts: &[&Value]) -> Option<Vec<Field>> {
    let of = |name: &str| parts.iter().find_map(|part| part.pointer(&format!("/properties/{name}")));
    of("steps")?;
    of("linear").map(fields).filter(|_| parts.len() == 2)
}

fn words_of(schema: &Value) -> Option<Vec<String>> {
    match (schema.get("const"), schema.get("enum").and_then(Value::as_array)) {
        (Some(constant), _) => Some(vec![word(constant)?]),
        (None, Some(words)) => words.iter().map(word).collect(),
        (None, None) => None,
    }
}

fn word(value: &Value) -> Option<String> {
    value.as_str().map(str::to_owned)
}

/// The type; of a type or null, the type.
fn type_name(schema: &Value) -> Option<&str> {
    match schema.get("type")? {
        Value::String(name) => Some(name),
        Value::Array(names) => names.iter().filter_map(Value::as_str).find(|name| *name != "null"),
        _ => None,
    }
}

fn object(schema: &Value) -> Shape {
    let fields = fields(schema);
    match fields.as_slice() {
        [a, b] if a.shape == Shape::Amount && b.shape == Shape::Asset => Shape::Coin,
        [] => Shape::Json,
        _ => Shape::Object(fields),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(name: &str) -> Vec<(String, Shape, bool)> {
        let (_, kind) = chortle_app::MODULES.tags("token", name).unwrap();
        let (help, fields) = describe(kind.schema);
        assert!(!help.is_empty(), "{name} has no documentation");
        fields.into_iter().map(|field| (field.name, field.shape, field.required)).collect()
    }

    #[test]
    fn a_transfer_is_an_address_and_a_coin() {
        let expected = [("coin".to_owned(), Shape::Coin, true), ("to".to_owned(), Shape::Address, true)];
        assert_eq!(message("transfer"), expected);
    }

    #[test]
    fn optional_and_nested_fields_keep_their_shape() {
        let fields = message("create_asset");
        let find = |name: &str| fields.iter().find(|field| field.0 == name).unwrap();
        assert_eq!(find("cap"), &("cap".to_owned(), Shape::Amount, false));
        let words = ["nobody", "admin"].map(str::to_owned).to_vec();
        assert_eq!(find("minter"), &("minter".to_owned(), Shape::Choice(words), false));
        assert!(matches!(&find("metadata").1, Shape::Object(fields) if fields.len() == 2));
        assert!(!find("metadata").2);
        assert_eq!(find("decimals").1, Shape::Integer);
    }

    #[test]
    fn every_message_and_query_of_the_catalogue_has_fields_with_help() {
        let messages =
            chortle_app::MODULES.modules().flat_map(|module| module.messages.iter().map(|kind| kind.schema));
        let queries =
            chortle_app::catalogue::queries(&chortle_app::MODULES).map(|(_, kind)| kind.args_schema);
        for schema in messages.chain(queries) {
            let (help, fields) = describe(schema);
            assert!(!help.is_empty());
            assert!(fields.iter().all(|field| !field.help.is_empty()), "{fields:?}");
        }
    }
}
