//! A tax that is high when trading opens and falls to the one that stays, block by block. What it takes beyond that one
//! is burnt: nobody has it, so nobody gains from setting the trap. Pure.

use chortle_kernel::{Reject, ensure, record};

use crate::{error::Error, tax::Tax};

/// Most that transfers may pay when trading opens, in hundredths of a percent.
pub const LAUNCH_TAX_BPS_MAX: u16 = 2_500;
/// Longest that it may take to fall, in blocks.
pub const LAUNCH_TAX_BLOCKS_MAX: u64 = 86_400;

record! {
    /// A launch tax that a creator chooses.
    #[derive(Copy)]
    pub struct LaunchTaxChoice {
        /// What transfers pay in all when trading opens, in hundredths of a percent: at most 2,500.
        pub bps: u16,
        /// How many blocks it takes to fall to nothing, counted from the opening, at most 86,400. It is over when the
        /// tax that stays is the higher.
        pub lasts_blocks: u64,
    }
}

impl LaunchTaxChoice {
    /// Refuses one that is too high or falls too slowly.
    pub fn ensure_within_bounds(&self) -> Result<(), Reject> {
        let within = |limit: &'static str, found: u64, max: u64| {
            ensure((1..=max).contains(&found), Error::LimitOutOfBounds { limit, found, min: 1, max })
        };
        within("launch_tax", self.bps.into(), LAUNCH_TAX_BPS_MAX.into())?;
        within("lasts_blocks", self.lasts_blocks, LAUNCH_TAX_BLOCKS_MAX)
    }

    /// The tax of a launch that opens at a height.
    pub fn from(&self, opens_height: u64) -> LaunchTax {
        let end_height = opens_height.saturating_add(self.lasts_blocks);
        LaunchTax { bps: self.bps, opens_height, end_height }
    }
}

record! {
    /// A tax that falls in a straight line, from a height to another.
    #[derive(Copy)]
    pub struct LaunchTax {
        /// What transfers pay in all at first, in hundredths of a percent.
        pub bps: u16,
        /// The height from which it falls.
        pub opens_height: u64,
        /// The first height at which it is nothing.
        pub end_height: u64,
    }
}

impl LaunchTax {
    /// What transfers pay in all at a height, in hundredths of a percent, rounded up.
    pub fn at(&self, height: u64) -> u32 {
        let lasts = u128::from(self.end_height.saturating_sub(self.opens_height));
        let left = u128::from(self.end_height.saturating_sub(height.max(self.opens_height)));
        let product = u128::from(self.bps).saturating_mul(left);
        if lasts == 0 { 0 } else { u32::try_from(product.div_ceil(lasts)).unwrap_or(u32::MAX) }
    }

    /// Whether it is one that a creator could have chosen, shortened or not: it may be over before trading opens.
    pub fn is_within_bounds(&self) -> bool {
        let lasts_blocks = self.end_height.saturating_sub(self.opens_height);
        (1..=LAUNCH_TAX_BPS_MAX).contains(&self.bps) && lasts_blocks <= LAUNCH_TAX_BLOCKS_MAX
    }
}

/// The tax that stays, raised to that of a launch: what is missing is burnt, and its largest fee waits until then.
pub fn raised(tax: Tax, launch: Option<LaunchTax>, height: u64) -> Tax {
    let wanted_bps = launch.map_or(0, |launch| launch.at(height));
    match u16::try_from(wanted_bps.saturating_sub(tax.total_bps())) {
        Ok(0) | Err(_) => tax,
        Ok(more_bps) => Tax { burn_bps: tax.burn_bps.saturating_add(more_bps), max_fee: None, ..tax },
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::{common::amount, tax::TAX_BPS_MAX};

    const LAUNCH: LaunchTax = LaunchTax { bps: 2_000, opens_height: 100, end_height: 140 };

    #[test]
    fn it_falls_block_by_block_to_the_tax_that_stays() {
        for (height, expected) in [(7, 2_000), (100, 2_000), (101, 1_950), (139, 50), (140, 0), (999, 0)] {
            assert_eq!(LAUNCH.at(height), expected, "{height}");
        }
        let stays = Tax { treasury_bps: 60, ..Tax::default() };
        for (height, burn_bps) in [(100, 1_940), (138, 40), (139, 0), (140, 0)] {
            let found = raised(stays, Some(LAUNCH), height);
            assert_eq!((found.burn_bps, found.treasury_bps), (burn_bps, 60), "{height}");
        }
        assert_eq!(raised(stays, None, 100), stays);
    }

    #[test]
    fn a_largest_fee_does_not_soften_a_launch() {
        let stays = Tax { burn_bps: 100, max_fee: Some(amount(1)), ..Tax::default() };
        assert_eq!(raised(stays, Some(LAUNCH), 100).max_fee, None);
        assert_eq!(raised(stays, Some(LAUNCH), 138).max_fee, stays.max_fee, "it is over");
    }

    #[test]
    fn a_creator_cannot_choose_a_trap() {
        let choice = |bps, lasts_blocks| LaunchTaxChoice { bps, lasts_blocks }.ensure_within_bounds().is_ok();
        assert!(choice(LAUNCH_TAX_BPS_MAX, LAUNCH_TAX_BLOCKS_MAX) && choice(1, 1));
        for (bps, lasts_blocks) in
            [(0, 1), (1, 0), (LAUNCH_TAX_BPS_MAX + 1, 1), (1, LAUNCH_TAX_BLOCKS_MAX + 1)]
        {
            assert!(!choice(bps, lasts_blocks), "{bps} {lasts_blocks}");
        }
    }

    proptest! {
        #[test]
        fn it_never_rises_and_an_earlier_end_is_never_dearer(
            bps in 1..=LAUNCH_TAX_BPS_MAX, opens in 0..1_000u64, lasts in 1..1_000u64, height in 0..2_500u64,
            sooner in 0..1_000u64, legs in proptest::array::uniform4(0..=250u16),
        ) {
            let launch = LaunchTaxChoice { bps, lasts_blocks: lasts }.from(opens);
            let shortened = LaunchTax { end_height: launch.end_height.saturating_sub(sooner), ..launch };
            prop_assert!(launch.at(height + 1) <= launch.at(height));
            prop_assert!(shortened.at(height) <= launch.at(height));
            let [burn_bps, reflect_bps, treasury_bps, liquidity_bps] = legs;
            let stays = Tax { burn_bps, reflect_bps, treasury_bps, liquidity_bps, max_fee: None };
            let found = raised(stays, Some(launch), height);
            prop_assert_eq!(found.total_bps(), stays.total_bps().max(launch.at(height)));
            prop_assert!(found.total_bps() <= u32::from(LAUNCH_TAX_BPS_MAX.max(TAX_BPS_MAX)));
        }
    }
}
