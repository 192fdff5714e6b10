use borsh::{BorshDeserialize, BorshSerialize};
use chortle_kernel::Event;
use schemars::JsonSchema;
use serde::Serialize;

/// A parameter has a new value.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, JsonSchema)]
pub struct ParamChanged {
    /// The set that it belongs to: `staking/params`.
    pub path: String,
    /// Its name.
    pub name: String,
    /// What it was, as JSON.
    pub old: String,
    /// What it is, as JSON.
    pub new: String,
}

impl Event for ParamChanged {
    const KIND: &'static str = "app.param_changed";
}

/// A module refused what validators attested: nothing of it is written.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, JsonSchema)]
pub struct AttestationRefused {
    /// The module.
    pub module: String,
    /// `codespace.number` of its refusal.
    pub code: String,
    /// The refusal, for people.
    pub sentence: String,
}

impl Event for AttestationRefused {
    const KIND: &'static str = "app.attestation_refused";
}
