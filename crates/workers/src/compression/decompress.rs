//! `native:decompress`.

use super::auto::AutoDecoder;
use super::sink::Sink;
use super::{Decoder, Fault, Format};
use crate::source::{Source, caused_by};
use crate::{Failure, Fields, FromValue, NativeTask, Task, Value};
use std::path::PathBuf;

/// The input of `native:decompress`.
#[derive(Debug)]
pub struct DecompressInput {
    /// The data to decompress.
    pub source: Source,
    /// The format; `None` recognizes it by its first bytes.
    pub format: Option<Format>,
    /// Maximum size of the result, in bytes.
    pub max_output_length: u64,
    /// The file to write the result to; `None` returns the bytes.
    pub output: Option<PathBuf>,
}

/// The formats in the order of the codec in `lib/native/tasks/`. The first is `auto`.
const FORMATS: &[Option<Format>] = &[
    None,
    Some(Format::Gzip),
    Some(Format::Deflate),
    Some(Format::DeflateRaw),
    Some(Format::Brotli),
    Some(Format::Zstd),
    Some(Format::Lz4),
];

/// Reads the fields data, file, format, maxOutputLength and output, in this order.
impl FromValue for DecompressInput {
    fn from_value(value: Value) -> Result<Self, Failure> {
        let mut fields = Fields::of(value)?;
        Ok(Self {
            source: Source::from_fields(&mut fields)?,
            format: fields.one_of(FORMATS)?,
            max_output_length: fields.size()?,
            output: fields.path()?,
        })
    }
}

/// The task.
#[derive(Debug)]
pub struct Decompress;

impl NativeTask for Decompress {
    type Input = DecompressInput;
    type Output = Value;

    fn run(&mut self, input: DecompressInput, task: &Task<'_>) -> Result<Value, Failure> {
        let DecompressInput {
            source,
            format,
            max_output_length,
            output,
        } = input;
        decompress(&source, format, max_output_length, output, task)
            .map_err(|failure| caused_by(source.path(), failure))
    }
}

fn decompress(
    source: &Source,
    format: Option<Format>,
    max_output_length: u64,
    output: Option<PathBuf>,
    task: &Task<'_>,
) -> Result<Value, Failure> {
    let length = source.length().unwrap_or(0);
    let length = usize::try_from(length).unwrap_or(usize::MAX);
    let reserve_limit = length.saturating_mul(MAX_RATIO).max(MIN_RESERVE_LIMIT);
    let expected = expected(source, reserve_limit);
    let sink = Sink::new(output, expected, Some(max_output_length))?;
    let decoder = match format {
        None => Ok(Selected::Auto(AutoDecoder::new())),
        Some(format) => format
            .decoder()
            .map(|decoder| Selected::Format(format, decoder)),
    };
    let mut decompression = Decompression {
        decoder: decoder.map_err(|fault| fault.at(0, format))?,
        sink,
        reserve_limit,
        read: 0,
        task,
    };
    source.read(task, |piece| decompression.step(piece))?;
    let finished = decompression.decoder.decoder().finish();
    finished.map_err(|fault| decompression.failure(fault))?;
    decompression.sink.finish(decompression.read, task)
}

enum Selected {
    Auto(AutoDecoder),
    Format(Format, Box<dyn Decoder>),
}

impl Selected {
    fn decoder(&mut self) -> &mut dyn Decoder {
        match self {
            Self::Auto(decoder) => decoder,
            Self::Format(_, decoder) => &mut **decoder,
        }
    }

    fn format(&self) -> Option<Format> {
        match self {
            Self::Auto(decoder) => decoder.format(),
            Self::Format(format, _) => Some(*format),
        }
    }
}

struct Decompression<'a> {
    decoder: Selected,
    sink: Sink,
    /// Maximum memory, in bytes, that is reserved for a size that the data declare.
    reserve_limit: usize,
    read: u64,
    task: &'a Task<'a>,
}

impl Decompression<'_> {
    /// Decompresses all of `input`.
    fn step(&mut self, mut input: &[u8]) -> Result<(), Failure> {
        loop {
            if self.task.is_cancelled() {
                return Err(Failure::cancelled());
            }
            let decoder = self.decoder.decoder();
            if let Some(length) = decoder.declared_length(input) {
                self.sink.expect_length(length, self.reserve_limit)?;
            }
            let step = decoder.step(input, self.sink.space()?);
            let step = step.map_err(|fault| self.failure(fault))?;
            input = &input[step.read..];
            self.read += step.read as u64;
            self.sink.advance(step.written)?;
            if step.read == 0 && step.written == 0 {
                break;
            }
        }
        if input.is_empty() {
            Ok(())
        } else {
            // Not reached: every decoder buffers input that it cannot use yet.
            Err(self.failure(Fault::Damaged("no progress".into())))
        }
    }

    fn failure(&self, fault: Fault) -> Failure {
        fault.at(self.read, self.decoder.format())
    }
}

/// Expected ratio of the size of the result to that of the compressed data.
const USUAL_RATIO: usize = 4;

/// Maximum ratio for which memory is reserved up front. The size that the data declare is not
/// trusted beyond it.
const MAX_RATIO: usize = 16;

/// Memory, in bytes, that may be reserved up front for an input of any size.
const MIN_RESERVE_LIMIT: usize = 64 << 10;

/// The expected size of the result, in bytes. gzip stores the size of its last member at the end;
/// the other formats store it at the beginning, if at all.
fn expected(source: &Source, reserve_limit: usize) -> usize {
    match source {
        Source::Data(data) => match (data.first_chunk(), data.last_chunk()) {
            (Some([0x1f, 0x8b]), Some(size)) => {
                let size = u32::from_le_bytes(*size);
                usize::try_from(size).map_or(reserve_limit, |size| size.min(reserve_limit))
            }
            _ => data.len().saturating_mul(USUAL_RATIO).min(reserve_limit),
        },
        Source::File(_) => MIN_RESERVE_LIMIT,
    }
}
