//! The figures of a ruled asset that a transfer moves, and redistribution in O(1). Pure.

use chortle_kernel::{Amount, Halt, math, record};

/// Bits after the point of an index: it counts base units per base unit, times 2^64.
pub const INDEX_BITS: u32 = 64;

/// Nothing is shared while less than this part of the supply earns: a few units would take the index to its end.
pub const ELIGIBLE_SUPPLY_DIVISOR: u64 = 1_000;
/// Most that one unit earns by one share, in base units: the index has room for 2^44 such shares.
pub const SHARE_PER_UNIT_MAX: u64 = 1 << 20;
/// The same as a step of the index. What a share brings beyond it, with what was nobody's before, waits for the next.
const STEP_MAX: u128 = 1 << 84;

/// What a balance has earned: whole units, which are paid, and a part of one, which waits for the next time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Earned {
    /// Base units of what holders are paid in.
    pub units: Amount,
    /// What is left over, in 1/2^64 of a unit.
    pub fraction: u64,
}

impl Earned {
    /// All of it, in 1/2^64 of a unit.
    pub fn exact(self) -> u128 {
        (u128::from(self.units.base_units()) << INDEX_BITS) | u128::from(self.fraction)
    }
}

/// What an amount has earned between two indexes, on top of a fraction that was left over before. Nothing is rounded.
pub fn due(amount: Amount, then: u128, now: u128, fraction: u64) -> Result<Earned, Halt> {
    let grown = now.checked_sub(then).ok_or_else(|| Halt::new("an index of holders has fallen"))?;
    let earned = math::mul_q64(amount.base_units(), grown, fraction);
    let earned = earned.and_then(|(units, fraction)| Some(Earned { units: Amount::new(units)?, fraction }));
    earned.ok_or_else(|| Halt::new("a holder is due more than can exist: the ledger is corrupt"))
}

record! {
    /// In what holders are paid.
    #[derive(Copy, Default)]
    #[borsh(use_discriminant = true)]
    #[repr(u8)]
    #[serde(rename_all = "snake_case")]
    pub enum Payout {
        /// Nothing is ever shared among them.
        #[default]
        None = 0,
        /// In the asset itself.
        Own = 1,
        /// In LOL.
        Native = 2,
    }
}

record! {
    /// The figures of a ruled asset that a transfer moves: one leaf.
    #[derive(Default)]
    #[serde(default)]
    pub struct Totals {
        /// Base units that exist.
        pub supply: Amount,
        /// What the asset's treasury has of it.
        pub treasury: Amount,
        /// What the asset's liquidity account has of it.
        pub liquidity: Amount,
        /// In what holders are paid.
        pub payout: Payout,
        /// What one base unit has earned since creation, times 2^64.
        #[serde(with = "decimal")]
        #[schemars(with = "String")]
        pub index: u128,
        /// Base units that earn: all but those of excluded accounts and of the protocol.
        pub eligible: Amount,
        /// What has been earned and not yet paid, in what holders are paid in.
        pub pot: Amount,
        /// What is in the pot and nobody's yet, in 1/2^64 of a unit: what the last division left over, and what
        /// excluded owners earned. It goes with what is shared next.
        #[serde(with = "decimal")]
        #[schemars(with = "String")]
        pub carry: u128,
        /// Base units that accounts of users have, without what they are due: the power of all holders. Genesis sums
        /// it.
        #[serde(skip)]
        pub held: Amount,
        /// The newest height whose balances a vote needs; 0 if none does.
        #[serde(skip)]
        pub snapshot_height: u64,
    }
}

/// Parts in 2^64 are decimal strings in JSON, whose own numbers end at 2^53.
pub(crate) mod decimal {
    use std::{fmt::Display, str::FromStr};

    use serde::{Deserialize, Deserializer, Serializer, de};

    pub(crate) fn serialize<N: Display, S: Serializer>(number: &N, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(number)
    }

    pub(crate) fn deserialize<'de, N, D>(deserializer: D) -> Result<N, D::Error>
    where
        N: FromStr<Err: Display>,
        D: Deserializer<'de>,
    {
        String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}

impl Totals {
    /// What a balance that was settled at index `then`, and left a fraction over, is due.
    pub fn due(&self, balance: Amount, then: u128, fraction: u64) -> Result<Earned, Halt> {
        due(balance, then, self.index, fraction)
    }

    /// Shares `amount` among the eligible supply. False, and nothing changed, if too little is eligible or the index
    /// has no room left.
    pub fn share(&mut self, amount: Amount) -> bool {
        let (units, eligible) = (u128::from(amount.base_units()), u128::from(self.eligible.base_units()));
        let enough =
            eligible.saturating_mul(ELIGIBLE_SUPPLY_DIVISOR.into()) >= self.supply.base_units().into();
        if !enough || units > eligible.saturating_mul(SHARE_PER_UNIT_MAX.into()) {
            return false;
        }
        let Some(divisible) = units.checked_shl(INDEX_BITS).and_then(|scaled| scaled.checked_add(self.carry))
        else {
            return false;
        };
        let step = divisible.checked_div(eligible).map(|step| step.min(STEP_MAX));
        let Some((step, given)) = step.and_then(|step| Some((step, step.checked_mul(eligible)?))) else {
            return false;
        };
        let carry = divisible.saturating_sub(given);
        let (Some(index), Some(pot)) = (self.index.checked_add(step), self.pot.checked_add(amount)) else {
            return false;
        };
        (self.index, self.pot, self.carry) = (index, pot, carry);
        true
    }

    /// Leaves what was earned in the pot, for all holders at the next share.
    pub fn return_earned(&mut self, earned: Earned) -> Result<(), Halt> {
        let carry = self.carry.checked_add(earned.exact());
        self.carry = carry.ok_or_else(|| Halt::new("what nobody earned overflows: the ledger is corrupt"))?;
        Ok(())
    }

    /// Takes what a holder is due out of the pot.
    pub fn pay(&mut self, due: Amount) -> Result<(), Halt> {
        self.pot = less(self.pot, due, "the pot of a redistribution")?;
        Ok(())
    }
}

/// One base unit.
pub(crate) const ONE: Amount = match Amount::new(1) {
    Some(one) => one,
    None => Amount::ZERO,
};

/// A sum that only a corrupt ledger overflows.
pub(crate) fn more(to: Amount, amount: Amount, what: &str) -> Result<Amount, Halt> {
    to.checked_add(amount).ok_or_else(|| Halt::new(format!("{what} overflows: the ledger is corrupt")))
}

/// A difference that only a corrupt ledger takes below zero.
pub(crate) fn less(from: Amount, amount: Amount, what: &str) -> Result<Amount, Halt> {
    from.checked_sub(amount)
        .ok_or_else(|| Halt::new(format!("{what} falls below zero: the ledger is corrupt")))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::common::amount;

    #[test]
    fn what_cannot_be_divided_is_carried() {
        let mut totals = Totals { eligible: amount(3), ..Totals::default() };
        for _ in 0..3 {
            assert!(totals.share(amount(1)));
        }
        assert_eq!((totals.pot, totals.carry, totals.index), (amount(3), 0, 1 << 64));
        assert_eq!(totals.due(amount(3), 0, 9), Ok(Earned { units: amount(3), fraction: 9 }));
        assert!(totals.due(amount(1), totals.index + 1, 0).is_err());
    }

    #[test]
    fn what_is_returned_goes_to_all_with_the_next_share_and_never_stops_it() {
        let mut totals = Totals { eligible: amount(4), pot: amount(9), ..Totals::default() };
        totals.return_earned(Earned { units: amount(6), fraction: 1 << 63 }).unwrap();
        assert!(totals.share(amount(1)));
        assert_eq!((totals.pot, totals.carry, totals.index), (amount(10), 0, 15 << 61));
        let much = Earned { units: Amount::MAX, fraction: 0 };
        let mut few = Totals { eligible: amount(1), ..Totals::default() };
        few.return_earned(much).unwrap();
        assert!(few.share(amount(1)));
        assert_eq!((few.index, few.carry), (STEP_MAX, (1 << 127) - STEP_MAX), "the rest waits");
    }

    proptest! {
        /// Whatever one settles at, and however often: what was paid and what waits is what one settlement pays.
        #[test]
        fn settling_often_pays_what_settling_once_does(
            units in 1..=1_u64 << 36, steps in proptest::collection::vec(0..=1_u128 << 80, 1..40),
        ) {
            let (mut index, mut fraction, mut paid) = (0, 0, Amount::ZERO);
            for step in &steps {
                let earned = due(amount(units), index, index + step, fraction).unwrap();
                index += step;
                fraction = earned.fraction;
                paid = paid.checked_add(earned.units).unwrap();
            }
            prop_assert_eq!(due(amount(units), 0, index, 0), Ok(Earned { units: paid, fraction }));
            prop_assert_eq!(Earned { units: paid, fraction }.exact(), u128::from(units) * index);
        }
    }

    #[test]
    fn with_nobody_eligible_or_no_room_nothing_is_shared() {
        let mut nobody = Totals::default();
        assert!(!nobody.share(amount(1)));
        assert_eq!(nobody, Totals::default());
        let mut full = Totals { eligible: amount(1), index: u128::MAX - 1, ..Totals::default() };
        let before = full.clone();
        assert!(!full.share(amount(1)));
        assert_eq!(full, before);
    }

    #[test]
    fn one_unit_earns_the_most_of_one_share_and_not_one_more() {
        for (units, shared) in [(SHARE_PER_UNIT_MAX, true), (SHARE_PER_UNIT_MAX + 1, false)] {
            let mut totals = Totals { eligible: amount(1), ..Totals::default() };
            assert_eq!(totals.share(amount(units)), shared, "{units}");
        }
        for (supply, shared) in [(ELIGIBLE_SUPPLY_DIVISOR, true), (ELIGIBLE_SUPPLY_DIVISOR + 1, false)] {
            let mut totals = Totals { eligible: amount(1), supply: amount(supply), ..Totals::default() };
            assert_eq!(totals.share(amount(1)), shared, "of {supply} that exist");
        }
    }
}
