//! What holds of allowances after every block.

use chortle_kernel::{Invariant, Order, ReadState};

use crate::state::{ALLOWANCE, BY_SPENDER};

/// Every invariant.
pub const INVARIANTS: &[Invariant] =
    &[Invariant { name: "allowances_are_positive_and_listed", check: allowances_are_positive_and_listed }];

fn allowances_are_positive_and_listed(state: &dyn ReadState) -> Result<(), String> {
    let mut allowances = 0_usize;
    for row in ALLOWANCE.iter(state, Order::Ascending) {
        let ((owner, spender, asset), allowance) = row?;
        allowances = allowances.saturating_add(1);
        if allowance.amount.is_zero() || owner == spender || spender.is_protocol() {
            return Err(format!("{spender} has an allowance of asset {asset} that cannot be"));
        }
        if !BY_SPENDER.has(state, &(spender, owner, asset))? {
            return Err(format!("an allowance of {spender} is missing in its list"));
        }
    }
    let listed = BY_SPENDER.iter(state, Order::Ascending).count();
    match listed == allowances {
        true => Ok(()),
        false => Err(format!("{listed} lines list {allowances} allowances")),
    }
}
