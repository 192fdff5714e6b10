//! What execution asks of the world beside state: events, changes of the validator set, limits of the engine.

use crate::{Address, Coin, EventRecord, block::ValidatorPower, engine::EngineParams};

/// Everything that a block, or one transaction of it, leaves beside its writes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Effects {
    events: Vec<EventRecord>,
    validator_updates: Vec<ValidatorPower>,
    engine: Option<EngineParams>,
    pauses_changed: bool,
    outflows: Vec<(Address, Coin)>,
}

/// A point of [`Effects`] to unwind to.
#[derive(Clone, Copy, Debug)]
pub struct Mark {
    events: usize,
    validator_updates: usize,
    engine: Option<EngineParams>,
    pauses_changed: bool,
    outflows: usize,
}

impl Effects {
    /// What happened so far, in order.
    pub fn events(&self) -> &[EventRecord] {
        &self.events
    }

    /// What left which account so far, in order: all of it, whatever came back. Who bounds what may leave looks here,
    /// since a balance that grows and shrinks again tells nothing.
    pub fn outflows(&self) -> &[(Address, Coin)] {
        &self.outflows
    }

    /// Takes the events: a receipt keeps those of its transaction.
    pub fn take_events(&mut self) -> Vec<EventRecord> {
        std::mem::take(&mut self.events)
    }

    /// Changes of the validator set, in the order in which they were asked for.
    pub fn validator_updates(&self) -> &[ValidatorPower] {
        &self.validator_updates
    }

    /// Takes the changes of the validator set.
    pub fn take_validator_updates(&mut self) -> Vec<ValidatorPower> {
        std::mem::take(&mut self.validator_updates)
    }

    /// The engine's limits, if they changed.
    pub fn engine(&self) -> Option<EngineParams> {
        self.engine
    }

    /// Whether a pause began or ended; answers once.
    pub fn take_pauses_changed(&mut self) -> bool {
        std::mem::take(&mut self.pauses_changed)
    }

    /// This point.
    pub fn mark(&self) -> Mark {
        Mark {
            events: self.events.len(),
            validator_updates: self.validator_updates.len(),
            engine: self.engine,
            pauses_changed: self.pauses_changed,
            outflows: self.outflows.len(),
        }
    }

    /// Forgets everything since the mark.
    pub fn unwind(&mut self, to: Mark) {
        self.events.truncate(to.events);
        self.validator_updates.truncate(to.validator_updates);
        self.engine = to.engine;
        self.pauses_changed = to.pauses_changed;
        self.outflows.truncate(to.outflows);
    }

    pub(crate) fn push_event(&mut self, event: EventRecord) {
        self.events.push(event);
    }

    pub(crate) fn push_outflow(&mut self, from: Address, coin: Coin) {
        self.outflows.push((from, coin));
    }

    pub(crate) fn push_validator_update(&mut self, update: ValidatorPower) {
        self.validator_updates.push(update);
    }

    pub(crate) fn set_engine(&mut self, engine: EngineParams) {
        self.engine = Some(engine);
    }

    pub(crate) fn note_pauses_changed(&mut self) {
        self.pauses_changed = true;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Amount, AssetId};

    #[test]
    fn unwinding_forgets_everything_since_the_mark_and_nothing_before() {
        let event = |kind: &str| EventRecord { kind: kind.to_owned(), body: Vec::new() };
        let mut effects = Effects::default();
        effects.push_event(event("kept"));
        effects.push_validator_update(ValidatorPower { key: [1; 32], power: 1 });
        let (mark, before) = (effects.mark(), effects.clone());
        effects.push_event(event("undone"));
        effects.push_outflow(Address([7; 20]), Coin { asset: AssetId::NATIVE, amount: Amount::MAX });
        effects.push_validator_update(ValidatorPower { key: [2; 32], power: 2 });
        effects.set_engine(EngineParams::default());
        effects.note_pauses_changed();
        assert_ne!(effects, before);
        effects.unwind(mark);
        assert_eq!(effects, before);
    }
}
