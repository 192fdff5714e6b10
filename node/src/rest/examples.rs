//! Examples of the document, out of what the modules give: nothing here is written by hand beside it.

use chortle_app::error::Error;
use chortle_kernel::{Address, MessageKind};
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

/// A problem as callers meet it most: a sequence number that was used.
pub(super) fn of_problem() -> Value {
    Problem::refused(Error::SequenceTooLow { found: 3, next: 4 }.into()).json("4f3c2a")
}
