//! How large a number may be that others read. Every integer in a message, an event, an answer or a genesis is one that
//! JavaScript holds exactly and SQLite stores, and a time is one that a calendar has; what can be larger is a decimal
//! string by its type.

use std::fmt;

use serde::ser::{
    Serialize, SerializeMap, SerializeSeq, SerializeStruct, SerializeStructVariant, SerializeTuple,
    SerializeTupleStruct, SerializeTupleVariant, Serializer,
};

/// The largest whole number that a double tells from its neighbours: 2^53-1.
pub const INTEGER_MAX: u64 = 9_007_199_254_740_991;
/// The last millisecond of the year 9999, the last that RFC 3339 can write.
pub const UNIX_MS_MAX: u64 = 253_402_300_799_999;
/// How the name of a time in milliseconds since 1970 ends.
const UNIX_MS: &str = "_unix_ms";

/// The most that a field may say, by its name.
pub fn most_of(field: &str) -> u64 {
    if field.ends_with(UNIX_MS) { UNIX_MS_MAX } else { INTEGER_MAX }
}

/// Refuses a value in which a number is larger than others can read, and says which and how large it may be.
pub fn ensure<T: Serialize + ?Sized>(value: &T) -> Result<(), String> {
    value.serialize(Walk { field: "" }).map_err(|TooLarge(sentence)| sentence)
}

/// The same of one number under a name.
pub fn ensure_field(field: &'static str, number: u64) -> Result<(), String> {
    Walk { field }.look(number).map_err(|TooLarge(sentence)| sentence)
}

/// Why a value is refused.
#[derive(Debug)]
struct TooLarge(String);

impl fmt::Display for TooLarge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for TooLarge {}

impl serde::ser::Error for TooLarge {
    fn custom<T: fmt::Display>(sentence: T) -> Self {
        Self(sentence.to_string())
    }
}

type Looked = Result<(), TooLarge>;

/// A serializer that writes nothing and looks at numbers; it knows the name of the field that they stand in.
#[derive(Clone, Copy)]
struct Walk {
    field: &'static str,
}

impl Walk {
    fn look(self, number: u64) -> Looked {
        let most = most_of(self.field);
        if number <= most {
            return Ok(());
        }
        let why = if most == UNIX_MS_MAX { "the end of the year 9999" } else { "2^53-1" };
        Err(TooLarge(format!("{} is {number}: it can be at most {most}, {why}", self.field)))
    }
}

/// Methods for what has no large number in it.
macro_rules! small {
    ($($name:ident($($type:ty),*);)*) => { $(fn $name(self, $(_: $type),*) -> Looked { Ok(()) })* };
}

impl Serializer for Walk {
    type Ok = ();
    type Error = TooLarge;
    type SerializeSeq = Self;
    type SerializeTuple = Self;
    type SerializeTupleStruct = Self;
    type SerializeTupleVariant = Self;
    type SerializeMap = Self;
    type SerializeStruct = Self;
    type SerializeStructVariant = Self;

    small! {
        serialize_bool(bool);
        serialize_i8(i8);
        serialize_i16(i16);
        serialize_i32(i32);
        serialize_u8(u8);
        serialize_u16(u16);
        serialize_u32(u32);
        serialize_f32(f32);
        serialize_f64(f64);
        serialize_char(char);
        serialize_str(&str);
        serialize_bytes(&[u8]);
        serialize_none();
        serialize_unit();
        serialize_unit_struct(&'static str);
        serialize_unit_variant(&'static str, u32, &'static str);
    }

    fn serialize_i64(self, number: i64) -> Looked {
        self.look(number.unsigned_abs())
    }

    fn serialize_u64(self, number: u64) -> Looked {
        self.look(number)
    }

    fn collect_str<T: fmt::Display + ?Sized>(self, _: &T) -> Looked {
        Ok(())
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Looked {
        value.serialize(self)
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(self, _: &'static str, value: &T) -> Looked {
        value.serialize(self)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        value: &T,
    ) -> Looked {
        value.serialize(self)
    }

    fn serialize_seq(self, _: Option<usize>) -> Result<Self, TooLarge> {
        Ok(self)
    }

    fn serialize_tuple(self, _: usize) -> Result<Self, TooLarge> {
        Ok(self)
    }

    fn serialize_tuple_struct(self, _: &'static str, _: usize) -> Result<Self, TooLarge> {
        Ok(self)
    }

    fn serialize_tuple_variant(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: usize,
    ) -> Result<Self, TooLarge> {
        Ok(self)
    }

    fn serialize_map(self, _: Option<usize>) -> Result<Self, TooLarge> {
        Ok(self)
    }

    fn serialize_struct(self, _: &'static str, _: usize) -> Result<Self, TooLarge> {
        Ok(self)
    }

    fn serialize_struct_variant(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: usize,
    ) -> Result<Self, TooLarge> {
        Ok(self)
    }
}

/// Looks at each part, under the name of the whole or under its own.
macro_rules! parts {
    ($($trait:ident $name:ident;)*) => { $(impl $trait for Walk {
        type Ok = ();
        type Error = TooLarge;

        fn $name<T: Serialize + ?Sized>(&mut self, value: &T) -> Looked {
            value.serialize(*self)
        }

        fn end(self) -> Looked {
            Ok(())
        }
    })* };
}

macro_rules! fields {
    ($($trait:ident)*) => { $(impl $trait for Walk {
        type Ok = ();
        type Error = TooLarge;

        fn serialize_field<T: Serialize + ?Sized>(&mut self, field: &'static str, value: &T) -> Looked {
            value.serialize(Walk { field })
        }

        fn end(self) -> Looked {
            Ok(())
        }
    })* };
}

parts! {
    SerializeSeq serialize_element;
    SerializeTuple serialize_element;
    SerializeTupleStruct serialize_field;
    SerializeTupleVariant serialize_field;
}

fields! { SerializeStruct SerializeStructVariant }

impl SerializeMap for Walk {
    type Ok = ();
    type Error = TooLarge;

    /// A key is text in JSON, whatever it is here.
    fn serialize_key<T: Serialize + ?Sized>(&mut self, _: &T) -> Looked {
        Ok(())
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Looked {
        value.serialize(*self)
    }

    fn end(self) -> Looked {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::{Amount, record};

    record! {
        enum Part {
            At { at_unix_ms: u64 },
            Named(u64),
        }
    }

    record! {
        struct Whole {
            amount: Amount,
            count: Option<u64>,
            until_unix_ms: u64,
            parts: Vec<Part>,
        }
    }

    fn whole() -> Whole {
        let parts = vec![Part::At { at_unix_ms: UNIX_MS_MAX }, Part::Named(INTEGER_MAX)];
        Whole { amount: Amount::MAX, count: Some(INTEGER_MAX), until_unix_ms: UNIX_MS_MAX, parts }
    }

    #[test]
    fn what_others_can_read_passes_and_one_more_names_its_field() {
        ensure(&whole()).unwrap();
        ensure(&BTreeMap::from([(u64::MAX, 1_u64)])).unwrap();
        for (value, field) in [
            (Whole { count: Some(INTEGER_MAX + 1), ..whole() }, "count"),
            (Whole { until_unix_ms: UNIX_MS_MAX + 1, ..whole() }, "until_unix_ms"),
            (Whole { parts: vec![Part::At { at_unix_ms: u64::MAX }], ..whole() }, "at_unix_ms"),
            (Whole { parts: vec![Part::Named(u64::MAX)], ..whole() }, "parts"),
        ] {
            let told = ensure(&value).unwrap_err();
            assert!(told.starts_with(&format!("{field} is ")), "{told}");
        }
        assert!(ensure(&(i64::MIN,)).is_err());
    }

    #[test]
    fn the_last_time_is_the_last_that_can_be_written() {
        let last = crate::time::parse_rfc3339_ms("9999-12-31T23:59:59.999Z");
        assert_eq!(last, Ok(UNIX_MS_MAX));
        const { assert!(UNIX_MS_MAX < INTEGER_MAX) };
    }
}
