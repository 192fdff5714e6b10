//! What an allowance is, and how it is read and written.

use borsh::{BorshDeserialize, BorshSerialize};
use chortle_kernel::{Address, Amount, AssetId, Halt, ReadState, State};

use crate::state::{ALLOWANCE, BY_SPENDER};

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

/// The allowance of a spender, expired or not.
pub fn find(
    state: &dyn ReadState,
    owner: &Address,
    spender: &Address,
    asset: AssetId,
) -> Result<Option<Allowance>, Halt> {
    ALLOWANCE.get(state, &(*owner, *spender, asset))
}

/// Writes an allowance and its line in the spender's list; an amount of zero removes both.
pub(crate) fn set(
    state: &mut State,
    owner: &Address,
    spender: &Address,
    asset: AssetId,
    allowance: &Allowance,
) {
    if allowance.amount.is_zero() {
        ALLOWANCE.remove(state, &(*owner, *spender, asset));
        BY_SPENDER.remove(state, &(*spender, *owner, asset));
    } else {
        ALLOWANCE.set(state, &(*owner, *spender, asset), allowance);
        BY_SPENDER.set(state, &(*spender, *owner, asset), &());
    }
}
