//! What holds of allowances after every block.

use chortle_kernel::{Order, ReadState};

use crate::{
    invariant::told,
    protocol,
    state::{ALLOWANCE, ALLOWANCE_BY_SPENDER},
};

pub(crate) fn allowances_are_positive_and_listed(state: &dyn ReadState) -> Result<(), String> {
    let mut allowances = 0_usize;
    for row in ALLOWANCE.iter(state, Order::Ascending) {
        let ((owner, spender, asset), allowance) = row.map_err(told)?;
        allowances = allowances.saturating_add(1);
        if allowance.amount.is_zero() || owner == spender || protocol::name(&spender).is_some() {
            return Err(format!("{spender} has an allowance of asset {asset} that cannot be"));
        }
        if !ALLOWANCE_BY_SPENDER.has(state, &(spender, owner, asset)).map_err(told)? {
            return Err(format!("an allowance of {spender} is missing in its list"));
        }
    }
    let listed = ALLOWANCE_BY_SPENDER.iter(state, Order::Ascending).count();
    match listed == allowances {
        true => Ok(()),
        false => Err(format!("{listed} lines list {allowances} allowances")),
    }
}
