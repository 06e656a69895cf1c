//! The destination of a codec's output: memory, which becomes the task's result, or a file.

use crate::output::Output;
use crate::source::bytes;
use crate::{Failure, Task, Value};
use std::io::Write;
use std::path::PathBuf;

/// Maximum number of bytes that a codec writes between two polls of the token.
const CHUNK: usize = 128 << 10;

/// Receives output bytes, up to a limit.
pub(super) struct Sink {
    target: Target,
    /// Maximum number of bytes: the option `maxOutputLength`.
    limit: Option<u64>,
    written: u64,
}

enum Target {
    Memory {
        /// The bytes written so far, followed by zeros to be overwritten.
        buffer: Vec<u8>,
        /// Expected number of bytes.
        expected: usize,
    },
    File {
        output: Box<Output>,
        buffer: Box<[u8]>,
    },
}

impl Sink {
    /// Creates a sink that accepts at most `limit` bytes and writes them to the file at `path`.
    /// Without a path, it collects them in memory, in a buffer with initial room for `expected`
    /// bytes.
    pub(super) fn new(
        path: Option<PathBuf>,
        expected: usize,
        limit: Option<u64>,
    ) -> Result<Self, Failure> {
        let target = match path {
            None => Target::Memory {
                buffer: Vec::new(),
                expected,
            },
            Some(path) => Target::File {
                output: Box::new(Output::create(path)?),
                buffer: vec![0; CHUNK].into(),
            },
        };
        Ok(Self {
            target,
            limit,
            written: 0,
        })
    }

    /// Number of bytes left before the limit.
    fn room(&self) -> u64 {
        self.limit.map_or(u64::MAX, |limit| limit - self.written)
    }

    /// Prepares for `length` bytes, the size that the data declare. Fails if that is above the
    /// limit. Reserves at most `reserve_limit` bytes of memory, because damaged data may declare
    /// anything.
    pub(super) fn expect_length(
        &mut self,
        length: u64,
        reserve_limit: usize,
    ) -> Result<(), Failure> {
        if length > self.room() {
            return Err(self.too_large());
        }
        if let (0, Target::Memory { expected, .. }) = (self.written, &mut self.target) {
            *expected =
                usize::try_from(length).map_or(reserve_limit, |length| length.min(reserve_limit));
        }
        Ok(())
    }

    /// The buffer for the next bytes. It is never empty: it has room for one byte beyond the limit,
    /// so that excess output is detected.
    pub(super) fn space(&mut self) -> Result<&mut [u8], Failure> {
        let room = usize::try_from(self.room().saturating_add(1)).unwrap_or(usize::MAX);
        match &mut self.target {
            Target::File { buffer, .. } => {
                let length = buffer.len().min(room);
                Ok(&mut buffer[..length])
            }
            Target::Memory { buffer, expected } => {
                let start = usize::try_from(self.written).expect("the length of a vector");
                let most = start.saturating_add(room);
                if start == buffer.capacity() {
                    reserve(buffer, expected.saturating_add(1), most)?;
                }
                let end = buffer.capacity().min(most).min(start.saturating_add(CHUNK));
                // Zeroed piece by piece, just before the codec writes, while it is in the cache.
                if buffer.len() < end {
                    buffer.resize(end, 0);
                }
                Ok(&mut buffer[start..end])
            }
        }
    }

    /// Accepts the first `length` bytes of [`Sink::space`], which the codec has written.
    pub(super) fn advance(&mut self, length: usize) -> Result<(), Failure> {
        if length as u64 > self.room() {
            return Err(self.too_large());
        }
        self.written += length as u64;
        if let Target::File { output, buffer } = &mut self.target {
            let written = output.write_all(&buffer[..length]);
            written.map_err(|error| output.failure(&error))?;
        }
        Ok(())
    }

    fn too_large(&self) -> Failure {
        Failure::too_large(format!(
            "The decompressed data are larger than data.maxOutputLength, {} bytes",
            self.limit.unwrap_or(u64::MAX)
        ))
    }

    /// The result of a task that has read `read` bytes: the output bytes, or a record of the two
    /// byte counts if they are in a file.
    pub(super) fn finish(self, read: u64, task: &Task<'_>) -> Result<Value, Failure> {
        match self.target {
            Target::Memory { mut buffer, .. } => {
                buffer.truncate(usize::try_from(self.written).expect("the length of a vector"));
                buffer.shrink_to_fit();
                Ok(buffer.into())
            }
            Target::File { output, .. } => {
                let written = output.commit(task)?;
                Ok(Value::Record(Box::new([
                    ("bytesRead".into(), bytes(read).into()),
                    ("bytesWritten".into(), bytes(written).into()),
                ])))
            }
        }
    }
}

/// Reserves memory: `expected` bytes at first, then twice the capacity. Never more than `most`.
fn reserve(buffer: &mut Vec<u8>, expected: usize, most: usize) -> Result<(), Failure> {
    let capacity = match buffer.capacity() {
        0 => expected.max(1),
        capacity => capacity.saturating_mul(2).max(CHUNK),
    }
    .min(most);
    if buffer.try_reserve_exact(capacity - buffer.len()).is_err() {
        let message = format!("There is not enough memory for {capacity} bytes");
        return Err(Failure::too_large(message));
    }
    Ok(())
}
