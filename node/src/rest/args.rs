//! Arguments of a query: text from the path and the query string, made JSON by the schema of the arguments.

use std::collections::BTreeMap;

use axum::http::StatusCode;
use serde_json::{Map, Number, Value};

use super::problem::{Error, Outcome, Problem};

/// The arguments that a query takes, with the JSON types of each.
#[derive(Clone, Debug, Default)]
pub struct Arguments {
    types: BTreeMap<String, Vec<String>>,
}

impl Arguments {
    /// Reads them off a schema whose references are in `definitions`.
    pub fn of(schema: &Value, definitions: &Map<String, Value>) -> Self {
        let mut types = BTreeMap::new();
        collect(schema, definitions, &mut types, 0);
        Self { types }
    }

    /// Makes JSON of the texts; an argument that is unknown or stands twice is refused.
    pub fn coerce(&self, texts: impl IntoIterator<Item = (String, String)>) -> Outcome<Value> {
        let mut args = Map::new();
        for (name, text) in texts {
            let Some(types) = self.types.get(&name) else {
                return Err(self.unknown(name));
            };
            if args.contains_key(&name) {
                return Err(Problem::argument(format!("'{name}' stands twice")));
            }
            let value = coerce_one(&name, text, types)?;
            args.insert(name, value);
        }
        Ok(Value::Object(args))
    }

    fn unknown(&self, name: String) -> Problem {
        let known: Vec<_> = self.types.keys().map(String::as_str).chain(["height", "prove"]).collect();
        Problem::new(StatusCode::BAD_REQUEST, Error::UnknownArgument { name })
            .hint(format!("the arguments here are: {}", known.join(", ")))
    }
}

/// No schema of ours nests deeper; a circle would otherwise never end.
const DEPTH_MAX: usize = 8;

fn collect(
    schema: &Value,
    definitions: &Map<String, Value>,
    types: &mut BTreeMap<String, Vec<String>>,
    depth: usize,
) {
    if depth > DEPTH_MAX {
        return;
    }
    if let Some(target) = resolve(schema, definitions) {
        collect(target, definitions, types, depth + 1);
    }
    for part in schema.get("allOf").and_then(Value::as_array).into_iter().flatten() {
        collect(part, definitions, types, depth + 1);
    }
    for (name, property) in schema.get("properties").and_then(Value::as_object).into_iter().flatten() {
        let mut found = Vec::new();
        types_of(property, definitions, &mut found, 0);
        types.insert(name.clone(), found);
    }
}

fn resolve<'a>(schema: &Value, definitions: &'a Map<String, Value>) -> Option<&'a Value> {
    let name = schema.get("$ref")?.as_str()?.rsplit('/').next()?;
    definitions.get(name)
}

fn types_of(schema: &Value, definitions: &Map<String, Value>, found: &mut Vec<String>, depth: usize) {
    if depth > DEPTH_MAX {
        return;
    }
    match schema.get("type") {
        Some(Value::String(name)) => found.push(name.clone()),
        Some(Value::Array(names)) => {
            found.extend(names.iter().filter_map(Value::as_str).map(str::to_owned));
        }
        _ => {}
    }
    if schema.get("enum").is_some() || schema.get("const").is_some() {
        found.push("string".to_owned());
    }
    if let Some(target) = resolve(schema, definitions) {
        types_of(target, definitions, found, depth + 1);
    }
    for choice in ["anyOf", "oneOf", "allOf"] {
        for part in schema.get(choice).and_then(Value::as_array).into_iter().flatten() {
            types_of(part, definitions, found, depth + 1);
        }
    }
}

fn coerce_one(name: &str, text: String, types: &[String]) -> Outcome<Value> {
    let takes = |wanted: &str| types.iter().any(|found| found == wanted);
    if takes("string") || types.is_empty() {
        return Ok(Value::String(text));
    }
    if takes("integer") || takes("number") {
        let canonical = text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-');
        let number = text.parse::<i128>().ok().filter(|_| canonical).and_then(Number::from_i128);
        return number
            .map(Value::Number)
            .ok_or_else(|| Problem::argument(format!("'{name}' is '{text}', which is no whole number")));
    }
    if takes("boolean") {
        return match text.as_str() {
            "true" => Ok(Value::Bool(true)),
            "false" => Ok(Value::Bool(false)),
            _ => Err(Problem::argument(format!("'{name}' is '{text}': write true or false"))),
        };
    }
    if takes("array") {
        return Ok(text.split(',').map(|part| Value::String(part.to_owned())).collect());
    }
    Err(Problem::argument(format!("'{name}' cannot be given in a URL")))
}

/// The pairs of a query string, decoded. A `+` is a space, as forms write it.
pub fn pairs(query: Option<&str>) -> Outcome<Vec<(String, String)>> {
    let query = query.unwrap_or_default();
    let digits = |part: &str| part.as_bytes().iter().take(2).filter(|byte| byte.is_ascii_hexdigit()).count();
    if query.split('%').skip(1).any(|part| digits(part) != 2) {
        return Err(Problem::malformed("a % in the query is not followed by two hexadecimal digits"));
    }
    let pairs: Vec<_> = form_urlencoded::parse(query.as_bytes()).into_owned().collect();
    // What is no UTF-8 comes out as this character, which no argument has.
    if pairs.iter().any(|(name, value)| [name, value].iter().any(|text| text.contains('\u{fffd}'))) {
        return Err(Problem::malformed("the query is not UTF-8"));
    }
    Ok(pairs)
}

/// Takes an argument of the server itself out of the pairs; twice is refused.
pub fn take(pairs: &mut Vec<(String, String)>, name: &str) -> Outcome<Option<String>> {
    let mut found = None;
    while let Some(at) = pairs.iter().position(|(candidate, _)| candidate == name) {
        if found.is_some() {
            return Err(Problem::argument(format!("'{name}' stands twice")));
        }
        found = Some(pairs.remove(at).1);
    }
    Ok(found)
}

/// Refuses what is left.
pub fn none_left(pairs: &[(String, String)]) -> Outcome<()> {
    match pairs.first() {
        None => Ok(()),
        Some((name, _)) => {
            Err(Problem::new(StatusCode::BAD_REQUEST, Error::UnknownArgument { name: name.clone() }))
        }
    }
}

/// A height, or any other whole number.
pub fn number(name: &str, text: &str) -> Outcome<u64> {
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse()
        .ok()
        .filter(|_| digits)
        .ok_or_else(|| Problem::argument(format!("'{name}' is '{text}', which is no whole number")))
}

/// A switch.
pub fn switch(name: &str, text: Option<String>) -> Outcome<bool> {
    match text.as_deref() {
        None | Some("false") => Ok(false),
        Some("true" | "") => Ok(true),
        Some(text) => Err(Problem::argument(format!("'{name}' is '{text}': write true or false"))),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn texts_become_what_the_schema_says() {
        let definitions = json!({ "Cursor": { "type": "string" }, "Page": {
            "properties": { "limit": { "type": ["integer", "null"] }, "cursor": { "anyOf": [{ "$ref": "#/x/Cursor" }, { "type": "null" }] } }
        } });
        let schema = json!({ "allOf": [{ "$ref": "#/components/schemas/Page" }], "properties": { "all": { "type": "boolean" } } });
        let args = Arguments::of(&schema, definitions.as_object().unwrap());
        let given = [("limit", "7"), ("cursor", "00"), ("all", "true")];
        let given = given.map(|(name, text)| (name.to_owned(), text.to_owned()));
        assert_eq!(args.coerce(given).unwrap(), json!({ "limit": 7, "cursor": "00", "all": true }));
        for (name, text) in [("limit", "1.5"), ("limit", "+1"), ("all", "yes"), ("other", "1")] {
            assert!(args.coerce([(name.to_owned(), text.to_owned())]).is_err(), "{name}={text}");
        }
    }

    #[test]
    fn a_query_string_is_decoded_or_refused() {
        assert_eq!(
            pairs(Some("a=DOGE%2317&b&c=1+2")).unwrap(),
            [("a", "DOGE#17"), ("b", ""), ("c", "1 2")].map(|(a, b)| (a.to_owned(), b.to_owned()))
        );
        for bad in ["a=%", "a=%1", "a=%zz", "a=%ff"] {
            assert!(pairs(Some(bad)).is_err(), "{bad}");
        }
    }
}
