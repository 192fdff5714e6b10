//! Amounts of one asset, in base units.

use std::{borrow::Cow, fmt, str::FromStr};

use borsh::{BorshDeserialize, BorshSerialize, io};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// Most decimals that an asset may show.
pub const DECIMALS_MAX: u8 = 18;

/// A number of base units, at most 2^63-1 (supply included), so that every product fits `u128` and every consumer
/// with signed integers can hold it. JSON shows it as a decimal string.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, BorshSerialize)]
pub struct Amount(u64);

impl Amount {
    /// Nothing.
    pub const ZERO: Self = Self(0);
    /// The largest amount: 2^63-1 base units.
    pub const MAX: Self = Self(i64::MAX.unsigned_abs());

    /// An amount of base units, or `None` above [`Amount::MAX`].
    pub const fn new(base_units: u64) -> Option<Self> {
        if base_units <= Self::MAX.0 { Some(Self(base_units)) } else { None }
    }

    /// The number of base units.
    pub const fn base_units(self) -> u64 {
        self.0
    }

    /// Whether it is nothing.
    pub const fn is_zero(self) -> bool {
        self.0 == 0
    }

    /// The sum, or `None` above [`Amount::MAX`].
    pub const fn checked_add(self, other: Self) -> Option<Self> {
        match self.0.checked_add(other.0) {
            Some(sum) => Self::new(sum),
            None => None,
        }
    }

    /// The difference, or `None` below zero.
    pub const fn checked_sub(self, other: Self) -> Option<Self> {
        match self.0.checked_sub(other.0) {
            Some(difference) => Some(Self(difference)),
            None => None,
        }
    }

    /// The sum of many, or `None` above [`Amount::MAX`].
    pub fn checked_sum(amounts: impl IntoIterator<Item = Self>) -> Option<Self> {
        amounts.into_iter().try_fold(Self::ZERO, Self::checked_add)
    }

    /// `floor(self · numerator / denominator)`: for payouts.
    pub fn mul_div_floor(self, numerator: u64, denominator: u64) -> Option<Self> {
        crate::math::mul_div_floor(self.0, numerator, denominator).and_then(Self::new)
    }

    /// `ceil(self · numerator / denominator)`: for charges.
    pub fn mul_div_ceil(self, numerator: u64, denominator: u64) -> Option<Self> {
        crate::math::mul_div_ceil(self.0, numerator, denominator).and_then(Self::new)
    }

    /// Reads a decimal number such as `1.5` with an asset's decimals: exact, or refused.
    pub fn parse_decimal(text: &str, decimals: u8) -> Result<Self, String> {
        let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
        let digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
        if whole.is_empty()
            || !digits(whole)
            || !digits(fraction)
            || (text.contains('.') && fraction.is_empty())
        {
            return Err(format!("'{text}' is not a decimal number such as 1.5"));
        }
        if fraction.len() > usize::from(decimals) {
            return Err(format!("'{text}' has {} decimals; this asset has {decimals}", fraction.len()));
        }
        let joined = format!("{whole}{fraction:0<width$}", width = usize::from(decimals));
        joined
            .parse::<u64>()
            .ok()
            .and_then(Self::new)
            .ok_or_else(|| format!("'{text}' is more than {} base units", Self::MAX))
    }

    /// Writes it with an asset's decimals, without trailing zeros: `1.5`.
    pub fn to_decimal(self, decimals: u8) -> String {
        let width = usize::from(decimals);
        let digits = format!("{:0>width$}", self.0, width = width.saturating_add(1));
        let (whole, fraction) = digits.split_at(digits.len().saturating_sub(width));
        match fraction.trim_end_matches('0') {
            "" => whole.to_owned(),
            fraction => format!("{whole}.{fraction}"),
        }
    }
}

impl fmt::Display for Amount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for Amount {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text.contains('.') {
            return Err(format!("'{text}' is no number of base units: those are whole, so write them out"));
        }
        Self::parse_decimal(text, 0)
    }
}

impl BorshDeserialize for Amount {
    fn deserialize_reader<R: io::Read>(reader: &mut R) -> io::Result<Self> {
        Self::new(u64::deserialize_reader(reader)?)
            .ok_or_else(|| io::Error::new(io::ErrorKind::InvalidData, "amount above 2^63-1"))
    }
}

impl Serialize for Amount {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Amount {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        <Cow<'de, str> as Deserialize<'de>>::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}

impl JsonSchema for Amount {
    fn schema_name() -> Cow<'static, str> {
        "Amount".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string", "format": "amount", "pattern": "^[0-9]{1,19}$",
            "description": "Base units as a decimal string, at most 2^63-1",
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn amounts_are_exact_or_refused() {
        let table: [(&str, u8, Option<u64>); 12] = [
            ("1.5", 9, Some(1_500_000_000)),
            ("0.000000001", 9, Some(1)),
            ("0.0000000001", 9, None),
            ("1.", 9, None),
            (".5", 9, None),
            ("-1", 9, None),
            ("1e9", 9, None),
            ("", 9, None),
            ("1,5", 9, None),
            ("9223372036854775807", 0, Some(i64::MAX as u64)),
            ("9223372036854775808", 0, None),
            ("99999999999999999999999999", 0, None),
        ];
        for (text, decimals, expected) in table {
            assert_eq!(
                Amount::parse_decimal(text, decimals).ok().map(Amount::base_units),
                expected,
                "{text}"
            );
        }
    }

    #[test]
    fn encodings_above_the_maximum_are_refused() {
        assert!(crate::codec::decode::<Amount>(&u64::MAX.to_le_bytes()).is_err());
        assert!(serde_json::from_str::<Amount>("\"9223372036854775808\"").is_err());
        assert!(serde_json::from_str::<Amount>("5").is_err());
        let refused = serde_json::from_str::<Amount>("\"1.5\"").unwrap_err().to_string();
        assert!(refused.contains("base units") && !refused.contains("decimals"), "{refused}");
    }

    proptest! {
        #[test]
        fn a_decimal_reads_back_as_itself(base_units in 0..=i64::MAX as u64, decimals in 0..=DECIMALS_MAX) {
            let amount = Amount::new(base_units).unwrap();
            prop_assert_eq!(Amount::parse_decimal(&amount.to_decimal(decimals), decimals), Ok(amount));
        }
    }
}
