//! What an allowance is. Pure.

use borsh::{BorshDeserialize, BorshSerialize};
use chortle_kernel::Amount;

/// What a spender may still send of an owner's asset.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Allowance {
    /// How much, in base units; never zero.
    pub amount: Amount,
    /// From when on it counts as nothing; never if absent.
    pub expires_unix_ms: Option<u64>,
}

impl Allowance {
    /// Whether its time is over.
    pub fn is_expired(&self, now_unix_ms: u64) -> bool {
        self.expires_unix_ms.is_some_and(|expires_unix_ms| now_unix_ms >= expires_unix_ms)
    }

    /// What can be spent at a time.
    pub fn left(&self, now_unix_ms: u64) -> Amount {
        if self.is_expired(now_unix_ms) { Amount::ZERO } else { self.amount }
    }
}
