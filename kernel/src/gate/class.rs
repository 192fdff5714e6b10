//! How much a message weighs when governance sends it: by which rules it must pass, and how long it then waits.

crate::record! {
    /// What a proposal is about. A later one is stricter; a proposal has the strictest class of all its messages.
    #[derive(Copy, PartialOrd, Ord, Hash)]
    #[borsh(use_discriminant = true)]
    #[repr(u8)]
    #[serde(rename_all = "snake_case")]
    pub enum Class {
        /// Ends a pause.
        Unpause = 0,
        /// Begins a pause.
        Pause = 1,
        /// Says something and does nothing.
        Text = 2,
        /// Sets parameters, or what is like them.
        Params = 3,
        /// Pays out of a treasury.
        Treasury = 4,
        /// Anything that says nothing of itself.
        Act = 5,
        /// Changes the rules of governance.
        Rules = 6,
        /// Changes the floors under those rules.
        Constitution = 7,
    }
}

impl Class {
    /// Every class, the strictest last.
    pub const ALL: [Self; 8] = [
        Self::Unpause,
        Self::Pause,
        Self::Text,
        Self::Params,
        Self::Treasury,
        Self::Act,
        Self::Rules,
        Self::Constitution,
    ];
}
