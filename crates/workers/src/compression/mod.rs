//! `native:compress` and `native:decompress`.
//!
//! Each format has a file with an [`Encoder`] and a [`Decoder`]. Both work in steps, each from a
//! piece of input to a piece of output. The tasks poll their token between steps, and need little
//! memory for files of any size.

mod auto;
mod brotli;
mod compress;
mod decompress;
mod deflate;
mod fault;
mod format;
mod lz4;
mod sink;
#[cfg(test)]
mod tests;
mod zstd;

pub use self::compress::{Compress, CompressInput};
pub use self::decompress::{Decompress, DecompressInput};
use self::fault::Fault;
pub use self::format::Format;
use native_worker_pool_codecs::Step;

/// What is known about an input's length, in bytes, before it is read.
#[derive(Debug, Clone, Copy)]
enum Length {
    Exact(u64),
    /// The length of a file, which may change before the file has been read.
    About(u64),
    Unknown,
}

impl Length {
    /// The exact or approximate length.
    fn estimate(self) -> Option<u64> {
        match self {
            Self::Exact(length) | Self::About(length) => Some(length),
            Self::Unknown => None,
        }
    }
}

/// Compresses a stream of bytes.
trait Encoder {
    /// Compresses part of `input`. `is_last` means that no input follows `input`. A step that reads
    /// and writes nothing means that all input has been consumed and, with `is_last`, that the
    /// output is complete. `output` must not be empty.
    fn step(&mut self, input: &[u8], is_last: bool, output: &mut [u8]) -> Result<Step, Fault>;
}

/// Decompresses a stream of bytes: one or more members (gzip) or frames (zstd, LZ4), or one stream
/// of another format.
trait Decoder {
    /// The content size in bytes that a header at the start of `input` declares. `None` if there is
    /// no header there, or it declares no size.
    fn declared_length(&mut self, _input: &[u8]) -> Option<u64> {
        None
    }

    /// Decompresses part of `input`. A step that reads and writes nothing means that more input is
    /// needed. `output` must not be empty.
    fn step(&mut self, input: &[u8], output: &mut [u8]) -> Result<Step, Fault>;

    /// Called at the end of the input. Fails if the stream is incomplete.
    fn finish(&self) -> Result<(), Fault>;
}
