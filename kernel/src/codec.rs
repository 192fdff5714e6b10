//! The one canonical encoding: borsh with strict order. Whatever decodes encodes back to the same bytes, or is refused.

use std::io::{self, Write};

use borsh::{BorshDeserialize, BorshSerialize};

use crate::Halt;

/// Why bytes that decode are refused.
pub(crate) const NOT_CANONICAL: &str = "not the canonical encoding";

/// Encodes a value. Writing into memory cannot fail for the types of the kernel; a type that refuses is a bug.
pub fn encode<T: BorshSerialize + ?Sized>(value: &T) -> Vec<u8> {
    // Most values are a few bytes, live as long as their block, and come by the thousand: each in just its room.
    let size_bytes = borsh::object_length(value).unwrap_or_default();
    let mut bytes = Vec::with_capacity(size_bytes);
    // A `Vec` accepts every write, so the only error is a collection longer than 2^32, which the caps exclude.
    if value.serialize(&mut bytes).is_err() {
        bytes.clear();
    }
    bytes
}

/// Decodes exactly these bytes: no byte left over, and encoding the value again must give them back.
pub fn decode<T: BorshDeserialize + BorshSerialize>(bytes: &[u8]) -> Result<T, String> {
    let value = T::try_from_slice(bytes).map_err(|error| error.to_string())?;
    match strip(&value, bytes) {
        Some([]) => Ok(value),
        _ => Err(NOT_CANONICAL.to_owned()),
    }
}

/// What is left of bytes after the encoding of a value; nothing if they do not begin with it.
pub(crate) fn strip<'b, T: BorshSerialize + ?Sized>(value: &T, bytes: &'b [u8]) -> Option<&'b [u8]> {
    let mut expected = Expected(bytes);
    value.serialize(&mut expected).ok()?;
    Some(expected.0)
}

/// Takes what is written only if these bytes begin with it: an encoding is compared without being kept.
struct Expected<'b>(&'b [u8]);

impl Write for Expected<'_> {
    fn write(&mut self, written: &[u8]) -> io::Result<usize> {
        let rest = self.0.strip_prefix(written).ok_or(io::ErrorKind::InvalidData)?;
        self.0 = rest;
        Ok(written.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Takes a value off the front of bytes that are refused whatever it is, to say why: what is left unread, or is not
/// canonical, was refused already.
pub(crate) fn skim<T: BorshDeserialize>(rest: &mut &[u8]) -> Option<T> {
    #[expect(clippy::disallowed_methods, reason = "the rest is what the caller goes on with")]
    T::deserialize(rest).ok()
}

/// Decodes a value that this program wrote into state. What does not decode is corrupt, and the node must stop.
pub fn decode_stored<T: BorshDeserialize>(key: &[u8], bytes: &[u8]) -> Result<T, Halt> {
    T::try_from_slice(bytes).map_err(|error| {
        Halt::new(format!("corrupt value under {}: {error}; restore from a snapshot", key.escape_ascii()))
    })
}
