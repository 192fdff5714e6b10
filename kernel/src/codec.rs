//! The one canonical encoding: borsh with strict order. Whatever decodes encodes back to the same bytes, or is refused.

use borsh::{BorshDeserialize, BorshSerialize};

use crate::Halt;

/// Encodes a value. Writing into memory cannot fail for the types of the kernel; a type that refuses is a bug.
pub fn encode<T: BorshSerialize + ?Sized>(value: &T) -> Vec<u8> {
    // A `Vec` accepts every write, so the only error is a collection longer than 2^32, which the caps exclude.
    borsh::to_vec(value).unwrap_or_default()
}

/// Decodes exactly these bytes: no byte left over, and encoding the value again must give them back.
pub fn decode<T: BorshDeserialize + BorshSerialize>(bytes: &[u8]) -> Result<T, String> {
    let value = T::try_from_slice(bytes).map_err(|error| error.to_string())?;
    if encode(&value) == bytes { Ok(value) } else { Err("not the canonical encoding".to_owned()) }
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
