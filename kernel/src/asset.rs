//! Assets by number. Symbols are for people and not unique; ids are.

use std::{borrow::Cow, fmt, str::FromStr};

use borsh::{BorshDeserialize, BorshSerialize};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::Amount;

/// The number of an asset; 0 is LOL. JSON shows it as a decimal string.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, BorshSerialize, BorshDeserialize)]
pub struct AssetId(pub u64);

impl AssetId {
    /// LOL, the native coin.
    pub const NATIVE: Self = Self(0);
    /// The first number of assets with rules. Below it are the plain ones: two balances are all that a transfer of them
    /// touches, for ever. Plain numbers count from 1, so at a fee for each they never get here.
    pub const RULED_FIRST: Self = Self(1_000_000_000);
    /// The last number of plain assets.
    pub const PLAIN_LAST: Self = Self(999_999_999);

    /// Whether transfers of it follow rules: the number says so.
    pub const fn is_ruled(self) -> bool {
        self.0 >= Self::RULED_FIRST.0
    }
}

/// Symbol of the native coin.
pub const NATIVE_SYMBOL: &str = "LOL";
/// Decimals of the native coin: 1 LOL = 10^9 nlol.
pub const NATIVE_DECIMALS: u8 = 9;

impl fmt::Display for AssetId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for AssetId {
    type Err = String;

    /// Reads `17`, `DOGE#17` (only the number counts) or `LOL`.
    fn from_str(text: &str) -> Result<Self, String> {
        if text == NATIVE_SYMBOL {
            return Ok(Self::NATIVE);
        }
        let digits = text.rsplit_once('#').map_or(text, |(_, digits)| digits);
        let canonical = !digits.starts_with('0') || digits == "0";
        match digits.parse() {
            Ok(id) if canonical && digits.bytes().all(|byte| byte.is_ascii_digit()) => Ok(Self(id)),
            _ => Err(format!(
                "'{text}' is not an asset: write its number (17), its full name (DOGE#17) or LOL"
            )),
        }
    }
}

impl Serialize for AssetId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for AssetId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        <Cow<'de, str> as Deserialize<'de>>::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}

impl JsonSchema for AssetId {
    fn schema_name() -> Cow<'static, str> {
        "AssetId".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string", "format": "asset", "pattern": "^(LOL|([^#]*#)?(0|[1-9][0-9]{0,19}))$",
            "description": "Number of an asset, as a decimal string; 0 is LOL",
        })
    }
}

crate::record! {
    /// An amount of an asset.
    #[derive(Copy, PartialOrd, Ord)]
    pub struct Coin {
        /// Which asset.
        pub asset: AssetId,
        /// How much, in base units.
        pub amount: Amount,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_asset_is_read_by_its_number_alone() {
        for (text, id) in
            [("LOL", Some(0)), ("0", Some(0)), ("DOGE#17", Some(17)), ("17", Some(17)), ("A#B#3", Some(3))]
        {
            assert_eq!(text.parse().ok(), id.map(AssetId), "{text}");
        }
        for text in ["", "DOGE", "#", "017", "DOGE#+1", "18446744073709551616", "1.0", "lol"] {
            assert!(text.parse::<AssetId>().is_err(), "{text}");
        }
    }
}
