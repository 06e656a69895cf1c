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
    /// What is decompressed.
    pub source: Source,
    /// Its format; `None` if that is to be recognized.
    pub format: Option<Format>,
    /// How many bytes the result may have.
    pub max_output_length: u64,
    /// The file that the result is written to.
    pub output: Option<PathBuf>,
}

/// The positions of a format in the list of the codec: the first is `auto`.
const FORMATS: &[Option<Format>] = &[
    None,
    Some(Format::Gzip),
    Some(Format::Deflate),
    Some(Format::DeflateRaw),
    Some(Format::Brotli),
    Some(Format::Zstd),
    Some(Format::Lz4),
];

/// Fields: data, file, format, maxOutputLength, output.
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

    /// Decompresses the source, piece by piece.
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
    let most = length.saturating_mul(MOST_RATIO).max(LEAST);
    let sink = Sink::new(output, expected(source, most), Some(max_output_length))?;
    let decoder = match format {
        None => Ok(Selected::Auto(AutoDecoder::new())),
        Some(format) => format
            .decoder()
            .map(|decoder| Selected::Format(format, decoder)),
    };
    let mut decompression = Decompression {
        decoder: decoder.map_err(|fault| fault.at(0, format))?,
        sink,
        most,
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
    /// How much memory is reserved because the data say so, at most.
    most: usize,
    read: u64,
    task: &'a Task<'a>,
}

impl Decompression<'_> {
    /// Decompresses a piece.
    fn step(&mut self, mut input: &[u8]) -> Result<(), Failure> {
        loop {
            if self.task.is_cancelled() {
                return Err(Failure::cancelled());
            }
            let decoder = self.decoder.decoder();
            if let Some(length) = decoder.announced(input) {
                self.sink.announce(length, self.most)?;
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
            // Never seen: all decoders buffer what they cannot use yet.
            Err(self.failure(Fault::Damaged("no progress".into())))
        }
    }

    fn failure(&self, fault: Fault) -> Failure {
        fault.at(self.read, self.decoder.format())
    }
}

/// How much larger than the compressed data the result is expected to be.
const USUAL_RATIO: usize = 4;

/// How much larger it may be for memory to be reserved because the data say so.
const MOST_RATIO: usize = 16;

/// How much memory is reserved in any case, at most.
const LEAST: usize = 64 << 10;

/// How many bytes the result will probably have. The last bytes of gzip say so, if it has one
/// member; other formats say it in the beginning, if at all.
fn expected(source: &Source, most: usize) -> usize {
    match source {
        Source::Data(data) => match (data.first_chunk(), data.last_chunk()) {
            (Some([0x1f, 0x8b]), Some(size)) => {
                let size = u32::from_le_bytes(*size);
                usize::try_from(size).unwrap_or(most).min(most)
            }
            _ => data.len().saturating_mul(USUAL_RATIO).min(most),
        },
        Source::File(_) => LEAST,
    }
}
