//! The figures of a ruled asset that a transfer moves, and redistribution in O(1). Pure.

use chortle_kernel::{Amount, Halt, math, record};

/// Bits after the point of an index: it counts base units per base unit, times 2^64.
pub const INDEX_BITS: u32 = 64;

/// Nothing is shared while less than this part of the supply earns: a few units would take the index to its end.
pub const ELIGIBLE_SUPPLY_DIVISOR: u64 = 1_000;
/// Most that one unit earns by one share, in base units: the index has room for 2^44 such shares.
pub const SHARE_PER_UNIT_MAX: u64 = 1 << 20;

/// What an amount has earned between two indexes, rounded down.
pub fn due(amount: Amount, then: u128, now: u128) -> Result<Amount, Halt> {
    let grown = now.checked_sub(then).ok_or_else(|| Halt::new("an index of holders has fallen"))?;
    let earned = math::mul_q64_floor(amount.base_units(), grown).and_then(Amount::new);
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
        /// What the last division left over, in 1/2^64 of a unit.
        #[serde(with = "decimal")]
        #[schemars(with = "String")]
        pub carry: u128,
    }
}

/// Numbers beyond 2^64 are decimal strings in JSON.
pub(crate) mod decimal {
    use serde::{Deserialize, Deserializer, Serializer, de};

    pub(crate) fn serialize<S: Serializer>(number: &u128, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(number)
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u128, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}

impl Totals {
    /// What a balance that was settled at index `then` is due, rounded down.
    pub fn due(&self, balance: Amount, then: u128) -> Result<Amount, Halt> {
        due(balance, then, self.index)
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
        let (Some(step), Some(carry)) = (divisible.checked_div(eligible), divisible.checked_rem(eligible))
        else {
            return false;
        };
        let (Some(index), Some(pot)) = (self.index.checked_add(step), self.pot.checked_add(amount)) else {
            return false;
        };
        (self.index, self.pot, self.carry) = (index, pot, carry);
        true
    }

    /// Takes what a holder is due out of the pot.
    pub fn pay(&mut self, due: Amount) -> Result<(), Halt> {
        self.pot = less(self.pot, due, "the pot of a redistribution")?;
        Ok(())
    }
}

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
    use super::*;
    use crate::common::amount;

    #[test]
    fn what_cannot_be_divided_is_carried() {
        let mut totals = Totals { eligible: amount(3), ..Totals::default() };
        for _ in 0..3 {
            assert!(totals.share(amount(1)));
        }
        assert_eq!((totals.pot, totals.carry, totals.index), (amount(3), 0, 1 << 64));
        assert_eq!(totals.due(amount(3), 0), Ok(amount(3)));
        assert!(totals.due(amount(1), totals.index + 1).is_err());
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
}
