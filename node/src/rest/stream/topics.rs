//! Which events a reader wants.

use chortle_app::MODULES;

use crate::rest::problem::{Outcome, Problem};

/// `block`, `tx`, a module (`token`) or a kind (`token.transferred`). None means all.
#[derive(Clone, Debug, Default)]
pub(super) struct Topics(Vec<String>);

impl Topics {
    pub(super) fn parse(text: Option<String>) -> Outcome<Self> {
        let topics: Vec<String> =
            text.iter().flat_map(|text| text.split(',')).map(|topic| topic.trim().to_owned()).collect();
        let known = |topic: &String| {
            matches!(topic.as_str(), "block" | "tx")
                || MODULES.modules().any(|module| module.name == topic)
                || MODULES.event_kind(topic).is_some()
        };
        match topics.iter().find(|topic| !known(topic)) {
            Some(topic) => Err(Problem::argument(format!("'{topic}' is no topic")).hint(
                "topics are block, tx, a module such as token, or a kind of event such as token.transferred",
            )),
            None => Ok(Self(topics)),
        }
    }

    pub(super) fn want(&self, kind: &str) -> bool {
        let module = kind.split('.').next().unwrap_or(kind);
        self.0.is_empty() || self.0.iter().any(|topic| topic == kind || topic == module)
    }
}
