//! Length-framed messages: an unsigned varint, then that many bytes.

use bytes::{Buf, Bytes, BytesMut};

/// The longest length prefix that a 64-bit varint can need.
const VARINT_BYTES_MAX: usize = 10;

/// A stream that can no longer be cut into frames.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FrameError {
    /// The prefix announces more than the cap; nothing was allocated for it.
    #[error("a frame of {size_bytes} bytes is announced, the cap is {size_bytes_max}")]
    TooLong {
        /// What the prefix says.
        size_bytes: u64,
        /// What is allowed.
        size_bytes_max: usize,
    },
    /// The prefix is no 64-bit varint in its shortest form.
    #[error("the length prefix is not a 64-bit varint in its shortest form")]
    BadPrefix,
}

/// Takes the next whole frame from the front of `buffer`; `None` asks for more bytes.
///
/// The length is judged before anything is reserved for it.
pub fn take(buffer: &mut BytesMut, size_bytes_max: usize) -> Result<Option<Bytes>, FrameError> {
    let Some((size_bytes, prefix_bytes)) = prefix(buffer)? else { return Ok(None) };
    let size = usize::try_from(size_bytes).ok().filter(|size| *size <= size_bytes_max);
    let size = size.ok_or(FrameError::TooLong { size_bytes, size_bytes_max })?;
    if buffer.len() - prefix_bytes < size {
        return Ok(None);
    }
    buffer.advance(prefix_bytes);
    Ok(Some(buffer.split_to(size).freeze()))
}

/// Reads the length prefix: its value and how many bytes it takes.
fn prefix(buffer: &[u8]) -> Result<Option<(u64, usize)>, FrameError> {
    let mut value = 0_u64;
    for (index, byte) in buffer.iter().take(VARINT_BYTES_MAX).enumerate() {
        let bits = u64::from(byte & 0x7f);
        let last_byte_overflows = index == VARINT_BYTES_MAX - 1 && bits > 1;
        let padded = *byte == 0 && index > 0;
        if last_byte_overflows || padded {
            return Err(FrameError::BadPrefix);
        }
        value |= bits << (7 * index);
        if byte & 0x80 == 0 {
            return Ok(Some((value, index + 1)));
        }
    }
    if buffer.len() >= VARINT_BYTES_MAX { Err(FrameError::BadPrefix) } else { Ok(None) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn framed(payload: &[u8]) -> Vec<u8> {
        let mut frame = BytesMut::new();
        prost012::encoding::encode_varint(payload.len() as u64, &mut frame);
        frame.extend_from_slice(payload);
        frame.to_vec()
    }

    proptest! {
        #[test]
        fn frames_survive_any_cut_of_the_stream(
            payloads in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..300), 0..20),
            step in 1_usize..50,
        ) {
            let stream: Vec<u8> = payloads.iter().flat_map(|payload| framed(payload)).collect();
            let (mut buffer, mut taken) = (BytesMut::new(), Vec::new());
            for piece in stream.chunks(step) {
                buffer.extend_from_slice(piece);
                while let Some(frame) = take(&mut buffer, 1_000).expect("well-formed") {
                    taken.push(frame.to_vec());
                }
            }
            prop_assert_eq!(taken, payloads);
            prop_assert!(buffer.is_empty());
        }

        #[test]
        fn any_bytes_are_judged_without_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let mut buffer = BytesMut::from(&bytes[..]);
            while let Ok(Some(_)) = take(&mut buffer, 64) {}
            prop_assert!(buffer.capacity() <= 4 * 200);
        }
    }

    #[test]
    fn an_announced_giant_is_refused_before_memory_is_spent() {
        let mut buffer = BytesMut::from(&[0xff, 0xff, 0xff, 0xff, 0x07][..]);
        let refusal = take(&mut buffer, 1 << 20);
        assert_eq!(refusal, Err(FrameError::TooLong { size_bytes: 0x7fff_ffff, size_bytes_max: 1 << 20 }));
        assert!(buffer.capacity() < 1_024);
    }

    #[test]
    fn endless_and_padded_prefixes_are_refused() {
        for prefix in [&[0xff_u8; 10][..], &[0x80, 0x00], &[0x80; 10]] {
            assert_eq!(take(&mut BytesMut::from(prefix), 1 << 20), Err(FrameError::BadPrefix), "{prefix:?}");
        }
    }
}
