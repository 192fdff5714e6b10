//! Messages that stand in another as bytes.

use chortle_kernel::{Call, tx::RawMessage};
use serde::Deserialize as _;
use serde_json::{Map, Value};

use crate::modules::Registry;

/// The message that these fields are, if they are one as the envelope carries it.
pub fn raw_of(fields: &Map<String, Value>) -> Option<RawMessage> {
    let has = |name: &str| fields.contains_key(name);
    let is_one = fields.len() == 3 && has("module") && has("tag") && has("body");
    is_one.then(|| RawMessage::deserialize(&Value::Object(fields.clone())).ok()).flatten()
}

/// Whether the messages that stand in a body as bytes are these calls, one for one and in this order: then the calls
/// can be shown instead of the bytes.
pub fn are_all_of(registry: &Registry, body: &Value, calls: &[Call]) -> bool {
    let mut raws = Vec::new();
    find(body, &mut raws);
    let names = |raw: &RawMessage| {
        Some(registry.kind(raw.module, raw.tag)?).map(|(row, kind)| (row.module.name, kind.name))
    };
    raws.len() == calls.len()
        && raws.iter().zip(calls).all(|(raw, call)| names(raw) == Some((call.module, call.verb)))
}

/// The messages in a value, in the order in which it is shown: fields by name, items as they stand.
fn find(value: &Value, found: &mut Vec<RawMessage>) {
    match value {
        Value::Array(items) => items.iter().for_each(|item| find(item, found)),
        Value::Object(fields) => match raw_of(fields) {
            Some(raw) => found.push(raw),
            None => {
                let sorted: std::collections::BTreeMap<_, _> = fields.iter().collect();
                sorted.values().for_each(|field| find(field, found));
            }
        },
        _ => {}
    }
}
