use chortle_kernel::events;

events! {
    /// A parameter has a new value.
    ParamChanged = "app.param_changed" {
        /// The set that it belongs to: `staking/params`.
        path: String,
        /// Its name.
        name: String,
        /// What it was, as JSON.
        old: String,
        /// What it is, as JSON.
        new: String,
    }
    /// A module refused what validators attested: nothing of it is written.
    AttestationRefused = "app.attestation_refused" {
        /// The module.
        module: String,
        /// `codespace.number` of its refusal.
        code: String,
        /// The refusal, for people.
        sentence: String,
    }
}
