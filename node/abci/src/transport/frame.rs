//! Length-prefixed protobuf frames: CometBFT's socket protocol.
//!
//! A frame is `uvarint(length) ‖ message`, as Go's `protoio.NewDelimitedWriter` writes it. Reading
//! is linear in the bytes received: a partial frame is moved to the front of the buffer at most
//! once, and the buffer grows by doubling, never beyond what one frame needs and never ahead of
//! the bytes that really came.

use std::io::{self, Read, Write};
use std::time::Duration;

use prost::Message;

use super::MAX_FRAME_BYTES;

/// Bytes read at once and kept while idle, per connection: 256 KiB. A unix socket's kernel buffer
/// is about 208 KiB, so one read can take all that waits, and 128 usual transactions fit well.
const READ_BUFFER_BYTES: usize = 256 * 1024;

/// Answers are written out at the latest when this many bytes wait: 256 KiB.
const WRITE_BUFFER_BYTES: usize = 256 * 1024;

/// Longest varint that can hold a `u64`, in bytes.
const MAX_VARINT_BYTES: usize = 10;

/// How often a write that the peer doesn't take wakes up to see whether the server is stopping.
pub(super) const WRITE_POLL: Duration = Duration::from_secs(1);

/// Why the bytes of a peer are not a frame.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub(super) enum FrameError {
    #[error("frame of {length} bytes refused: at most {MAX_FRAME_BYTES} bytes are taken")]
    TooLong { length: u64 },
    #[error("frame length refused: not a varint of at most {MAX_VARINT_BYTES} bytes")]
    BadLength,
}

/// Splits a byte stream into frames.
pub(super) struct FrameReader<R> {
    stream: R,
    buffer: Vec<u8>,
    /// Unread bytes are `buffer[start..end]`.
    start: usize,
    end: usize,
}

impl<R: Read> FrameReader<R> {
    pub(super) fn new(stream: R) -> Self {
        Self {
            stream,
            buffer: vec![0; READ_BUFFER_BYTES],
            start: 0,
            end: 0,
        }
    }

    /// The next complete frame already in the buffer, without its length; reads nothing.
    pub(super) fn next_buffered(&mut self) -> Result<Option<&[u8]>, FrameError> {
        let Some((prefix, length)) = self.peek_length()? else {
            return Ok(None);
        };
        if self.end - self.start - prefix < length {
            return Ok(None);
        }
        let from = self.start + prefix;
        self.start = from + length;
        Ok(Some(&self.buffer[from..from + length]))
    }

    /// Reads once, blocking until something comes; returns the bytes read, 0 at the stream's end.
    pub(super) fn fill(&mut self) -> io::Result<usize> {
        self.make_room();
        loop {
            match self.stream.read(&mut self.buffer[self.end..]) {
                Ok(read) => {
                    self.end += read;
                    return Ok(read);
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
    }

    /// The waiting frame's (prefix bytes, message bytes), once its length has come in whole.
    fn peek_length(&self) -> Result<Option<(usize, usize)>, FrameError> {
        let waiting = &self.buffer[self.start..self.end];
        let mut length = 0_u64;
        for (index, &byte) in waiting.iter().take(MAX_VARINT_BYTES).enumerate() {
            if index == MAX_VARINT_BYTES - 1 && byte > 1 {
                return Err(FrameError::BadLength);
            }
            length |= u64::from(byte & 0x7f) << (7 * index);
            if byte & 0x80 == 0 {
                return match usize::try_from(length) {
                    Ok(bytes) if bytes <= MAX_FRAME_BYTES => Ok(Some((index + 1, bytes))),
                    _ => Err(FrameError::TooLong { length }),
                };
            }
        }
        Ok(None)
    }

    /// Leaves at least one free byte behind `end`, and gives back a large buffer once it is idle.
    fn make_room(&mut self) {
        if self.start == self.end {
            self.start = 0;
            self.end = 0;
            if self.buffer.len() > READ_BUFFER_BYTES {
                self.buffer = vec![0; READ_BUFFER_BYTES];
            }
        }
        if self.end < self.buffer.len() {
            return;
        }
        if self.start > 0 {
            // What is left is one partial frame (the caller took the complete ones); from here on
            // it starts at 0, so its bytes are never moved a second time.
            self.buffer.copy_within(self.start..self.end, 0);
            self.end -= self.start;
            self.start = 0;
            return;
        }
        let doubled = self.buffer.len() * 2;
        let most = MAX_FRAME_BYTES + MAX_VARINT_BYTES;
        let needed = match self.peek_length() {
            Ok(Some((prefix, length))) => prefix + length,
            // A full buffer holds a whole length; a bad one is refused before any fill.
            Ok(None) | Err(_) => most,
        };
        // `+ 1`: the caller may ask for more while a complete frame still waits.
        let size = doubled.min(most).min(needed.max(self.buffer.len() + 1));
        self.buffer.resize(size.max(self.buffer.len() + 1), 0);
    }

    #[cfg(test)]
    fn capacity(&self) -> usize {
        self.buffer.len()
    }
}

/// Collects answers and writes them together.
pub(super) struct FrameWriter<W> {
    stream: W,
    waiting: Vec<u8>,
}

impl<W: Write> FrameWriter<W> {
    /// `stream` should have a write timeout of [`WRITE_POLL`].
    pub(super) fn new(stream: W) -> Self {
        Self {
            stream,
            waiting: Vec::with_capacity(WRITE_BUFFER_BYTES / 4),
        }
    }

    /// Queues one message.
    pub(super) fn push(&mut self, message: &impl Message) {
        self.waiting
            .reserve(message.encoded_len() + MAX_VARINT_BYTES);
        prost::encoding::encode_varint(message.encoded_len() as u64, &mut self.waiting);
        message.encode_raw(&mut self.waiting);
    }

    /// Whether so much waits that it should be written before more is queued.
    pub(super) fn is_full(&self) -> bool {
        self.waiting.len() >= WRITE_BUFFER_BYTES
    }

    /// Writes all that waits. A peer that takes nothing is waited for, unless `stopping` says that
    /// the server is going down: a paused CometBFT (a debugger, `SIGSTOP`) must find its
    /// connection alive, a stopping node must not hang on it.
    pub(super) fn flush(&mut self, stopping: impl Fn() -> bool) -> io::Result<()> {
        let mut written = 0;
        while written < self.waiting.len() {
            match self.stream.write(&self.waiting[written..]) {
                Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
                Ok(count) => written += count,
                Err(error) => match error.kind() {
                    io::ErrorKind::Interrupted => {}
                    io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut if !stopping() => {}
                    _ => return Err(error),
                },
            }
        }
        self.waiting.clear();
        self.waiting.shrink_to(WRITE_BUFFER_BYTES);
        self.stream.flush()
    }
}

#[cfg(test)]
#[path = "frame_tests.rs"]
mod tests;
