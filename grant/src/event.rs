//! What grants tell.

use chortle_kernel::{Address, Coin, events};

use crate::types::Covers;

events! {
    /// An account let another send messages for it, or agreed to pay its fees.
    Given = "grant.given" {
        /// Its number.
        grant: u64,
        /// Who gave it.
        granter: Address,
        /// Who may use it.
        grantee: Address,
        /// What it is for.
        covers: Covers,
    }
    /// Messages ran for a granter; what they did is told before it. What fees a grant paid stands in receipts.
    GrantUsed = "grant.used" {
        /// Which grant.
        grant: u64,
        /// For whom they ran.
        granter: Address,
        /// Who sent them.
        grantee: Address,
        /// How many.
        messages: u64,
        /// What left the granter, asset by asset.
        spent: Vec<Coin>,
        /// How many more it allows; no limit if null.
        uses_left: Option<u64>,
    }
    /// A grant was ended by one of its two sides. One that is used up is gone without it.
    Revoked = "grant.revoked" {
        /// Which.
        grant: u64,
        /// Who had given it.
        granter: Address,
        /// Who could use it.
        grantee: Address,
        /// Which of the two ended it.
        by: Address,
    }
}
