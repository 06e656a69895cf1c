//! `native:compress`.

use super::sink::Sink;
use super::zstd::ZstdContext;
use super::{Encoder, Format, Length};
use crate::source::{PIECE, Source};
use crate::{Failure, Fields, FromValue, NativeTask, Task, Value};
use std::path::PathBuf;

/// The input of `native:compress`.
#[derive(Debug)]
pub struct CompressInput {
    /// The data to compress.
    pub source: Source,
    /// The format of the result.
    pub format: Format,
    /// A level within [`Format::levels`].
    pub level: u32,
    /// The file to write the result to; `None` returns the bytes.
    pub output: Option<PathBuf>,
}

/// Reads the fields data, file, format, level and output, in this order.
impl FromValue for CompressInput {
    fn from_value(value: Value) -> Result<Self, Failure> {
        let mut fields = Fields::of(value)?;
        let source = Source::from_fields(&mut fields)?;
        let format = fields.one_of(Format::ALL)?;
        let level = fields.integer()?;
        if !format.levels().contains(&level) {
            let message = format!("{} has no level {level}", format.name());
            return Err(Failure::out_of_range(message));
        }
        Ok(Self {
            source,
            format,
            level,
            output: fields.path()?,
        })
    }
}

/// The task.
#[derive(Default)]
pub struct Compress {
    zstd: ZstdContext,
}

impl NativeTask for Compress {
    type Input = CompressInput;
    type Output = Value;

    fn run(&mut self, input: CompressInput, task: &Task<'_>) -> Result<Value, Failure> {
        let result = compress(input, task, &mut self.zstd);
        self.zstd.trim();
        result
    }

    fn rest(&mut self) {
        self.zstd = ZstdContext::default();
    }
}

fn compress(
    input: CompressInput,
    task: &Task<'_>,
    zstd: &mut ZstdContext,
) -> Result<Value, Failure> {
    let CompressInput {
        source,
        format,
        level,
        output,
    } = input;
    let length = length_of(&source);
    let estimate = usize::try_from(length.estimate().unwrap_or(0)).unwrap_or(usize::MAX);
    let sink = Sink::new(output, expected(estimate), None)?;
    let encoder = format.encoder(level, length, zstd);
    let mut compression = Compression {
        encoder: encoder.map_err(|fault| fault.at(0, Some(format)))?,
        format,
        sink,
        read: 0,
        task,
    };
    source.read(task, |piece| {
        let end = compression.read + piece.len() as u64;
        let is_last = matches!(length, Length::Exact(length) if length == end);
        compression.step(piece, is_last)
    })?;
    compression.step(&[], true)?;
    compression.sink.finish(compression.read, task)
}

struct Compression<'a> {
    encoder: Box<dyn Encoder + 'a>,
    format: Format,
    sink: Sink,
    read: u64,
    task: &'a Task<'a>,
}

impl Compression<'_> {
    /// Compresses all of `input`.
    fn step(&mut self, mut input: &[u8], is_last: bool) -> Result<(), Failure> {
        loop {
            if self.task.is_cancelled() {
                return Err(Failure::cancelled());
            }
            let step = self.encoder.step(input, is_last, self.sink.space()?);
            let step = step.map_err(|fault| fault.at(self.read, Some(self.format)))?;
            input = &input[step.read..];
            self.read += step.read as u64;
            self.sink.advance(step.written)?;
            if step.read == 0 && step.written == 0 {
                return Ok(());
            }
        }
    }
}

fn length_of(source: &Source) -> Length {
    match (source, source.length()) {
        (Source::Data(data), _) => Length::Exact(data.len() as u64),
        (Source::File(_), Some(length)) => Length::About(length),
        (Source::File(_), None) => Length::Unknown,
    }
}

/// The initial size of the output buffer, in bytes. Compressed text has about a third of its
/// length. Short inputs get room for the worst case, so that zstd does not need a buffer of its
/// own.
fn expected(length: usize) -> usize {
    if length <= PIECE {
        length + length / 128 + 512
    } else {
        length / 2
    }
}
