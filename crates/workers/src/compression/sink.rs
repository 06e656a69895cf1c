//! Where a codec writes: memory, which becomes the result, or a file.

use crate::output::Output;
use crate::{Failure, Task, Value};
use std::io::Write;
use std::path::PathBuf;

/// How many bytes a codec writes between two polls of the token, at most.
const CHUNK: usize = 128 << 10;

/// Receives bytes, up to a limit.
pub(super) struct Sink {
    target: Target,
    /// The option that limits the number of bytes, in messages.
    limit: Option<u64>,
    written: u64,
}

enum Target {
    Memory {
        /// The bytes, and a piece of zeros that the codec overwrites.
        buffer: Vec<u8>,
        /// How many bytes there will probably be.
        expected: usize,
    },
    File {
        output: Box<Output>,
        buffer: Box<[u8]>,
    },
}

impl Sink {
    /// A sink for at most `limit` bytes. Without a path, they go to memory, of which there is at
    /// first enough for `expected` bytes.
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

    /// How many more bytes there may be.
    fn room(&self) -> u64 {
        self.limit.map_or(u64::MAX, |limit| limit - self.written)
    }

    /// The data say that `length` bytes will follow. `most` is how much memory is reserved for them
    /// at most, since they may lie.
    pub(super) fn announce(&mut self, length: u64, most: usize) -> Result<(), Failure> {
        if length > self.room() {
            return Err(self.too_large());
        }
        if let (0, Target::Memory { expected, .. }) = (self.written, &mut self.target) {
            *expected = usize::try_from(length).unwrap_or(most).min(most);
        }
        Ok(())
    }

    /// Where the next bytes are written to. Never empty: one byte above the limit shows that there
    /// are too many.
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

    /// So many bytes have been written to the space.
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

    /// The result of a task that read `read` bytes: the bytes, or how many there are.
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
                    ("bytesRead".into(), count(read)),
                    ("bytesWritten".into(), count(written)),
                ])))
            }
        }
    }
}

/// Makes room: for `expected` bytes at first, then for as many as there are. At most `most`.
fn reserve(buffer: &mut Vec<u8>, expected: usize, most: usize) -> Result<(), Failure> {
    let capacity = match buffer.capacity() {
        0 => expected.max(1),
        capacity => capacity.saturating_mul(2).max(CHUNK),
    }
    .min(most);
    if buffer.try_reserve_exact(capacity - buffer.len()).is_err() {
        let message = format!("There are no {capacity} bytes of memory");
        return Err(Failure::too_large(message));
    }
    Ok(())
}

#[expect(clippy::cast_precision_loss, reason = "exact up to 8 PiB")]
fn count(bytes: u64) -> Value {
    Value::Number(bytes as f64)
}
