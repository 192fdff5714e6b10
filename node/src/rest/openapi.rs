//! `/openapi.json`: the routes of this server, out of the same lists that mount them.

use chortle_app::{MODULES, json::SAYS};
use chortle_kernel::{MessageKind, QueryKind, bounds, query::PAGE_LIMIT_MAX};
use schemars::{SchemaGenerator, generate::Contract};
use serde_json::{Map, Value, json};

use super::routes::{ROUTES, Route};
use super::{answers, build, build::BuildRequest, examples, queries};

/// Schemas of what callers send and of what they get: a field that a request may leave out, an answer has.
struct Schemas {
    sent: SchemaGenerator,
    got: SchemaGenerator,
}

impl Schemas {
    fn new() -> Self {
        Self { sent: queries::generator(Contract::Deserialize), got: queries::generator(Contract::Serialize) }
    }

    /// All that were named. What is sent as well as got has one schema, the one that lets fields be left out.
    fn all(mut self) -> Map<String, Value> {
        let mut all = self.got.take_definitions(true);
        all.extend(self.sent.take_definitions(true));
        all
    }
}

/// The document.
pub(super) fn make() -> Value {
    let mut schemas = Schemas::new();
    let mut paths = Map::new();
    let mut add = |path: &str, method: &str, operation: Value| {
        let entry = paths.entry(path.to_owned()).or_insert_with(|| json!({}));
        entry[method] = operation;
    };
    for route in ROUTES {
        add(route.path, route.method, fixed_operation(route, &mut schemas.sent));
    }
    for (path, module, kind) in queries::list() {
        add(&path, "get", query_operation(module, kind, &mut schemas));
    }
    let request = schemas.sent.subschema_for::<BuildRequest>().to_value();
    for module in MODULES.modules() {
        for kind in module.messages {
            let schema = (kind.schema)(&mut schemas.sent).to_value();
            let operation = build_operation(module.name, kind, &request, schema);
            add(&build::path(module.name, kind.name), "post", operation);
        }
    }
    let answers = answers::schemas(&mut schemas.got);
    let mut schemas = schemas.all();
    schemas.extend(answers);
    schemas.insert("Problem".to_owned(), problem_schema());
    schemas["RawMessage"]["properties"][SAYS] = answers::named("Message");
    let mut document = json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Chortle node",
            "version": env!("CARGO_PKG_VERSION"),
            "license": { "name": "MIT OR Apache-2.0", "identifier": "MIT OR Apache-2.0" },
            "description": "A read answers in the headers chortle-height, chortle-time-unix-ms and \
                chortle-app-hash which state it saw. Amounts are decimal strings of base units. Every error is a \
                problem (RFC 9457) whose code is listed at /v1/errors.",
        },
        "paths": paths,
        "components": { "schemas": schemas },
    });
    bound(&mut document, "");
    document
}

/// Says of every whole number how large it can be: none is beyond what JavaScript holds, and no time beyond a calendar.
fn bound(schema: &mut Value, field: &str) {
    match schema {
        Value::Array(parts) => parts.iter_mut().for_each(|part| bound(part, field)),
        Value::Object(words) => {
            let whole = match words.get("type") {
                Some(Value::String(name)) => name == "integer",
                Some(Value::Array(names)) => names.iter().any(|name| name == "integer"),
                _ => false,
            };
            if whole && !words.contains_key("maximum") {
                let narrow = words.get("format").is_some_and(|format| format == "uint32");
                let most = if narrow { u32::MAX.into() } else { bounds::most_of(field) };
                words.insert("maximum".to_owned(), most.into());
            }
            for (word, inner) in words.iter_mut() {
                match inner.as_object_mut().filter(|_| word == "properties") {
                    Some(fields) => fields.iter_mut().for_each(|(name, field)| bound(field, name)),
                    None if word == "examples" || word == "example" => {}
                    None => bound(inner, field),
                }
            }
        }
        _ => {}
    }
}

fn fixed_operation(route: &Route, generator: &mut SchemaGenerator) -> Value {
    let (mut inside, mut after) = (Vec::new(), Vec::new());
    for (name, description) in route.parameters {
        let place = if route.path.contains(&format!("{{{name}}}")) { "path" } else { "query" };
        let list = if place == "path" { &mut inside } else { &mut after };
        list.push(parameter(name, place, place == "path", type_of(name, place), description));
    }
    inside.append(&mut after);
    let mut operation = json!({
        "tags": [route.tag],
        "operationId": route.id,
        "summary": route.summary,
        "parameters": inside,
        "responses": responses(route.status, answers::of(route.id).unwrap_or_default(), route.answer_type),
    });
    if let Some(body) = route.body {
        let mut content = json!({ "application/json": { "schema": body(generator) } });
        if route.takes_bytes {
            content["application/octet-stream"] = json!({});
        }
        if let Some(example) = examples::of_body(route.id) {
            content["application/json"]["examples"] = json!({ (route.id): { "value": example } });
        }
        operation["requestBody"] = json!({ "required": true, "content": content });
    }
    operation
}

/// What a parameter of a fixed route is, by its name.
fn type_of(name: &str, place: &str) -> Value {
    match (name, place) {
        ("limit", _) => json!({ "type": "integer", "minimum": 1, "maximum": PAGE_LIMIT_MAX }),
        ("height", "query") => json!({ "type": "integer", "minimum": 0 }),
        ("height", _) => json!({ "type": "string", "pattern": "^(latest|[0-9]+)$" }),
        ("prove" | "preflight", _) => json!({ "type": "boolean" }),
        ("hash" | "key", _) => json!({ "type": "string", "pattern": "^(0x)?([0-9a-fA-F]{2})+$" }),
        _ => json!({ "type": "string" }),
    }
}

/// A parameter with an example, but for positions in a list: those only the list gives.
fn parameter(name: &str, place: &str, required: bool, mut schema: Value, description: &str) -> Value {
    let example = examples::of_parameter(name, &schema);
    schema.as_object_mut().map(|words| words.remove("examples"));
    let is_list = schema["type"] == "array";
    let mut parameter = json!({
        "name": name, "in": place, "required": required, "schema": schema, "description": description,
    });
    if let Some(example) = example {
        parameter["example"] = example;
    }
    if is_list {
        // Written with commas, not once for each.
        parameter["explode"] = false.into();
    }
    parameter
}

fn responses(status: &str, schema: Value, content_type: &str) -> Value {
    let problem = json!({
        "description": "A problem",
        "content": { "application/problem+json": { "schema": { "$ref": "#/components/schemas/Problem" } } },
    });
    json!({
        status: { "description": "Done", "content": { content_type: { "schema": schema } } },
        "4XX": problem,
        "5XX": problem,
    })
}

fn query_operation(module: &str, kind: &QueryKind, schemas: &mut Schemas) -> Value {
    let schema = (kind.args_schema)(&mut schemas.sent).to_value();
    let mut parameters = Vec::new();
    let required: Vec<_> =
        schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    for (name, property) in schema["properties"].as_object().into_iter().flatten() {
        let in_path = kind.path.contains(&format!("{{{name}}}"));
        let place = if in_path { "path" } else { "query" };
        let description = property["description"].as_str().unwrap_or_default();
        let required = in_path || required.contains(&name.as_str());
        parameters.push(parameter(name, place, required, property.clone(), description));
    }
    let number = json!({ "type": "integer", "minimum": 0 });
    parameters.push(parameter(
        "height",
        "query",
        false,
        number,
        "The height to read at; the last one if absent",
    ));
    let switch = json!({ "type": "boolean" });
    parameters.push(parameter(
        "prove",
        "query",
        false,
        switch,
        "Answer {\"answer\", \"proof\"} with an ICS-23 proof of every key that the answer rests on",
    ));
    let answer = (kind.answer_schema)(&mut schemas.got).to_value();
    json!({
        "tags": [module],
        "operationId": format!("{module}_{}", kind.name),
        "summary": schema["description"],
        "parameters": parameters,
        "responses": responses("200", answers::provable(answer), "application/json"),
    })
}

fn build_operation(module: &str, kind: &MessageKind, request: &Value, message: Value) -> Value {
    let summary = message["description"].clone();
    let body = json!({ "allOf": [request, { "properties": { "body": message } }] });
    json!({
        "tags": [module],
        "operationId": format!("build_{module}_{}", kind.name),
        "summary": summary,
        "description": "The bytes to sign for this one message; no key ever goes to a node.",
        "requestBody": {
            "required": true,
            "content": { "application/json": { "schema": body, "examples": examples::of_build(kind) } },
        },
        "responses": responses("200", answers::named("Built"), "application/json"),
    })
}

fn problem_schema() -> Value {
    json!({
        "type": "object",
        "description": "RFC 9457",
        "examples": [examples::of_problem()],
        "required": ["type", "title", "status", "code", "detail", "fields", "request_id"],
        "properties": {
            "type": { "type": "string", "format": "uri-reference" },
            "title": { "type": "string" },
            "status": { "type": "integer" },
            "code": { "type": "string", "description": "codespace.number: stable, never reused" },
            "detail": { "type": "string" },
            "fields": answers::named("Fields"),
            "hint": { "type": "string", "description": "What to do next" },
            "request_id": { "type": "string" },
        },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every whole number of a document, with the place where it stands.
    fn numbers<'a>(schema: &'a Value, place: &str, found: &mut Vec<(String, &'a Value)>) {
        match schema {
            Value::Array(parts) => parts.iter().for_each(|part| numbers(part, place, found)),
            Value::Object(words) => {
                if schema["type"].to_string().contains("\"integer\"") {
                    found.push((place.to_owned(), schema));
                }
                let inside = words.iter().filter(|(word, _)| !word.starts_with("example"));
                inside.for_each(|(word, inner)| numbers(inner, &format!("{place}/{word}"), found));
            }
            _ => {}
        }
    }

    #[test]
    fn no_number_is_beyond_what_a_browser_and_a_database_hold() {
        let document = make();
        let mut found = Vec::new();
        numbers(&document, "", &mut found);
        assert!(found.len() > 200, "only {} numbers", found.len());
        for (place, schema) in found {
            let most = schema["maximum"].as_u64();
            let least = schema.get("minimum").map_or(Some(0), Value::as_i64);
            let time = place.ends_with("_unix_ms");
            let limit = if time { bounds::UNIX_MS_MAX } else { bounds::INTEGER_MAX };
            assert!(most.is_some_and(|most| most <= limit) && least >= Some(0), "{place}: {schema}");
        }
    }

    /// A schema without what tells sending from getting.
    fn of_both(mut schema: Value) -> Value {
        if let Some(words) = schema.as_object_mut() {
            words.retain(|word, _| word != "required" && word != "default");
            words.values_mut().for_each(|inner| *inner = of_both(inner.take()));
        }
        schema
    }

    #[test]
    fn what_is_sent_and_got_under_one_name_is_one_type() {
        let mut schemas = Schemas::new();
        for (_, module, kind) in queries::list() {
            query_operation(module, kind, &mut schemas);
        }
        for kind in MODULES.modules().flat_map(|module| module.messages) {
            (kind.schema)(&mut schemas.sent);
        }
        answers::schemas(&mut schemas.got);
        let sent = schemas.sent.take_definitions(true);
        for (name, schema) in schemas.got.take_definitions(true) {
            let other = sent.get(&name).cloned().unwrap_or_else(|| schema.clone());
            assert_eq!(of_both(other), of_both(schema), "{name}");
        }
    }
}
