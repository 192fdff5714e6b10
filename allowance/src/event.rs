//! What allowances tell.

use chortle_kernel::{Address, Amount, AssetId, events};

events! {
    /// An owner set or revoked an allowance.
    Approved = "allowance.approved" {
        /// Whose tokens.
        owner: Address,
        /// Who may send them.
        spender: Address,
        /// Which asset.
        asset: AssetId,
        /// How much; zero if it was revoked.
        amount: Amount,
        /// Until when; for ever if absent.
        expires_unix_ms: Option<u64>,
    }
    /// A spender used an allowance; `token.transferred` comes before it.
    AllowanceSpent = "allowance.spent" {
        /// Whose tokens.
        owner: Address,
        /// Who sent them.
        spender: Address,
        /// Which asset.
        asset: AssetId,
        /// How much.
        amount: Amount,
        /// What is left of the allowance; one of nothing is gone.
        left: Amount,
    }
}
