//! Where locks meet reflection: the whole boundary.
//!
//! The escrow of locks has many owners, so it is settled lock by lock: each keeps the index of its last settlement.
//! Its balance counts in the eligible supply like that of any eligible account.

use chortle_kernel::{Address, Amount, AssetId, Coin, Ctx, Failure, Halt, ReadState};

use crate::protocol;

/// Bits after the point of a reflection index: what one base unit has earned, times 2^64.
pub const INDEX_BITS: u32 = 64;

/// Whether an account earns by the locks in it: its balance is eligible, and the account itself is never settled.
pub fn is_settled_by_lock(account: &Address) -> bool {
    *account == protocol::LOCKS
}

/// The asset's reflection index. One that does not reflect stays at zero for ever, and so does what its locks earn.
pub fn reflect_index(_state: &dyn ReadState, _asset: AssetId) -> Result<u128, Halt> {
    Ok(0)
}

/// What an amount has earned between two indexes: `floor(amount · (now - then) / 2^64)`, for a payout.
pub fn due(amount: Amount, then: u128, now: u128) -> Result<Amount, Halt> {
    let grown = now.checked_sub(then).ok_or_else(|| Halt::new("a reflection index has fallen"))?;
    let overflow = || Halt::new("a lock has earned more than can exist");
    let units = u128::from(amount.base_units());
    // The product has up to 191 bits: whole and fraction apart, each fits.
    let fraction = grown & u128::from(u64::MAX);
    let whole = units.checked_mul(grown >> INDEX_BITS).ok_or_else(overflow)?;
    let part = units.checked_mul(fraction).ok_or_else(overflow)? >> INDEX_BITS;
    let earned = whole.checked_add(part).and_then(|sum| u64::try_from(sum).ok()).and_then(Amount::new);
    earned.ok_or_else(overflow)
}

/// Pays an owner what a lock has earned, from the asset's reflection pot.
pub fn pay(_ctx: &mut Ctx<'_>, owner: &Address, earned: Coin) -> Result<(), Failure> {
    if earned.amount.is_zero() {
        return Ok(());
    }
    let Coin { asset, amount } = earned;
    Err(Halt::new(format!("{owner} has earned {amount} of asset {asset}, which does not reflect")).into())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::common::amount;

    #[test]
    fn what_is_earned_rounds_down_and_an_index_never_falls() {
        let half = 1_u128 << 63;
        assert_eq!(due(amount(3), 0, half), Ok(amount(1)));
        assert_eq!(due(amount(3), half, half), Ok(Amount::ZERO));
        assert_eq!(due(Amount::MAX, 0, 1 << 64), Ok(Amount::MAX));
        assert!(due(Amount::MAX, 0, 1 << 65).is_err());
        assert!(due(amount(1), 0, u128::MAX).is_err());
        assert!(due(amount(1), 1, 0).is_err());
    }

    proptest! {
        #[test]
        fn settling_in_parts_never_pays_more(units in 0_u64..1 << 40, steps in any::<[u32; 3]>()) {
            let mut index = 0;
            let mut parts = 0;
            for step in steps {
                let next = index + (u128::from(step) << 40);
                parts += due(amount(units), index, next).unwrap().base_units();
                index = next;
            }
            let whole = due(amount(units), 0, index).unwrap().base_units();
            prop_assert!(parts <= whole && whole - parts <= 2);
        }
    }
}
