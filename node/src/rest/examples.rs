//! Examples of the document: of messages as the modules give them, of parameters by their types.

use chortle_app::MODULES;
use chortle_app::error::Error;
use chortle_app::own_module::{NAME, SetParams};
use chortle_kernel::{Address, Message as _, MessageKind};
use serde_json::{Map, Value, json};

use super::problem::Problem;

/// Who acts in every example.
const SENDER: Address = Address([1; 20]);

/// A request of `build` for each example of a message, by its place among them.
pub(super) fn of_build(kind: &MessageKind) -> Value {
    let bodies = (kind.examples)();
    let decoded = bodies.iter().filter_map(|bytes| (kind.decode)(bytes).ok());
    let requests: Map<_, _> = decoded
        .enumerate()
        .map(|(place, message)| {
            let request = json!({ "sender": SENDER, "body": message.to_json() });
            (format!("{}_{place}", kind.name), json!({ "value": request }))
        })
        .collect();
    requests.into()
}

/// An example of the body of a route that no module brings, where its schema alone would not say enough.
pub(super) fn of_body(id: &str) -> Option<Value> {
    let (_, kind) = MODULES.tags(NAME, SetParams::NAME).filter(|_| id == "execute")?;
    let body = (kind.decode)((kind.examples)().first()?).ok()?.to_json();
    Some(json!({ "messages": [{ "module": NAME, "message": kind.name, "body": body }] }))
}

/// An example of a parameter: its schema's own, or one of its type, or of its name on a route that no module brings.
/// What it names is there on every chain, or the answer says that it is not.
pub(super) fn of_parameter(name: &str, schema: &Value) -> Option<Value> {
    let own = schema["examples"].get(0).cloned();
    own.or_else(|| of_route(name, schema)).or_else(|| of_type(schema))
}

fn of_route(name: &str, schema: &Value) -> Option<Value> {
    Some(match name {
        "topics" => json!("block,token.transferred"),
        "account" => json!(SENDER),
        "last_event_id" => json!("100.0"),
        "hash" => json!("00".repeat(32)),
        "key" => json!(hex::encode("app/chain_id")),
        "height" if schema["type"] == "string" => json!("latest"),
        "height" => json!(100),
        "limit" => json!(10),
        "preflight" => json!(true),
        "prove" => json!(false),
        _ => return None,
    })
}

fn of_type(schema: &Value) -> Option<Value> {
    let named = schema["$ref"].as_str().and_then(|path| path.rsplit('/').next());
    // What may be left out is also null.
    let kind = schema["type"].as_str().or_else(|| schema["type"].get(0).and_then(Value::as_str));
    match (named, kind) {
        (Some("Address"), _) => Some(json!(SENDER)),
        (Some("AssetId"), _) => Some(json!("0")),
        (Some("Amount"), _) => Some(json!("1500000000")),
        (_, Some("integer")) => Some(json!(1)),
        (_, Some("array")) => of_type(&schema["items"]).map(|item| json!([item])),
        _ => schema["anyOf"].get(0).and_then(of_type),
    }
}

/// A problem as callers meet it most: a sequence number that was used.
pub(super) fn of_problem() -> Value {
    Problem::refused(Error::SequenceTooLow { found: 3, next: 4 }.into()).json("4f3c2a")
}
