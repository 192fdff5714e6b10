//! What execution asks of the world beside state: events, changes of the validator set, limits of the engine.

use crate::{Address, Coin, EventRecord, block::ValidatorPower, engine::EngineParams};

/// One parameter that changed, in the JSON form of its value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Changed {
    /// Name of the field.
    pub name: String,
    /// What it was.
    pub old: String,
    /// What it is.
    pub new: String,
}

/// A parameter that changed, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParamChange {
    /// The set that it belongs to: `staking/params`.
    pub path: String,
    /// What changed.
    pub changed: Changed,
    /// Number of the proposal that said so; none if none did.
    pub proposal: Option<u64>,
}

/// Everything that a block, or one transaction of it, leaves beside its writes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Effects {
    events: Vec<EventRecord>,
    validator_updates: Vec<ValidatorPower>,
    engine: Option<EngineParams>,
    pauses_changed: bool,
    outflows: Vec<(Address, Coin)>,
    param_changes: Vec<ParamChange>,
}

/// A point of [`Effects`] to unwind to.
#[derive(Clone, Copy, Debug)]
pub struct Mark {
    events: usize,
    validator_updates: usize,
    engine: Option<EngineParams>,
    pauses_changed: bool,
    outflows: usize,
    param_changes: usize,
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

    /// Parameters that changed so far, in order.
    pub fn param_changes(&self) -> &[ParamChange] {
        &self.param_changes
    }

    /// Takes them: the block keeps those of all that ran in it.
    pub fn take_param_changes(&mut self) -> Vec<ParamChange> {
        std::mem::take(&mut self.param_changes)
    }

    /// This point.
    pub fn mark(&self) -> Mark {
        Mark {
            events: self.events.len(),
            validator_updates: self.validator_updates.len(),
            engine: self.engine,
            pauses_changed: self.pauses_changed,
            outflows: self.outflows.len(),
            param_changes: self.param_changes.len(),
        }
    }

    /// Forgets everything since the mark.
    pub fn unwind(&mut self, to: Mark) {
        self.events.truncate(to.events);
        self.validator_updates.truncate(to.validator_updates);
        self.engine = to.engine;
        self.pauses_changed = to.pauses_changed;
        self.outflows.truncate(to.outflows);
        self.param_changes.truncate(to.param_changes);
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

    pub(crate) fn push_param_change(&mut self, change: ParamChange) {
        self.param_changes.push(change);
    }

    pub(crate) fn name_proposal(&mut self, since: usize, proposal: u64) {
        self.param_changes.iter_mut().skip(since).for_each(|change| change.proposal = Some(proposal));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Amount, AssetId};

    fn param_change(name: &str) -> ParamChange {
        let changed = Changed { name: name.to_owned(), old: "1".to_owned(), new: "2".to_owned() };
        ParamChange { path: "app/params".to_owned(), changed, proposal: None }
    }

    #[test]
    fn a_proposal_is_named_for_what_changed_since_and_for_nothing_before() {
        let mut effects = Effects::default();
        effects.push_param_change(param_change("before"));
        effects.push_param_change(param_change("since"));
        effects.name_proposal(1, 7);
        let named = effects.param_changes().iter().map(|change| change.proposal);
        assert_eq!(named.collect::<Vec<_>>(), [None, Some(7)]);
    }

    #[test]
    fn unwinding_forgets_everything_since_the_mark_and_nothing_before() {
        let event = |kind: &str| EventRecord { kind: kind.to_owned(), body: Vec::new() };
        let mut effects = Effects::default();
        effects.push_event(event("kept"));
        effects.push_validator_update(ValidatorPower { key: [1; 32], power: 1 });
        effects.push_param_change(param_change("kept"));
        let (mark, before) = (effects.mark(), effects.clone());
        effects.push_event(event("undone"));
        effects.push_outflow(Address([7; 20]), Coin { asset: AssetId::NATIVE, amount: Amount::MAX });
        effects.push_validator_update(ValidatorPower { key: [2; 32], power: 2 });
        effects.set_engine(EngineParams::default());
        effects.note_pauses_changed();
        effects.push_param_change(param_change("undone"));
        assert_ne!(effects, before);
        effects.unwind(mark);
        assert_eq!(effects, before);
    }
}
