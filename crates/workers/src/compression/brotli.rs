//! Brotli. It has neither magic bytes nor a checksum.

use super::fault::{TRAILING, TRUNCATED};
use super::{Decoder, Encoder, Fault, Length, Step};
use native_worker_pool_codecs::brotli;

/// The largest window of the encoder, as that of node:zlib. The tool has 24, with which most levels
/// need twice the memory.
const MAX_WINDOW_BITS: u32 = 22;

/// Brotli keeps so many bytes of a window for itself.
const WINDOW_GAP: u64 = 16;

/// Levels 0 and 1 compress each piece of input by itself, so short ones cost up to a tenth of the
/// size. Of so many bytes, it is a fiftieth.
const GATHERED: usize = 512 << 10;

pub(super) struct BrotliEncoder {
    encoder: brotli::Encoder,
    /// At levels 0 and 1: the input that is not compressed yet.
    gathering: Option<Gathering>,
}

#[derive(Default)]
struct Gathering {
    input: Vec<u8>,
    /// How much of the input the encoder has read.
    read: usize,
    is_full: bool,
}

impl BrotliEncoder {
    pub(super) fn new(level: u32, length: Length) -> Result<Self, Fault> {
        let length = length.estimate();
        let window_bits = length.map_or(MAX_WINDOW_BITS, |length| {
            let fits = |bits: &u32| (1 << bits) - WINDOW_GAP >= length;
            let mut all = *brotli::WINDOW_BITS.start()..=MAX_WINDOW_BITS;
            all.find(fits).unwrap_or(MAX_WINDOW_BITS)
        });
        let size_hint = u32::try_from(length.unwrap_or(0)).unwrap_or(u32::MAX);
        Ok(Self {
            encoder: brotli::Encoder::new(level, window_bits, size_hint)?,
            gathering: (level <= 1).then(Gathering::default),
        })
    }
}

impl Encoder for BrotliEncoder {
    fn step(&mut self, input: &[u8], is_last: bool, output: &mut [u8]) -> Result<Step, Fault> {
        let Some(gathering) = &mut self.gathering else {
            return Ok(self.encoder.step(input, is_last, output)?);
        };
        loop {
            if !gathering.is_full {
                let read = gathering.gather(input);
                if read > 0 || !is_last {
                    return Ok(Step { read, written: 0 });
                }
            }
            let is_last = is_last && input.is_empty();
            let rest = &gathering.input[gathering.read..];
            let step = self.encoder.step(rest, is_last, output)?;
            gathering.read += step.read;
            if step.written > 0 {
                return Ok(Step { read: 0, ..step });
            }
            if step.read == 0 {
                gathering.clear();
                if input.is_empty() {
                    return Ok(step);
                }
            }
        }
    }
}

impl Gathering {
    /// Returns how much of the input it copied.
    fn gather(&mut self, input: &[u8]) -> usize {
        let read = input.len().min(GATHERED - self.input.len());
        self.input.extend_from_slice(&input[..read]);
        self.is_full = self.input.len() == GATHERED;
        read
    }

    fn clear(&mut self) {
        self.input.clear();
        self.read = 0;
        self.is_full = false;
    }
}

pub(super) struct BrotliDecoder(brotli::Decoder);

impl BrotliDecoder {
    pub(super) fn new() -> Result<Self, Fault> {
        Ok(Self(brotli::Decoder::new()?))
    }
}

impl Decoder for BrotliDecoder {
    fn step(&mut self, input: &[u8], output: &mut [u8]) -> Result<Step, Fault> {
        if !self.0.is_finished() {
            return Ok(self.0.step(input, output)?);
        }
        if input.is_empty() {
            Ok(Step::default())
        } else {
            Err(TRAILING)
        }
    }

    fn finish(&self) -> Result<(), Fault> {
        if self.0.is_finished() {
            Ok(())
        } else {
            Err(TRUNCATED)
        }
    }
}
