//! `native:compress` and `native:decompress`.
//!
//! Each format has a file with an [`Encoder`] and a [`Decoder`]. Both work in steps, from a piece of
//! input to a piece of output, so that the tasks can poll their token between two of them and need
//! little memory for files of any size.

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

/// What is known about the length of an input before it is read, in bytes.
#[derive(Debug, Clone, Copy)]
enum Length {
    Exact(u64),
    /// Of a file, which may change until it has been read.
    About(u64),
    Unknown,
}

impl Length {
    /// The length, if there is an estimate.
    fn estimate(self) -> Option<u64> {
        match self {
            Self::Exact(length) | Self::About(length) => Some(length),
            Self::Unknown => None,
        }
    }
}

/// Compresses a stream of bytes.
trait Encoder {
    /// Compresses some of `input`, behind which there is no more if `is_last`. Nothing read and
    /// nothing written means that all of the input has been compressed and, if it was the last, all
    /// of the output been written. `output` is not empty.
    fn step(&mut self, input: &[u8], is_last: bool, output: &mut [u8]) -> Result<Step, Fault>;
}

/// Decompresses a stream of bytes, which consists of one or more members if the format has those.
trait Decoder {
    /// How many bytes a member that begins with `input` says it has, if it begins there.
    fn announced(&mut self, _input: &[u8]) -> Option<u64> {
        None
    }

    /// Decompresses some of `input`. Nothing read and nothing written means that more input is
    /// needed. `output` is not empty.
    fn step(&mut self, input: &[u8], output: &mut [u8]) -> Result<Step, Fault>;

    /// Called at the end of the input.
    fn finish(&self) -> Result<(), Fault>;
}
