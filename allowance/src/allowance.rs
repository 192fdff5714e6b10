//! How an allowance is read and written.

use chortle_kernel::{Address, AssetId, Halt, ReadState, State};

use crate::{
    state::{ALLOWANCE, BY_SPENDER},
    types::Allowance,
};

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
