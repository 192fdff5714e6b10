//! Which events a reader wants.

use chortle_app::MODULES;
use chortle_kernel::Address;

use crate::rest::problem::{Outcome, Problem};

/// Most accounts that one stream follows.
const ACCOUNTS_MAX: usize = 100;

/// What a reader asked for.
#[derive(Clone, Debug, Default)]
pub(super) struct Topics {
    /// `block`, `tx`, a module (`token`) or a kind (`token.transferred`). None means all.
    kinds: Vec<String>,
    /// Accounts as an event writes them. None means all.
    accounts: Vec<String>,
}

fn parts(text: Option<String>) -> Vec<String> {
    text.iter().flat_map(|text| text.split(',')).map(|part| part.trim().to_owned()).collect()
}

impl Topics {
    pub(super) fn parse(kinds: Option<String>, accounts: Option<String>) -> Outcome<Self> {
        let (kinds, accounts) = (parts(kinds), parts(accounts));
        let known = |topic: &String| {
            matches!(topic.as_str(), "block" | "tx")
                || MODULES.modules().any(|module| module.name == topic)
                || MODULES.event_kind(topic).is_some()
        };
        if let Some(topic) = kinds.iter().find(|topic| !known(topic)) {
            return Err(Problem::argument(format!("'{topic}' is no topic")).hint(
                "topics are block, tx, a module such as token, or a kind of event such as token.transferred",
            ));
        }
        if accounts.len() > ACCOUNTS_MAX {
            let sentence = format!("{} accounts are too many for one stream", accounts.len());
            return Err(Problem::argument(sentence).hint(format!("at most {ACCOUNTS_MAX}")));
        }
        // As JSON writes it; inside a text that somebody chose the quotes would be escaped.
        let written = |text: &String| match text.parse::<Address>() {
            Ok(address) => Ok(format!("\"{address}\"")),
            Err(error) => Err(Problem::argument(format!("account: {error}"))),
        };
        let accounts = accounts.iter().map(written).collect::<Outcome<_>>()?;
        Ok(Self { kinds, accounts })
    }

    /// Whether events of this kind are wanted at all. A block concerns no account: who follows accounts gets blocks
    /// only by name.
    pub(super) fn want(&self, kind: &str) -> bool {
        let module = kind.split('.').next().unwrap_or(kind);
        let named = self.kinds.iter().any(|topic| topic == kind || topic == module);
        named || (self.kinds.is_empty() && (self.accounts.is_empty() || kind != "block"))
    }

    /// Whether an event that was rendered names one of the accounts.
    pub(super) fn concern(&self, kind: &str, frame: &[u8]) -> bool {
        let names = |text: &str| self.accounts.iter().any(|account| text.contains(account));
        self.accounts.is_empty() || kind == "block" || std::str::from_utf8(frame).is_ok_and(names)
    }
}
