//! The keys of the columns. Heights are big-endian, so that byte order is the order of heights.

use chortle_kernel::Halt;

/// The last committed height and its app hash.
pub(crate) const COMMITTED: &[u8] = b"committed";
/// The chain that the home belongs to.
pub(crate) const IDENTITY: &[u8] = b"identity";
/// The format of the columns.
pub(crate) const FORMAT: &[u8] = b"format";

const HEIGHT_BYTES: usize = 8;
/// Ends an escaped key: smaller than any continuation of the key.
const END: [u8; 2] = [0x00, 0x00];
/// Stands for a zero byte inside a key.
const ESCAPED_ZERO: [u8; 2] = [0x00, 0xff];
/// Past every entry of a key, before the next key.
const PAST: [u8; 2] = [0x00, 0x01];

/// The key of a record per height.
pub(crate) fn height_key(height: u64) -> Vec<u8> {
    height.to_be_bytes().to_vec()
}

/// The height in a [`height_key`].
pub(crate) fn parse_height_key(key: &[u8]) -> Result<u64, Halt> {
    let bytes = key.try_into().map_err(|_| broken("a height", key))?;
    Ok(u64::from_be_bytes(bytes))
}

/// The key of a transaction of a block.
pub(crate) fn tx_key(height: u64, index: u32) -> Vec<u8> {
    [height.to_be_bytes().as_slice(), &index.to_be_bytes()].concat()
}

/// The key of a part of what a height made obsolete.
pub(crate) fn stale_key(height: u64, part: u32) -> Vec<u8> {
    [height.to_be_bytes().as_slice(), &part.to_be_bytes()].concat()
}

/// The height in a [`stale_key`].
pub(crate) fn parse_stale_key(key: &[u8]) -> Result<u64, Halt> {
    let (height, _) = key.split_at_checked(HEIGHT_BYTES).ok_or_else(|| broken("a stale index", key))?;
    parse_height_key(height)
}

/// The key of the value that `key` had before `height`. Order: by key, then by height.
pub(crate) fn history_key(key: &[u8], height: u64) -> Vec<u8> {
    let mut out = history_from(key);
    out.extend_from_slice(&height.to_be_bytes());
    out
}

/// The first possible history entry of a key.
pub(crate) fn history_from(key: &[u8]) -> Vec<u8> {
    escaped(key, END)
}

/// Past the last possible history entry of a key, before any entry of the next key.
pub(crate) fn history_past(key: &[u8]) -> Vec<u8> {
    escaped(key, PAST)
}

fn escaped(key: &[u8], end: [u8; 2]) -> Vec<u8> {
    let mut out = Vec::with_capacity(key.len() + END.len() + HEIGHT_BYTES);
    for &byte in key {
        if byte == 0 {
            out.extend_from_slice(&ESCAPED_ZERO);
        } else {
            out.push(byte);
        }
    }
    out.extend_from_slice(&end);
    out
}

/// The key and the height in a [`history_key`].
pub(crate) fn parse_history_key(raw: &[u8]) -> Result<(Vec<u8>, u64), Halt> {
    let refuse = || broken("a history entry", raw);
    let (body, height) =
        raw.len().checked_sub(HEIGHT_BYTES).and_then(|at| raw.split_at_checked(at)).ok_or_else(refuse)?;
    let body = body.strip_suffix(&END).ok_or_else(refuse)?;
    let mut key = Vec::with_capacity(body.len());
    let mut bytes = body.iter();
    while let Some(&byte) = bytes.next() {
        if byte == 0 && bytes.next() != Some(&ESCAPED_ZERO[1]) {
            return Err(refuse());
        }
        key.push(byte);
    }
    Ok((key, parse_height_key(height)?))
}

fn broken(what: &str, key: &[u8]) -> Halt {
    let shown: String = key.iter().map(|byte| format!("{byte:02x}")).collect();
    Halt::new(format!("the database holds a key that is not {what}: {shown}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEYS: [&[u8]; 9] =
        [b"", b"\0", b"\0\0", b"\0\xff", b"a", b"a\0", b"a\0\xff", b"a\x01", b"\xff\xff"];

    #[test]
    fn history_keys_keep_the_order_of_keys_and_then_of_heights() {
        for (at, key) in KEYS.iter().enumerate() {
            assert!(history_from(key) < history_key(key, 0));
            assert!(history_key(key, 255) < history_key(key, 256));
            assert!(history_key(key, u64::MAX) < history_past(key));
            for later in &KEYS[at + 1..] {
                assert!(history_past(key) < history_from(later), "{key:?} {later:?}");
            }
        }
    }

    #[test]
    fn a_history_key_gives_its_key_and_height_back() {
        for key in KEYS {
            assert_eq!(parse_history_key(&history_key(key, 7)), Ok((key.to_vec(), 7)));
        }
        for raw in [b"".as_slice(), b"1234567", b"a12345678", b"\0a\0\x0012345678"] {
            assert!(parse_history_key(raw).is_err(), "{raw:?}");
        }
    }
}
