//! One connection: read what is there, answer it together, write, and again.

use std::io;
use std::sync::Arc;

use bytes::{Bytes, BytesMut};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};

use super::dispatch::Dispatch;
use super::limits::Limits;
use super::pulse::Line;
use crate::abci::call::{Call, Reply};
use crate::abci::{frame, wire};

/// Read at most this much at once; the kernel's socket buffer is about as large.
const READ_BYTES: usize = 256 * 1024;

/// A buffer that grew beyond this is let go once its message is answered: a block of 100 MiB is not paid for ever.
const KEPT_BYTES: usize = 1024 * 1024;

/// Serves one connection until its peer closes it or its stream can no longer be cut into frames.
pub(crate) async fn serve<S>(mut socket: S, dispatch: Arc<Dispatch>, limits: Limits) -> io::Result<()>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let mut buffer = BytesMut::with_capacity(READ_BYTES);
    let mut out = BytesMut::new();
    let line = Arc::new(dispatch.pulse().line());
    loop {
        let (frames, broken) = take_frames(&mut buffer, &limits);
        if !frames.is_empty() {
            let taken: usize = frames.iter().map(Bytes::len).sum();
            out = answer(Arc::clone(&dispatch), Arc::clone(&line), frames, out).await?;
            socket.write_all(&out).await?;
            out.clear();
            if out.capacity() > KEPT_BYTES {
                out = BytesMut::new();
            }
            if taken > KEPT_BYTES {
                buffer = BytesMut::from(&buffer[..]);
            }
            continue;
        }
        if let Some(reason) = broken {
            // The stream is lost: say why, then close.
            tracing::warn!(%reason, "an ABCI connection is closed");
            wire::encode_reply(Reply::Exception(reason), &mut out);
            socket.write_all(&out).await?;
            return socket.shutdown().await;
        }
        // A small reserve: a giant frame grows the buffer as its bytes arrive, never by its announcement.
        buffer.reserve(READ_BYTES);
        if socket.read_buf(&mut buffer).await? == 0 {
            return Ok(());
        }
    }
}

/// Takes every whole frame that the buffer holds, up to the batch limit.
fn take_frames(buffer: &mut BytesMut, limits: &Limits) -> (Vec<Bytes>, Option<String>) {
    let mut frames = Vec::new();
    while frames.len() < limits.batch_calls_max {
        match frame::take(buffer, limits.frame_bytes_max) {
            Ok(Some(frame)) => frames.push(frame),
            Ok(None) => break,
            Err(error) => return (frames, Some(error.to_string())),
        }
    }
    (frames, None)
}

/// Decodes, calls the application and encodes, off the threads that serve the sockets.
async fn answer(
    dispatch: Arc<Dispatch>,
    line: Arc<Line>,
    frames: Vec<Bytes>,
    mut out: BytesMut,
) -> io::Result<BytesMut> {
    let working = line.begin(frames.len());
    let work = move || {
        let _working = working;
        let calls: Vec<Result<Call, Box<Reply>>> = frames.into_iter().map(decode).collect();
        calls.iter().flatten().for_each(|call| line.note(call));
        for reply in dispatch.answer_all(calls) {
            wire::encode_reply(reply, &mut out);
        }
        out
    };
    tokio::task::spawn_blocking(work).await.map_err(io::Error::other)
}

fn decode(frame: Bytes) -> Result<Call, Box<Reply>> {
    wire::decode_call(frame.clone()).map_err(|malformed| {
        tracing::warn!(%malformed, "an ABCI request is refused");
        Box::new(wire::refusal(&frame, &malformed))
    })
}
