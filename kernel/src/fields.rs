//! The values that broke a rule, as they travel with a refusal.

use std::{borrow::Cow, fmt};

use borsh::{BorshDeserialize, BorshSerialize};
use serde::{
    Deserialize, Deserializer, Serialize, Serializer,
    de::{MapAccess, Visitor},
};

use crate::{Address, Amount, AssetId};

/// One value: a number, or a text where a number could pass 2^53 and be rounded by a reader of JSON.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize)]
#[serde(untagged)]
pub enum FieldValue {
    /// A count.
    Number(u32),
    /// A text, an address, an asset, an amount, or a number of 64 bits in decimal digits.
    Text(String),
}

impl fmt::Display for FieldValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number(number) => number.fmt(f),
            Self::Text(text) => f.write_str(text),
        }
    }
}

/// What can be a field of an error.
pub trait Field {
    /// What it is in JSON.
    fn value(&self) -> FieldValue;
}

macro_rules! fields_of {
    ($($number:ty),*; $($text:ty),*) => {
        $( impl Field for $number {
            fn value(&self) -> FieldValue {
                u32::try_from(*self).map_or_else(|_| FieldValue::Text(self.to_string()), FieldValue::Number)
            }
        } )*
        $( impl Field for $text {
            fn value(&self) -> FieldValue {
                FieldValue::Text(self.to_string())
            }
        } )*
    };
}
fields_of!(u8, u16, u32, usize; u64, u128, Amount, Address, AssetId, String, &'static str);

/// Names and values, in the order of the catalogue's row.
#[derive(Clone, Debug, Default, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Fields(Vec<(Cow<'static, str>, FieldValue)>);

impl Fields {
    /// These fields.
    pub fn new(fields: Vec<(Cow<'static, str>, FieldValue)>) -> Self {
        Self(fields)
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The value under a name.
    pub fn get(&self, name: &str) -> Option<&FieldValue> {
        self.iter().find_map(|(found, value)| (found == name).then_some(value))
    }

    /// The whole number under a name.
    pub fn number(&self, name: &str) -> Option<u64> {
        match self.get(name)? {
            FieldValue::Number(number) => Some(u64::from(*number)),
            FieldValue::Text(text) => text.parse().ok(),
        }
    }

    /// All, in order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &FieldValue)> {
        self.0.iter().map(|(name, value)| (name.as_ref(), value))
    }
}

impl Serialize for Fields {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.iter())
    }
}

impl<'de> Deserialize<'de> for Fields {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct InOrder;
        impl<'de> Visitor<'de> for InOrder {
            type Value = Fields;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object of texts and numbers")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Fields, A::Error> {
                let mut fields = Vec::new();
                while let Some((name, value)) = map.next_entry::<String, FieldValue>()? {
                    fields.push((Cow::Owned(name), value));
                }
                Ok(Fields(fields))
            }
        }
        deserializer.deserialize_map(InOrder)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_keep_their_order_and_every_digit() {
        let fields = Fields::new(vec![
            ("next".into(), u64::MAX.value()),
            ("max".into(), 8_u8.value()),
            ("asset".into(), AssetId(17).value()),
        ]);
        let text = serde_json::to_string(&fields).unwrap();
        assert_eq!(text, r#"{"next":"18446744073709551615","max":8,"asset":"17"}"#);
        assert_eq!(serde_json::from_str::<Fields>(&text).unwrap(), fields);
        assert_eq!((fields.number("next"), fields.number("max")), (Some(u64::MAX), Some(8)));
        assert_eq!((fields.number("asset"), fields.number("absent")), (Some(17), None));
    }
}
