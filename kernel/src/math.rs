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

/// `floor(a · b / 2^64)`: what `a` units are due where each is due `b` in fixed point; for payouts. The product has
/// up to 192 bits, so whole and fraction go apart. `None` if the result leaves `u64`.
pub fn mul_q64_floor(a: u64, b: u128) -> Option<u64> {
    let (whole, fraction) = (b >> 64, b & u128::from(u64::MAX));
    let whole = u128::from(a).checked_mul(whole)?;
    let fraction = u128::from(a).checked_mul(fraction)? >> 64;
    u64::try_from(whole.checked_add(fraction)?).ok()
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

    #[test]
    fn a_fixed_point_product_is_exact_at_its_edges() {
        assert_eq!(mul_q64_floor(u64::MAX, 1 << 64), Some(u64::MAX));
        assert_eq!(mul_q64_floor(u64::MAX, (1 << 64) + 1), Some(u64::MAX));
        assert_eq!(mul_q64_floor(u64::MAX, (1 << 64) + 2), None);
        assert_eq!(mul_q64_floor(u64::MAX, u128::MAX), None);
        assert_eq!(mul_q64_floor(1, u128::MAX), Some(u64::MAX));
        assert_eq!(mul_q64_floor(0, u128::MAX), Some(0));
        assert_eq!(mul_q64_floor(3, 1 << 63), Some(1));
    }

    proptest! {
        #[test]
        fn a_fixed_point_product_agrees_with_long_multiplication(a: u64, whole in 0u64..4, fraction: u64) {
            let exact = u128::from(a) * u128::from(whole) + ((u128::from(a) * u128::from(fraction)) >> 64);
            let b = (u128::from(whole) << 64) + u128::from(fraction);
            prop_assert_eq!(mul_q64_floor(a, b), u64::try_from(exact).ok());
        }

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
