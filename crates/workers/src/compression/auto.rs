//! Recognizes a format by its first bytes.

use super::fault::TRUNCATED;
use super::{Decoder, Fault, Format, Step};

/// Number of bytes needed: 4 magic bytes, and the 4-byte length of a skippable frame.
const PREFIX: usize = 8;

/// Decompresses any format that has magic bytes. Brotli and raw DEFLATE have none.
pub(super) struct AutoDecoder {
    prefix: Vec<u8>,
    /// Remaining bytes of a skippable frame. LZ4 and zstd use the same ones, so only the frame
    /// after it decides the format.
    skipping: u64,
    has_skipped: bool,
    recognized: Option<Recognized>,
}

struct Recognized {
    format: Format,
    decoder: Box<dyn Decoder>,
    /// Number of bytes of the prefix that the decoder has consumed.
    replayed: usize,
}

impl AutoDecoder {
    pub(super) fn new() -> Self {
        Self {
            prefix: Vec::with_capacity(PREFIX),
            skipping: 0,
            has_skipped: false,
            recognized: None,
        }
    }

    pub(super) fn format(&self) -> Option<Format> {
        self.recognized.as_ref().map(|recognized| recognized.format)
    }

    /// Reads the prefix, or skips part of a skippable frame. Returns the number of bytes consumed.
    fn recognize(&mut self, input: &[u8]) -> Result<usize, Fault> {
        if self.skipping > 0 {
            let skipping = usize::try_from(self.skipping).unwrap_or(usize::MAX);
            let skipped = input.len().min(skipping);
            self.skipping -= skipped as u64;
            return Ok(skipped);
        }
        let read = input.len().min(PREFIX - self.prefix.len());
        self.prefix.extend_from_slice(&input[..read]);
        let Some((magic, length)) = self.prefix.split_first_chunk::<4>() else {
            return Ok(read);
        };
        if is_skippable(*magic) {
            if let Some(length) = length.first_chunk() {
                self.skipping = u32::from_le_bytes(*length).into();
                self.has_skipped = true;
                self.prefix.clear();
            }
        } else {
            self.recognized = Some(Recognized::new(*magic)?);
        }
        Ok(read)
    }
}

impl Recognized {
    fn new(magic: [u8; 4]) -> Result<Self, Fault> {
        let format = format_of(magic).ok_or(NOT_RECOGNIZED)?;
        Ok(Self {
            format,
            decoder: format.decoder()?,
            replayed: 0,
        })
    }
}

const NOT_RECOGNIZED: Fault = Fault::Damaged(std::borrow::Cow::Borrowed(
    "the first bytes are not those of gzip, zlib, zstd or lz4; brotli and deflate-raw cannot be \
     recognized: pass data.format",
));

fn is_skippable(magic: [u8; 4]) -> bool {
    u32::from_le_bytes(magic) & 0xffff_fff0 == 0x184d_2a50
}

fn format_of(magic: [u8; 4]) -> Option<Format> {
    match magic {
        [0x1f, 0x8b, ..] => Some(Format::Gzip),
        [0x28, 0xb5, 0x2f, 0xfd] => Some(Format::Zstd),
        [0x04, 0x22, 0x4d, 0x18] => Some(Format::Lz4),
        // zlib: method 8 with a window of at most 32 KiB, and a valid header checksum.
        [method, flags, ..]
            if method & 0x0f == 8
                && method >> 4 <= 7
                && u16::from_be_bytes([method, flags]) % 31 == 0 =>
        {
            Some(Format::Deflate)
        }
        _ => None,
    }
}

impl Decoder for AutoDecoder {
    /// Recognizes the format without a copy if `input` begins with all of the magic bytes.
    fn declared_length(&mut self, input: &[u8]) -> Option<u64> {
        if self.recognized.is_none() && self.skipping == 0 && self.prefix.is_empty() {
            self.recognized = Recognized::new(*input.first_chunk()?).ok();
        }
        match &mut self.recognized {
            Some(recognized) if recognized.replayed == self.prefix.len() => {
                recognized.decoder.declared_length(input)
            }
            _ => None,
        }
    }

    fn step(&mut self, input: &[u8], output: &mut [u8]) -> Result<Step, Fault> {
        let Some(recognized) = &mut self.recognized else {
            let read = self.recognize(input)?;
            return Ok(Step { read, written: 0 });
        };
        while recognized.replayed < self.prefix.len() {
            let rest = &self.prefix[recognized.replayed..];
            let step = recognized.decoder.step(rest, output)?;
            recognized.replayed += step.read;
            if step.written > 0 {
                return Ok(Step { read: 0, ..step });
            }
            if step == Step::default() {
                return Err(Fault::Damaged("no progress".into()));
            }
        }
        recognized.decoder.step(input, output)
    }

    fn finish(&self) -> Result<(), Fault> {
        match &self.recognized {
            Some(recognized) => recognized.decoder.finish(),
            // The zstd and lz4 tools accept a file of skippable frames alone.
            None if self.has_skipped && self.skipping == 0 && self.prefix.is_empty() => Ok(()),
            None => Err(TRUNCATED),
        }
    }
}
