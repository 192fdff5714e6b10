//! Keys as bytes whose order is the order of their values: integers big-endian and fixed width, addresses raw.

use crate::{Address, AssetId};

/// A key that encodes so that byte order is value order, and that no other key's encoding begins with.
pub trait StateKey: Sized {
    /// Appends the encoding.
    fn write(&self, out: &mut Vec<u8>);
    /// Takes the encoding off the front; `None` if the bytes are no such key.
    fn read(bytes: &mut &[u8]) -> Option<Self>;
}

/// A key whose first part is `P`: everything under one `P` is one contiguous range.
pub trait StartsWith<P: StateKey>: StateKey {}

impl<const N: usize> StateKey for [u8; N] {
    fn write(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(self);
    }

    fn read(bytes: &mut &[u8]) -> Option<Self> {
        let (first, rest) = bytes.split_first_chunk::<N>()?;
        *bytes = rest;
        Some(*first)
    }
}

impl StateKey for u64 {
    fn write(&self, out: &mut Vec<u8>) {
        self.to_be_bytes().write(out);
    }

    fn read(bytes: &mut &[u8]) -> Option<Self> {
        StateKey::read(bytes).map(Self::from_be_bytes)
    }
}

impl StateKey for u32 {
    fn write(&self, out: &mut Vec<u8>) {
        self.to_be_bytes().write(out);
    }

    fn read(bytes: &mut &[u8]) -> Option<Self> {
        StateKey::read(bytes).map(Self::from_be_bytes)
    }
}

impl StateKey for Address {
    fn write(&self, out: &mut Vec<u8>) {
        self.0.write(out);
    }

    fn read(bytes: &mut &[u8]) -> Option<Self> {
        StateKey::read(bytes).map(Self)
    }
}

impl StateKey for AssetId {
    fn write(&self, out: &mut Vec<u8>) {
        self.0.write(out);
    }

    fn read(bytes: &mut &[u8]) -> Option<Self> {
        StateKey::read(bytes).map(Self)
    }
}

/// Text: a zero byte becomes `00 ff`, the end is `00 00`, so that shorter sorts before longer.
impl StateKey for String {
    fn write(&self, out: &mut Vec<u8>) {
        for byte in self.bytes() {
            out.push(byte);
            if byte == 0 {
                out.push(0xff);
            }
        }
        out.extend_from_slice(&[0, 0]);
    }

    fn read(bytes: &mut &[u8]) -> Option<Self> {
        let mut text = Vec::new();
        loop {
            let [byte] = <[u8; 1]>::read(bytes)?;
            if byte == 0 {
                match <[u8; 1]>::read(bytes)? {
                    [0xff] => {}
                    [0] => return Self::from_utf8(text).ok(),
                    _ => return None,
                }
            }
            text.push(byte);
        }
    }
}

impl<A: StateKey, B: StateKey> StateKey for (A, B) {
    fn write(&self, out: &mut Vec<u8>) {
        self.0.write(out);
        self.1.write(out);
    }

    fn read(bytes: &mut &[u8]) -> Option<Self> {
        Some((A::read(bytes)?, B::read(bytes)?))
    }
}

impl<A: StateKey, B: StateKey> StartsWith<A> for (A, B) {}

impl<A: StateKey, B: StateKey, C: StateKey> StateKey for (A, B, C) {
    fn write(&self, out: &mut Vec<u8>) {
        self.0.write(out);
        self.1.write(out);
        self.2.write(out);
    }

    fn read(bytes: &mut &[u8]) -> Option<Self> {
        Some((A::read(bytes)?, B::read(bytes)?, C::read(bytes)?))
    }
}

impl<A: StateKey, B: StateKey, C: StateKey> StartsWith<A> for (A, B, C) {}
impl<A: StateKey, B: StateKey, C: StateKey> StartsWith<(A, B)> for (A, B, C) {}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn bytes_of(key: &impl StateKey) -> Vec<u8> {
        let mut out = Vec::new();
        key.write(&mut out);
        out
    }

    #[test]
    fn a_zero_byte_in_a_text_keeps_its_place_and_reads_back() {
        let texts = ["", "\0", "\0\0", "\0a", "a", "a\0", "a\0b", "ab"].map(str::to_owned);
        for two in texts.windows(2) {
            assert!(bytes_of(&two[0]) < bytes_of(&two[1]), "{two:?}");
        }
        for text in texts {
            let bytes = bytes_of(&(text.clone(), 7_u64));
            let mut rest = bytes.as_slice();
            assert_eq!(StateKey::read(&mut rest), Some((text, 7_u64)));
            assert!(rest.is_empty());
        }
        for no_text in [&[0][..], &[0, 1], &[0, 0xff], b"a", &[0xff, 0, 0]] {
            assert_eq!(String::read(&mut &*no_text), None, "{no_text:?}");
        }
    }

    proptest! {
        #[test]
        fn byte_order_is_value_order(a: (u64, [u8; 3]), b: (u64, [u8; 3]), s: String, t: String) {
            prop_assert_eq!(bytes_of(&a).cmp(&bytes_of(&b)), a.cmp(&b));
            prop_assert_eq!(bytes_of(&s).cmp(&bytes_of(&t)), s.cmp(&t));
        }

        #[test]
        fn keys_read_back(a: u64, s: String, c: u32) {
            let bytes = bytes_of(&(a, s.clone(), c));
            let mut rest = bytes.as_slice();
            prop_assert_eq!(StateKey::read(&mut rest), Some((a, s, c)));
            prop_assert!(rest.is_empty());
        }
    }
}
