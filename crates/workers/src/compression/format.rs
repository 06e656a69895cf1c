//! The compression formats.

use super::brotli::{BrotliDecoder, BrotliEncoder};
use super::deflate::{DeflateEncoder, InflateDecoder, Wrapper};
use super::lz4::{Lz4Decoder, Lz4Encoder};
use super::zstd::{ZstdContext, ZstdDecoder, ZstdEncoder};
use super::{Decoder, Encoder, Fault, Length};
use std::ops::RangeInclusive;

/// A compression format.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// RFC 1952.
    Gzip,
    /// RFC 1950: zlib.
    Deflate,
    /// RFC 1951, without header and checksum.
    DeflateRaw,
    /// RFC 7932.
    Brotli,
    /// RFC 8878.
    Zstd,
    /// The LZ4 frame format.
    Lz4,
}

impl Format {
    /// All formats, in the order of the codec in `lib/native/tasks/`.
    pub const ALL: &[Self] = &[
        Self::Gzip,
        Self::Deflate,
        Self::DeflateRaw,
        Self::Brotli,
        Self::Zstd,
        Self::Lz4,
    ];

    /// The name of the format, as JavaScript passes it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Gzip => "gzip",
            Self::Deflate => "deflate",
            Self::DeflateRaw => "deflate-raw",
            Self::Brotli => "brotli",
            Self::Zstd => "zstd",
            Self::Lz4 => "lz4",
        }
    }

    /// The valid levels.
    #[must_use]
    pub const fn levels(self) -> RangeInclusive<u32> {
        match self {
            Self::Gzip | Self::Deflate | Self::DeflateRaw => 0..=9,
            Self::Brotli => 0..=11,
            Self::Zstd => 1..=22,
            Self::Lz4 => 1..=12,
        }
    }

    /// Creates an encoder of a valid level. Only the zstd encoder uses the context.
    pub(super) fn encoder(
        self,
        level: u32,
        length: Length,
        zstd: &mut ZstdContext,
    ) -> Result<Box<dyn Encoder + '_>, Fault> {
        Ok(match self {
            Self::Gzip => Box::new(DeflateEncoder::new(Wrapper::Gzip, level)),
            Self::Deflate => Box::new(DeflateEncoder::new(Wrapper::Zlib, level)),
            Self::DeflateRaw => Box::new(DeflateEncoder::new(Wrapper::None, level)),
            Self::Brotli => Box::new(BrotliEncoder::new(level, length)?),
            Self::Zstd => Box::new(ZstdEncoder::new(level, length, zstd)?),
            Self::Lz4 => Box::new(Lz4Encoder::new(level, length)?),
        })
    }

    /// Creates a decoder.
    pub(super) fn decoder(self) -> Result<Box<dyn Decoder>, Fault> {
        Ok(match self {
            Self::Gzip => Box::new(InflateDecoder::new(Wrapper::Gzip)),
            Self::Deflate => Box::new(InflateDecoder::new(Wrapper::Zlib)),
            Self::DeflateRaw => Box::new(InflateDecoder::new(Wrapper::None)),
            Self::Brotli => Box::new(BrotliDecoder::new()?),
            Self::Zstd => Box::new(ZstdDecoder::new()?),
            Self::Lz4 => Box::new(Lz4Decoder::new()?),
        })
    }
}
