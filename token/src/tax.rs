//! What a transfer pays: four legs of one fee. Pure.

use chortle_kernel::{Amount, Reject, ensure, record};

use crate::error::Error;

/// Most that all legs together may take, in hundredths of a percent.
pub const TAX_BPS_MAX: u16 = 1_000;
/// Epochs between the announcement of a higher tax and the first transfer that pays it.
pub const TAX_NOTICE_EPOCHS: u64 = 2;
const WHOLE_BPS: u64 = 10_000;

record! {
    /// What a transfer pays, in hundredths of a percent of its amount.
    #[derive(Copy, Default)]
    #[serde(default)]
    pub struct Tax {
        /// Ended for ever.
        pub burn_bps: u16,
        /// Shared among all holders.
        pub reflect_bps: u16,
        /// To the asset's treasury, which its holders govern.
        pub treasury_bps: u16,
        /// Set aside for the asset's market.
        pub liquidity_bps: u16,
        /// Most that one transfer pays, in base units.
        #[serde(skip_serializing_if = "Option::is_none")]
        pub max_fee: Option<Amount>,
    }
}

record! {
    /// The parts of one fee.
    #[derive(Copy, Default)]
    pub struct Split {
        /// Ended for ever.
        pub burn: Amount,
        /// Shared among all holders.
        pub reflect: Amount,
        /// To the asset's treasury.
        pub treasury: Amount,
        /// To the asset's liquidity.
        pub liquidity: Amount,
    }
}

impl Split {
    /// The fee.
    pub fn total(&self) -> Option<Amount> {
        Amount::checked_sum([self.burn, self.reflect, self.treasury, self.liquidity])
    }
}

impl Tax {
    /// The legs in their order.
    pub const fn legs_bps(&self) -> [u16; 4] {
        [self.burn_bps, self.reflect_bps, self.treasury_bps, self.liquidity_bps]
    }

    /// All legs together.
    pub fn total_bps(&self) -> u32 {
        self.legs_bps().into_iter().fold(0, |sum, leg| u32::from(leg).saturating_add(sum))
    }

    /// Refuses legs that sum to more than the ceiling.
    pub fn ensure_within_ceiling(&self) -> Result<(), Reject> {
        let (total_bps, max_bps) = (self.total_bps(), TAX_BPS_MAX);
        ensure(total_bps <= u32::from(max_bps), Error::TaxAboveCeiling { total_bps, max_bps })
    }

    /// Whether no transfer pays more under this than under `other`, leg by leg.
    pub fn is_at_most(&self, other: &Self) -> bool {
        let legs = self.legs_bps().into_iter().zip(other.legs_bps()).all(|(this, that)| this <= that);
        let max = |tax: &Self| tax.max_fee.unwrap_or(Amount::MAX);
        legs && max(self) <= max(other)
    }

    /// What a transfer of `amount` pays: the fee rounded up, its legs by largest remainder, ties in their order.
    /// `burnable` is what the floor supply leaves to burn; the rest of that leg is not charged.
    pub fn split_of(&self, amount: Amount, burnable: Amount) -> Split {
        let total_bps = u64::from(self.total_bps());
        if total_bps == 0 {
            return Split::default();
        }
        // At most a tenth of the amount rounded up, so never more than the amount itself.
        let fee = amount.mul_div_ceil(total_bps, WHOLE_BPS).unwrap_or(amount).min(amount);
        let fee = fee.min(self.max_fee.unwrap_or(Amount::MAX));
        let [burn, reflect, treasury, liquidity] = split(fee, self.legs_bps().map(u64::from), total_bps);
        Split { burn: burn.min(burnable), reflect, treasury, liquidity }
    }
}

fn split(fee: Amount, weights: [u64; 4], total: u64) -> [Amount; 4] {
    let share = |weight: u64| fee.mul_div_floor(weight, total).unwrap_or_default();
    let mut parts = weights.map(share);
    let given = Amount::checked_sum(parts).unwrap_or_default();
    let mut left = fee.checked_sub(given).unwrap_or_default().base_units();
    let remainder = |weight: u64| {
        let product = u128::from(fee.base_units()).checked_mul(u128::from(weight));
        product.and_then(|product| product.checked_rem(u128::from(total))).unwrap_or_default()
    };
    let mut order: Vec<(u128, &mut Amount)> = weights.map(remainder).into_iter().zip(&mut parts).collect();
    // A stable sort keeps the order of the legs where remainders are equal.
    order.sort_by_key(|(remainder, _)| std::cmp::Reverse(*remainder));
    for (_, part) in order {
        let more = left.min(1);
        left = left.saturating_sub(more);
        *part = Amount::new(more).and_then(|more| part.checked_add(more)).unwrap_or(*part);
    }
    parts
}

record! {
    /// A tax that was announced.
    #[derive(Copy)]
    pub struct AnnouncedTax {
        /// What transfers will pay.
        pub tax: Tax,
        /// The first epoch in which they do.
        pub epoch: u64,
    }
}

record! {
    /// The tax in force, and the next one if a rise was announced.
    #[derive(Copy, Default)]
    pub struct TaxPlan {
        /// What transfers paid before the announced one, if any.
        pub before: Tax,
        /// What was announced; once its epoch has come it is in force.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub announced: Option<AnnouncedTax>,
    }
}

impl TaxPlan {
    /// What is in force in an epoch.
    pub fn at(&self, epoch: u64) -> Tax {
        match self.announced {
            Some(announced) if announced.epoch <= epoch => announced.tax,
            _ => self.before,
        }
    }

    /// What is announced and not yet in force.
    pub fn ahead(&self, epoch: u64) -> Option<AnnouncedTax> {
        self.announced.filter(|announced| announced.epoch > epoch)
    }

    /// The plan with a new tax: lower in every leg holds at once, anything else is announced.
    #[must_use]
    pub fn with(&self, tax: Tax, epoch: u64) -> Self {
        let now = self.at(epoch);
        if tax.is_at_most(&now) {
            return Self { before: tax, announced: None };
        }
        let epoch = epoch.saturating_add(TAX_NOTICE_EPOCHS);
        Self { before: now, announced: Some(AnnouncedTax { tax, epoch }) }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::common::amount;

    fn tax(legs: [u16; 4], max_fee: Option<u64>) -> Tax {
        let [burn_bps, reflect_bps, treasury_bps, liquidity_bps] = legs;
        Tax { burn_bps, reflect_bps, treasury_bps, liquidity_bps, max_fee: max_fee.map(amount) }
    }

    fn legs(legs: Split) -> [u64; 4] {
        [legs.burn, legs.reflect, legs.treasury, legs.liquidity].map(Amount::base_units)
    }

    #[test]
    fn the_fee_rounds_up_and_its_remainder_goes_to_the_first_of_equals() {
        for (bps, max_fee, units, expected) in [
            ([100, 100, 0, 0], None, 10_000, [100, 100, 0, 0]),
            ([100, 100, 0, 0], None, 1, [1, 0, 0, 0]),
            ([100, 101, 0, 0], None, 1, [0, 1, 0, 0]),
            ([100, 100, 100, 100], None, 51, [1, 1, 1, 0]),
            ([250, 250, 250, 250], Some(2), 1_000, [1, 1, 0, 0]),
            ([0, 0, 0, 0], None, 1_000, [0, 0, 0, 0]),
            ([1_000, 0, 0, 0], Some(0), 1_000, [0, 0, 0, 0]),
        ] {
            let found = legs(tax(bps, max_fee).split_of(amount(units), Amount::MAX));
            assert_eq!(found, expected, "{bps:?} {max_fee:?} {units}");
        }
        assert_eq!(legs(tax([500, 500, 0, 0], None).split_of(amount(100), amount(2))), [2, 5, 0, 0]);
    }

    #[test]
    fn a_rise_waits_two_epochs_and_a_cut_does_not() {
        let plan = TaxPlan { before: tax([100, 0, 0, 0], None), announced: None };
        let raised = plan.with(tax([300, 0, 0, 0], None), 5);
        assert_eq!([5, 6, 7].map(|epoch| raised.at(epoch).burn_bps), [100, 100, 300]);
        assert_eq!(
            [6, 7].map(|epoch| raised.ahead(epoch).is_some()),
            [true, false],
            "announced until it holds"
        );
        let again = raised.with(tax([900, 0, 0, 0], None), 6);
        assert_eq!([6, 7, 8].map(|epoch| again.at(epoch).burn_bps), [100, 100, 900]);
        let cut = again.with(tax([50, 0, 0, 0], None), 7);
        assert_eq!((cut.at(7).burn_bps, cut.at(99).burn_bps), (50, 50));
        let shifted = cut.with(tax([0, 50, 0, 0], None), 7);
        assert_eq!((shifted.at(8).burn_bps, shifted.at(9).reflect_bps), (50, 50), "a leg rises: announced");
        let uncapped = plan.with(tax([100, 0, 0, 0], Some(5)), 0).with(tax([100, 0, 0, 0], None), 0);
        assert_eq!(uncapped.at(1).max_fee, Some(amount(5)));
    }

    proptest! {
        #[test]
        fn legs_sum_to_the_fee_and_each_is_within_one_of_its_share(
            bps in proptest::array::uniform4(0u16..=250), units in 1..=i64::MAX as u64, max_fee: Option<u32>,
        ) {
            let tax = tax(bps, max_fee.map(u64::from));
            let found = tax.split_of(amount(units), Amount::MAX);
            let total = u128::from(tax.total_bps());
            let fee = (u128::from(units) * total).div_ceil(10_000).min(max_fee.map_or(u128::MAX, u128::from));
            prop_assert_eq!(u128::from(found.total().unwrap().base_units()), fee);
            for (leg, weight) in legs(found).into_iter().zip(bps) {
                let share = fee * u128::from(weight);
                let (leg, total) = (u128::from(leg), total.max(1));
                prop_assert!(leg * total < share + total && share < (leg + 1) * total);
            }
        }
    }
}
