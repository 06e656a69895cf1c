//! Brotli. It has neither magic bytes nor a checksum.

use super::fault::{TRAILING, TRUNCATED};
use super::{Decoder, Encoder, Fault, Length, Step};
use native_worker_pool_codecs::brotli;

/// Maximum window of the encoder, as a base-2 logarithm of bytes; the default of `node:zlib`. The
/// `brotli` tool uses 24, which doubles the memory of most levels.
const MAX_WINDOW_BITS: u32 = 22;

/// Number of bytes of a window that the format reserves.
const WINDOW_GAP: u64 = 16;

/// Number of input bytes gathered before they are compressed at levels 0 and 1. These levels
/// compress each piece of input separately: short pieces enlarge the output by up to 10 %, pieces
/// of this size by 2 %.
const GATHER_SIZE: usize = 512 << 10;

pub(super) struct BrotliEncoder {
    encoder: brotli::Encoder,
    /// Input that is not compressed yet, at levels 0 and 1.
    gathering: Option<Gathering>,
}

#[derive(Default)]
struct Gathering {
    input: Vec<u8>,
    /// Number of bytes of `input` that the encoder has consumed.
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
    /// Copies as much of `input` as fits. Returns the number of bytes.
    fn gather(&mut self, input: &[u8]) -> usize {
        let read = input.len().min(GATHER_SIZE - self.input.len());
        self.input.extend_from_slice(&input[..read]);
        self.is_full = self.input.len() == GATHER_SIZE;
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
