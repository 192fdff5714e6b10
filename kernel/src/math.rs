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

/// `(a · b + rest) / 2^64` as whole units, rounded down, and what is left over in 1/2^64: what `a` units are due where
/// each is due `b` in fixed point, on top of what was left over before. The product has up to 192 bits, so its halves
/// go apart. `None` if the whole leaves `u64`.
pub fn mul_q64(a: u64, b: u128, rest: u64) -> Option<(u64, u64)> {
    const LOW: u128 = (1 << 64) - 1;
    let high = u128::from(a).checked_mul(b >> 64)?;
    let low = u128::from(a).checked_mul(b & LOW)?.checked_add(rest.into())?;
    let whole = u64::try_from(high.checked_add(low >> 64)?).ok()?;
    Some((whole, u64::try_from(low & LOW).ok()?))
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
        assert_eq!(mul_q64(u64::MAX, 1 << 64, u64::MAX), Some((u64::MAX, u64::MAX)));
        assert_eq!(mul_q64(u64::MAX, (1 << 64) + 1, 0), Some((u64::MAX, u64::MAX)));
        assert_eq!(mul_q64(u64::MAX, (1 << 64) + 1, 1), None);
        assert_eq!(mul_q64(u64::MAX, u128::MAX, 0), None);
        assert_eq!(mul_q64(1, u128::MAX, 0), Some((u64::MAX, u64::MAX)));
        assert_eq!(mul_q64(0, u128::MAX, 7), Some((0, 7)));
        assert_eq!(mul_q64(3, 1 << 63, 0), Some((1, 1 << 63)));
        assert_eq!(mul_q64(3, 1 << 63, 1 << 63), Some((2, 0)));
    }

    proptest! {
        #[test]
        fn a_fixed_point_product_agrees_with_long_multiplication(
            a: u64, whole in 0u64..4, fraction: u64, rest: u64,
        ) {
            let low = u128::from(a) * u128::from(fraction) + u128::from(rest);
            let exact = u128::from(a) * u128::from(whole) + (low >> 64);
            let b = (u128::from(whole) << 64) + u128::from(fraction);
            let expected = u64::try_from(exact).ok().map(|exact| (exact, (low % (1 << 64)) as u64));
            prop_assert_eq!(mul_q64(a, b, rest), expected);
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
