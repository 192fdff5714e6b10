//! Integer maths for money. Products are `u128`; every rounding names its direction.

/// `floor(a · b / c)`: for payouts. `None` if `c` is zero or the result leaves `u64`.
pub fn mul_div_floor(a: u64, b: u64, c: u64) -> Option<u64> {
    let product = u128::from(a).checked_mul(u128::from(b))?;
    u64::try_from(product.checked_div(u128::from(c))?).ok()
}

/// `ceil(a · b / c)`: for charges. `None` if `c` is zero or the result leaves `u64`.
pub fn mul_div_ceil(a: u64, b: u64, c: u64) -> Option<u64> {
    let product = u128::from(a).checked_mul(u128::from(b))?;
    let divisor = u128::from(c);
    if divisor == 0 {
        return None;
    }
    u64::try_from(product.div_ceil(divisor)).ok()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_zero_divisor_has_no_quotient() {
        assert_eq!(mul_div_floor(1, 1, 0), None);
        assert_eq!(mul_div_ceil(1, 1, 0), None);
    }

    proptest! {
        #[test]
        fn floor_and_ceil_enclose_the_exact_quotient(a: u64, b: u64, c in 1u64..) {
            let product = u128::from(a) * u128::from(b);
            if let (Some(floor), Some(ceil)) = (mul_div_floor(a, b, c), mul_div_ceil(a, b, c)) {
                prop_assert!(u128::from(floor) * u128::from(c) <= product);
                prop_assert!(u128::from(ceil) * u128::from(c) >= product);
                prop_assert!(ceil - floor == u64::from(product % u128::from(c) != 0));
            }
        }
    }
}
