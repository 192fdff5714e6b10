//! Collections with a cap that holds before memory is spent.

use std::{borrow::Cow, ops::Deref};

use borsh::{BorshDeserialize, BorshSerialize, io};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

fn invalid(sentence: String) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, sentence)
}

fn read_length<R: io::Read>(reader: &mut R, max: usize, what: &str) -> io::Result<usize> {
    let length = u32::deserialize_reader(reader)?;
    match usize::try_from(length) {
        Ok(length) if length <= max => Ok(length),
        _ => Err(invalid(format!("{length} {what} where at most {max} are allowed"))),
    }
}

fn read_bytes<R: io::Read>(reader: &mut R, max: usize) -> io::Result<Vec<u8>> {
    let length = read_length(reader, max, "bytes")?;
    let mut bytes = vec![0; length];
    reader.read_exact(&mut bytes)?;
    Ok(bytes)
}

/// UTF-8 text of at most `MAX` bytes.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, BorshSerialize)]
pub struct Text<const MAX: usize>(String);

impl<const MAX: usize> Text<MAX> {
    /// The text, or a sentence if it is longer than `MAX` bytes.
    pub fn parse(text: impl Into<String>) -> Result<Self, String> {
        let text = text.into();
        if text.len() <= MAX {
            Ok(Self(text))
        } else {
            Err(format!("{} bytes of text; at most {MAX}", text.len()))
        }
    }
}

impl<const MAX: usize> Deref for Text<MAX> {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

impl<const MAX: usize> BorshDeserialize for Text<MAX> {
    fn deserialize_reader<R: io::Read>(reader: &mut R) -> io::Result<Self> {
        String::from_utf8(read_bytes(reader, MAX)?)
            .map(Self)
            .map_err(|_| invalid("text is not UTF-8".to_owned()))
    }
}

impl<const MAX: usize> Serialize for Text<MAX> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Serialize::serialize(&self.0, serializer)
    }
}

impl<'de, const MAX: usize> Deserialize<'de> for Text<MAX> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::parse(<Cow<'de, str> as Deserialize<'de>>::deserialize(deserializer)?)
            .map_err(de::Error::custom)
    }
}

impl<const MAX: usize> JsonSchema for Text<MAX> {
    fn schema_name() -> Cow<'static, str> {
        format!("Text{MAX}").into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "maxLength": MAX })
    }
}

/// At most `MAX` bytes; JSON shows them as `0x…`.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, BorshSerialize)]
pub struct Bytes<const MAX: usize>(Vec<u8>);

impl<const MAX: usize> Bytes<MAX> {
    /// The bytes, or a sentence if there are more than `MAX`.
    pub fn parse(bytes: impl Into<Vec<u8>>) -> Result<Self, String> {
        let bytes = bytes.into();
        if bytes.len() <= MAX {
            Ok(Self(bytes))
        } else {
            Err(format!("{} bytes; at most {MAX}", bytes.len()))
        }
    }
}

impl<const MAX: usize> Deref for Bytes<MAX> {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.0
    }
}

impl<const MAX: usize> BorshDeserialize for Bytes<MAX> {
    fn deserialize_reader<R: io::Read>(reader: &mut R) -> io::Result<Self> {
        read_bytes(reader, MAX).map(Self)
    }
}

impl<const MAX: usize> Serialize for Bytes<MAX> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&format_args!("0x{}", hex::encode(&self.0)))
    }
}

impl<'de, const MAX: usize> Deserialize<'de> for Bytes<MAX> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <Cow<'de, str> as Deserialize<'de>>::deserialize(deserializer)?;
        let bytes = text.strip_prefix("0x").and_then(|digits| hex::decode(digits).ok());
        bytes
            .ok_or_else(|| "bytes are written as 0x and hexadecimal digits".to_owned())
            .and_then(Self::parse)
            .map_err(de::Error::custom)
    }
}

impl<const MAX: usize> JsonSchema for Bytes<MAX> {
    fn schema_name() -> Cow<'static, str> {
        format!("Bytes{MAX}").into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let digits_max = MAX.saturating_mul(2);
        json_schema!({
            "type": "string", "format": "hex", "pattern": "^0x([0-9a-fA-F]{2})*$",
            "maxLength": digits_max.saturating_add(2),
        })
    }
}

/// At most `MAX` values.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, BorshSerialize)]
pub struct List<T, const MAX: usize>(Vec<T>);

impl<T, const MAX: usize> Default for List<T, MAX> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<T, const MAX: usize> List<T, MAX> {
    /// The values, or a sentence if there are more than `MAX`.
    pub fn parse(values: impl Into<Vec<T>>) -> Result<Self, String> {
        let values = values.into();
        if values.len() <= MAX {
            Ok(Self(values))
        } else {
            Err(format!("{} values; at most {MAX}", values.len()))
        }
    }
}

impl<T, const MAX: usize> Deref for List<T, MAX> {
    type Target = [T];

    fn deref(&self) -> &[T] {
        &self.0
    }
}

impl<T: BorshDeserialize, const MAX: usize> BorshDeserialize for List<T, MAX> {
    fn deserialize_reader<R: io::Read>(reader: &mut R) -> io::Result<Self> {
        let length = read_length(reader, MAX, "values")?;
        // Grows with what is really there: a length alone reserves nothing.
        let mut values = Vec::new();
        for _ in 0..length {
            values.push(T::deserialize_reader(reader)?);
        }
        Ok(Self(values))
    }
}

impl<T: Serialize, const MAX: usize> Serialize for List<T, MAX> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Serialize::serialize(&self.0, serializer)
    }
}

impl<'de, T: Deserialize<'de>, const MAX: usize> Deserialize<'de> for List<T, MAX> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::parse(<Vec<T> as Deserialize<'de>>::deserialize(deserializer)?).map_err(de::Error::custom)
    }
}

impl<T: JsonSchema, const MAX: usize> JsonSchema for List<T, MAX> {
    fn schema_name() -> Cow<'static, str> {
        format!("List{MAX}Of{}", T::schema_name()).into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "array", "items": generator.subschema_for::<T>(), "maxItems": MAX })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codec;

    #[test]
    fn a_length_bomb_is_refused_before_memory_is_spent() {
        let bomb = u32::MAX.to_le_bytes();
        assert!(codec::decode::<List<u64, 4>>(&bomb).is_err());
        assert!(codec::decode::<Bytes<4>>(&bomb).is_err());
        assert!(codec::decode::<Text<4>>(&bomb).is_err());
    }

    #[test]
    fn trailing_and_missing_bytes_are_refused() {
        let bytes = codec::encode(&List::<u64, 4>::parse(vec![1, 2]).unwrap());
        assert!(codec::decode::<List<u64, 4>>(&bytes).is_ok());
        assert!(codec::decode::<List<u64, 4>>(&[bytes.as_slice(), &[0]].concat()).is_err());
        assert!(codec::decode::<List<u64, 4>>(&bytes[..bytes.len() - 1]).is_err());
        assert!(codec::decode::<List<u64, 1>>(&bytes).is_err());
    }

    #[test]
    fn text_must_be_utf8() {
        assert!(codec::decode::<Text<4>>(&[1, 0, 0, 0, 0xff]).is_err());
    }
}
