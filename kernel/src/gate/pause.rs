//! What is paused: a module, one kind of message, or an asset. Ante and router read it, and the ledger for assets.

use borsh::{BorshDeserialize, BorshSerialize};

use super::Error;
use crate::{AssetId, Halt, Item, ReadState, Reject, Text, ensure};

/// Most pauses at a time: they are read with every block.
pub const PAUSES_MAX: usize = 64;

crate::record! {
    /// What a pause stops.
    #[derive(PartialOrd, Ord)]
    #[serde(rename_all = "snake_case")]
    pub enum Scope {
        /// Every message of a module that can be paused.
        Module {
            /// Name of the module.
            module: Text<32>,
        },
        /// One kind of message.
        Message {
            /// Name of its module.
            module: Text<32>,
            /// Its verb.
            message: Text<48>,
        },
        /// Every movement of an asset's units. LOL cannot be paused: fees are paid in it.
        Asset {
            /// The asset.
            asset: AssetId,
        },
    }
}

crate::record! {
    /// A pause in force.
    pub struct Pause {
        /// What it stops.
        pub scope: Scope,
        /// Block time at which it ends by itself, in milliseconds since 1970; 0 is never.
        pub until_unix_ms: u64,
    }
}

impl Pause {
    /// The refusal of what it stops.
    pub fn refusal(&self, what: String) -> Error {
        Error::Paused { what, until_unix_ms: self.until_unix_ms }
    }

    /// Whether it has ended by itself.
    pub fn is_over(&self, time_unix_ms: u64) -> bool {
        self.until_unix_ms != 0 && self.until_unix_ms <= time_unix_ms
    }
}

/// Whether a refusal ends by itself: what a pause stops may be tried again.
pub fn is_pause(reject: &Reject) -> bool {
    let paused = Error::Paused { what: String::new(), until_unix_ms: 0 };
    reject.code() == Reject::from(paused).code()
}

/// Every pause in force, sorted by scope.
#[derive(Clone, Debug, Default, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Pauses(Vec<Pause>);

/// The pauses of the chain.
pub const PAUSES: Item<Pauses> = Item::new("app/pauses");

impl Pauses {
    /// Nothing is paused.
    pub const NONE: Self = Self(Vec::new());

    /// Those in force, from state.
    pub fn read(state: &dyn ReadState) -> Result<Self, Halt> {
        Ok(PAUSES.get(state)?.unwrap_or_default())
    }

    /// Begins a pause, or changes when it ends; those that are over are forgotten.
    pub fn begin(&mut self, pause: Pause, time_unix_ms: u64) -> Result<(), Reject> {
        let native = Scope::Asset { asset: AssetId::NATIVE };
        ensure(pause.scope != native, Error::NotPausable { what: "LOL".to_owned() })?;
        self.0.retain(|old| old.scope != pause.scope && !old.is_over(time_unix_ms));
        ensure(self.0.len() < PAUSES_MAX, Error::TooManyPauses { max: PAUSES_MAX })?;
        self.0.push(pause);
        self.0.sort_by(|a, b| a.scope.cmp(&b.scope));
        Ok(())
    }

    /// Ends a pause. Answers whether there was one.
    pub fn end(&mut self, scope: &Scope) -> bool {
        let before = self.0.len();
        self.0.retain(|pause| pause.scope != *scope);
        self.0.len() < before
    }

    /// In order of their scopes.
    pub fn iter(&self) -> impl Iterator<Item = &Pause> {
        self.0.iter()
    }

    /// Whether nothing at all is paused.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    fn in_force(&self, time_unix_ms: u64, stops: impl Fn(&Scope) -> bool) -> Option<&Pause> {
        self.0.iter().filter(|pause| !pause.is_over(time_unix_ms)).find(|pause| stops(&pause.scope))
    }

    /// The pause that stops a kind of message, if one does.
    pub fn of_message(&self, module: &str, message: &str, time_unix_ms: u64) -> Option<&Pause> {
        self.in_force(time_unix_ms, |scope| match scope {
            Scope::Module { module: paused } => **paused == *module,
            Scope::Message { module: of, message: paused } => **of == *module && **paused == *message,
            Scope::Asset { .. } => false,
        })
    }

    /// The pause that stops an asset, if one does.
    pub fn of_asset(&self, asset: AssetId, time_unix_ms: u64) -> Option<&Pause> {
        self.in_force(time_unix_ms, |scope| *scope == Scope::Asset { asset })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pause(asset: u64, until_unix_ms: u64) -> Pause {
        Pause { scope: Scope::Asset { asset: AssetId(asset) }, until_unix_ms }
    }

    #[test]
    fn a_pause_replaces_its_like_and_forgets_those_that_are_over() {
        let mut pauses = Pauses::NONE;
        for (begun, now) in [(pause(2, 0), 50), (pause(1, 100), 50), (pause(1, 200), 60)] {
            pauses.begin(begun, now).unwrap();
        }
        assert_eq!(pauses, Pauses(vec![pause(1, 200), pause(2, 0)]), "in order, each scope once");
        pauses.begin(pause(3, 0), 199).unwrap();
        assert_eq!(pauses, Pauses(vec![pause(1, 200), pause(2, 0), pause(3, 0)]));
        pauses.begin(pause(3, 0), 200).unwrap();
        assert_eq!(pauses, Pauses(vec![pause(2, 0), pause(3, 0)]));
    }

    #[test]
    fn so_many_pauses_are_in_force_and_no_more() {
        let mut pauses = Pauses::NONE;
        for asset in (1..).take(PAUSES_MAX) {
            pauses.begin(pause(asset, 0), 0).unwrap();
        }
        assert!(pauses.begin(pause(0xffff, 0), 0).is_err());
        assert!(pauses.begin(pause(1, 9), 0).is_ok(), "one that is there may change");
    }

    #[test]
    fn ending_a_pause_ends_it_alone_and_answers_whether_it_was_there() {
        let mut pauses = Pauses(vec![pause(1, 0), pause(2, 0)]);
        assert!(pauses.end(&pause(1, 0).scope));
        assert!(!pauses.end(&pause(1, 0).scope));
        assert_eq!(pauses, Pauses(vec![pause(2, 0)]));
        assert!(!pauses.is_empty() && Pauses::NONE.is_empty());
    }
}
