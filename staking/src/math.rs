//! Pure arithmetic: shares, slashes, caps, issuance. Every rounding names its direction.

use chortle_kernel::Amount;

/// Gas of reading one leaf.
pub use chortle_kernel::gas::leaves_gas;

/// Basis points of one.
pub const ONE_BPS: u64 = 10_000;
/// One, as the fraction of a slash: parts per billion.
pub const ONE_PPB: u64 = 1_000_000_000;
/// Shares that the first base unit of a validator buys.
pub const SHARES_PER_UNIT: u128 = 1_000_000;
/// Fixed point of the rewards index.
pub const INDEX_ONE: u128 = 1 << 64;
/// Most shares of a validator: room for every product of the index.
pub const SHARES_MAX: u128 = 1 << 110;
/// Total power that the engine accepts: MaxInt64 / 8.
pub const TOTAL_POWER_MAX: u64 = i64::MAX.unsigned_abs() >> 3;
/// A year of 365.25 days.
pub const YEAR_MS: u64 = 31_557_600_000;
/// One, as a rate of issuance: parts per 10^12 a year.
pub const RATE_ONE: u64 = 1_000_000_000_000;

/// `a · b` as high and low halves.
fn wide_mul(a: u128, b: u128) -> (u128, u128) {
    let low = u128::from(u64::MAX);
    let (a1, a0, b1, b0) = (a >> 64, a & low, b >> 64, b & low);
    let lo = a0.wrapping_mul(b0);
    let mid1 = a1.wrapping_mul(b0).wrapping_add(lo >> 64);
    let mid2 = a0.wrapping_mul(b1).wrapping_add(mid1 & low);
    let hi = a1.wrapping_mul(b1).wrapping_add(mid1 >> 64).wrapping_add(mid2 >> 64);
    (hi, (mid2 << 64) | (lo & low))
}

/// `(floor(a · b / c), a · b mod c)` over 256 bits; `None` if `c` is zero or the quotient leaves `u128`.
pub fn mul_div_rem(a: u128, b: u128, c: u128) -> Option<(u128, u128)> {
    let (hi, lo) = wide_mul(a, b);
    if hi == 0 {
        return Some((lo.checked_div(c)?, lo.checked_rem(c)?));
    }
    if hi >= c {
        return None;
    }
    let (mut rest, mut quotient) = (hi, 0u128);
    for bit in (0..128u32).rev() {
        let carry = rest >> 127 == 1;
        rest = (rest << 1) | ((lo >> bit) & 1);
        quotient <<= 1;
        if carry || rest >= c {
            rest = rest.wrapping_sub(c);
            quotient |= 1;
        }
    }
    Some((quotient, rest))
}

/// `floor(a · b / c)` over 256 bits: for payouts.
pub fn mul_div_floor(a: u128, b: u128, c: u128) -> Option<u128> {
    mul_div_rem(a, b, c).map(|(quotient, _)| quotient)
}

/// `ceil(a · b / c)` over 256 bits: for charges.
pub fn mul_div_ceil(a: u128, b: u128, c: u128) -> Option<u128> {
    let (quotient, rest) = mul_div_rem(a, b, c)?;
    quotient.checked_add(u128::from(rest != 0))
}

/// An amount, or `None` above the largest.
pub fn amount(base_units: u128) -> Option<Amount> {
    u64::try_from(base_units).ok().and_then(Amount::new)
}

/// A number of base units as a wide integer.
pub fn wide(amount: Amount) -> u128 {
    u128::from(amount.base_units())
}

/// Shares that `a` buys of a validator with `tokens` and `shares`, rounded down. `None` if it has shares and no
/// tokens, or if the shares would not fit.
pub fn shares_for_floor(a: Amount, tokens: Amount, shares: u128) -> Option<u128> {
    let bought = match shares {
        0 => wide(a).checked_mul(SHARES_PER_UNIT)?,
        _ => mul_div_floor(wide(a), shares, wide(tokens))?,
    };
    bought.checked_add(shares).filter(|sum| *sum <= SHARES_MAX).map(|_| bought)
}

/// Shares that paying `a` out costs, rounded up.
pub fn shares_out_ceil(a: Amount, tokens: Amount, shares: u128) -> Option<u128> {
    mul_div_ceil(wide(a), shares, wide(tokens))
}

/// What shares are worth, rounded down.
pub fn tokens_of_floor(part: u128, tokens: Amount, shares: u128) -> Amount {
    mul_div_floor(part, wide(tokens), shares).and_then(amount).unwrap_or_default()
}

/// `floor(amount · fraction)` with a fraction in parts per billion.
pub fn part_ppb_floor(amount: Amount, ppb: u64) -> Amount {
    amount.mul_div_floor(ppb.min(ONE_PPB), ONE_PPB).unwrap_or(amount)
}

/// `floor(amount · fraction)` with a fraction in basis points.
pub fn part_bps_floor(amount: Amount, bps: u64) -> Amount {
    amount.mul_div_floor(bps.min(ONE_BPS), ONE_BPS).unwrap_or(amount)
}

/// The fraction of a correlated fault: `max(least, min(1, 9 · share²))`, rounded down; the share is `part / total`.
pub fn correlated_ppb_floor(part: u128, total: u128, least_ppb: u64) -> u64 {
    let one = u128::from(ONE_PPB);
    let share = mul_div_floor(part, one, total).unwrap_or(one).min(one);
    let square = mul_div_floor(share.saturating_mul(9), share, one).unwrap_or(one).min(one);
    u64::try_from(square).unwrap_or(ONE_PPB).max(least_ppb)
}

/// The power that a validator is paid for, of what the members of the set have in all: at most the cap's share. A set
/// of few cannot be spread wider than it is, so the cap is eased to twice the share that it would have if all were
/// equal to the *effective number* of the others, `(Σ p)² / Σ p²`: members of dust do not move that. Rounded down.
pub fn rewarded_power_floor(power: u64, sums: PowerSums, cap_bps: u64) -> u64 {
    let own = u128::from(power);
    let others = sums.powers.saturating_sub(own);
    let squares = sums.squares.saturating_sub(own.saturating_mul(own));
    // 2 / (effective + 1) = 2 · squares / (others² + squares)
    let whole = others.saturating_mul(others).saturating_add(squares);
    let eased = mul_div_floor(sums.powers, squares.saturating_mul(2), whole).unwrap_or(sums.powers);
    let capped = mul_div_floor(sums.powers, u128::from(cap_bps), u128::from(ONE_BPS)).unwrap_or(0);
    own.min(eased.max(capped)).try_into().unwrap_or(power)
}

/// Sums over the members of a set.
#[derive(Clone, Copy, Debug, Default)]
pub struct PowerSums {
    /// Of powers.
    pub powers: u128,
    /// Of their squares.
    pub squares: u128,
}

impl PowerSums {
    /// The sums of these powers.
    pub fn of(powers: impl Iterator<Item = u64>) -> Self {
        powers.map(u128::from).fold(Self::default(), |sums, power| Self {
            powers: sums.powers.saturating_add(power),
            squares: sums.squares.saturating_add(power.saturating_mul(power)),
        })
    }
}

/// What the controller of issuance knows.
#[derive(Clone, Copy, Debug)]
pub struct Controller {
    /// Lowest rate, in basis points a year.
    pub min_bps: u64,
    /// Highest rate.
    pub max_bps: u64,
    /// How far the rate may move in a year while nothing is bonded.
    pub change_bps: u64,
    /// The bonded share of the supply that it steers to.
    pub target_bps: u64,
}

const RATE_PER_BPS: u64 = 100_000_000;

impl Controller {
    /// `rate + change · (1 - bonded/target) · elapsed/year`, within the bounds; the step is rounded to zero.
    pub fn next_rate(&self, rate: u64, bonded: Amount, supply: Amount, elapsed_ms: u64) -> u64 {
        let at = |bps: u64| bps.saturating_mul(RATE_PER_BPS);
        let bonded_rate = mul_div_floor(wide(bonded), u128::from(RATE_ONE), wide(supply)).unwrap_or(0);
        let target = u128::from(at(self.target_bps)).max(1);
        let off = target.abs_diff(bonded_rate);
        let year_step = mul_div_floor(u128::from(at(self.change_bps)), off, target).unwrap_or(0);
        let step = mul_div_floor(year_step, u128::from(elapsed_ms), u128::from(YEAR_MS)).unwrap_or(0);
        let step = u64::try_from(step).unwrap_or(u64::MAX);
        let moved = if bonded_rate < target { rate.saturating_add(step) } else { rate.saturating_sub(step) };
        moved.min(at(self.max_bps)).max(at(self.min_bps))
    }
}

/// `floor(supply · rate · elapsed / year)`.
pub fn issued_floor(supply: Amount, rate: u64, elapsed_ms: u64) -> Amount {
    let yearly = mul_div_floor(wide(supply), u128::from(rate), u128::from(RATE_ONE)).unwrap_or(0);
    mul_div_floor(yearly, u128::from(elapsed_ms), u128::from(YEAR_MS)).and_then(amount).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_correlated_fault_grows_with_the_square() {
        for (percent, ppb) in [(1, 900_000), (10, 90_000_000), (34, ONE_PPB), (0, 50)] {
            assert_eq!(correlated_ppb_floor(percent, 100, 50), ppb, "{percent} %");
        }
    }

    #[test]
    fn a_wide_quotient_is_exact_wherever_it_fits() {
        let most = u128::MAX;
        for (a, b, c, expected) in [
            (most, most, most, Some((most, 0))),
            (most, most - 1, most, Some((most - 1, 0))),
            (most, most, most - 1, None),
            (1 << 127, 4, 8, Some((1 << 126, 0))),
            (most, 2, 3, Some((226854911280625642308916404954512140970, 0))),
            (
                5 << 100,
                7 << 60,
                (1 << 110) + 1,
                Some((39406496739491839, 1298074214633706867726127342813185)),
            ),
            (1, 1, 0, None),
        ] {
            assert_eq!(mul_div_rem(a, b, c), expected, "{a} · {b} / {c}");
        }
    }

    proptest! {
        #[test]
        fn wide_division_gives_the_product_back(a in 0..=u128::from(u64::MAX) << 20, b: u64, c in 1..=u128::MAX >> 20) {
            if let Some((quotient, rest)) = mul_div_rem(a, u128::from(b), c) {
                prop_assert!(rest < c);
                let (hi, lo) = wide_mul(quotient, c);
                let (low, carry) = lo.overflowing_add(rest);
                prop_assert_eq!((hi + u128::from(carry), low), wide_mul(a, u128::from(b)));
            }
        }

        #[test]
        fn nobody_is_paid_for_more_than_its_power_or_less_than_the_cap(
            powers in prop::collection::vec(1u64..1 << 40, 1..60), cap in 1u64..=ONE_BPS,
        ) {
            let sums = PowerSums::of(powers.iter().copied());
            for power in &powers {
                let paid = rewarded_power_floor(*power, sums, cap);
                let capped = sums.powers * u128::from(cap) / u128::from(ONE_BPS);
                prop_assert!(paid <= *power && u128::from(paid) >= capped.min(u128::from(*power)));
            }
        }

        #[test]
        fn equals_are_paid_in_full(power in 1u64..1 << 50, count in 1usize..100, cap in 1u64..=ONE_BPS) {
            let sums = PowerSums::of(std::iter::repeat_n(power, count));
            prop_assert_eq!(rewarded_power_floor(power, sums, cap), power);
        }

        #[test]
        fn dust_takes_nothing_from_the_rewards_of_equals(count in 2usize..10, dust in 1usize..90) {
            let powers = std::iter::repeat_n(1_000_000, count).chain(std::iter::repeat_n(1, dust));
            prop_assert_eq!(rewarded_power_floor(1_000_000, PowerSums::of(powers), 1_000), 1_000_000);
        }

        #[test]
        fn buying_and_selling_never_pays(a in 1..1u64 << 62, tokens in 1..1u64 << 62, shares in 1..1u128 << 90) {
            let (a, tokens) = (Amount::new(a).unwrap(), Amount::new(tokens).unwrap());
            if let Some(bought) = shares_for_floor(a, tokens, shares) {
                let after = tokens.checked_add(a).unwrap();
                prop_assert!(tokens_of_floor(bought, after, shares + bought) <= a);
            }
        }
    }
}
