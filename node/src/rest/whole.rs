//! A whole number in a request: as JSON writes numbers, or as answers write those that may pass 2^53.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, de};

/// A number that an answer of ours can be copied into.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Whole(pub(super) u64);

#[derive(Deserialize)]
#[serde(untagged)]
enum Form<'a> {
    Number(u64),
    #[serde(borrow)]
    Digits(Cow<'a, str>),
}

impl<'de> Deserialize<'de> for Whole {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let wrong = || de::Error::custom("a whole number is needed, such as 5 or \"5\"");
        match Form::deserialize(deserializer).map_err(|_| wrong())? {
            Form::Number(number) => Ok(Self(number)),
            Form::Digits(text) if text.bytes().all(|byte| byte.is_ascii_digit()) => {
                text.parse().map(Self).map_err(|_| wrong())
            }
            Form::Digits(_) => Err(wrong()),
        }
    }
}

impl JsonSchema for Whole {
    fn schema_name() -> Cow<'static, str> {
        "Whole".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description": "A whole number, or its decimal digits as a string",
            "anyOf": [{ "type": "integer", "minimum": 0 }, { "type": "string", "pattern": "^[0-9]{1,20}$" }],
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_read_in_both_forms_and_in_no_other() {
        for text in ["5", "\"5\""] {
            assert_eq!(serde_json::from_str::<Whole>(text).unwrap(), Whole(5), "{text}");
        }
        for text in ["-1", "1.5", "\"\"", "\"+5\"", "\"0x5\"", "null", "\"18446744073709551616\""] {
            assert!(serde_json::from_str::<Whole>(text).is_err(), "{text}");
        }
    }
}
