//! What a message can take from the account that it runs for: by it, who lets another send it knows what his caps hold.

/// What a message can take from the account that it runs for. What says nothing of itself can take everything.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// Anything, now or later: others may move its units by it, or run messages for it. Nobody sends it for another.
    Whole,
    /// Units of its balance when it runs, each of which the ledger notes as it leaves, and nothing else.
    Units,
    /// A right, a key or a setting of its own, which no cap holds; the units that it takes are noted too.
    Right,
}
