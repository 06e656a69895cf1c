//! Decodes images of each format to sRGB pixels.

mod gif;
mod jpeg;
mod png;
mod raw;

mod webp;

pub use self::raw::RawLayout;

use super::format::Format;
use super::geometry::Size;
use super::header::{Header, damaged};
use super::pixels::{self, Pixels};
use super::progress::Progress;
use crate::{Bytes, Failure};
use native_worker_pool_codecs::image::Error;

/// Which flaws of an image make the task fail. Each level includes the levels before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum FailOn {
    /// None, as long as part of the image can be decoded.
    None,
    /// Data that end too early.
    Truncated,
    /// Corrupt data.
    Error,
    /// Anything that a decoder warns about.
    Warning,
}

impl FailOn {
    /// All levels, in the order of `lib/native/tasks/image.js`.
    pub const ALL: &'static [Self] = &[Self::None, Self::Truncated, Self::Error, Self::Warning];
}

/// An image to be decoded.
#[derive(Debug)]
pub struct Encoded<'a> {
    /// The whole file.
    pub data: &'a [u8],
    /// Its header.
    pub header: &'a Header,
    /// Which flaws make the task fail.
    pub fail_on: FailOn,
    /// Maximum number of pixels.
    pub max_pixels: u64,
}

/// The size at which an image is decoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scale {
    /// The full size.
    Full,
    /// 1/2, 1/4 or 1/8 of the size, rounded up; holds the denominator. Only for JPEG.
    Fraction(u32),
    /// Any size. Only for WebP.
    To(Size),
}

/// Decodes an image to sRGB. Reports progress in rows.
///
/// # Errors
///
/// If the data are damaged, an allocation fails, or the task is cancelled.
pub fn decode(
    image: &Encoded<'_>,
    scale: Scale,
    progress: &Progress<'_>,
) -> Result<Pixels, Failure> {
    match image.header.format {
        Format::Jpeg => jpeg::decode(image, scale, progress),
        Format::Png => png::decode(image, progress),
        Format::WebP => webp::decode(image, scale, progress),
        Format::Gif => gif::decode(image, progress),
        Format::Raw => Err(Failure::new("raw pixels have no header")),
    }
}

/// Wraps raw pixels that a caller passed.
///
/// # Errors
///
/// If their number of bytes does not match the layout.
pub fn decode_raw(bytes: Bytes, layout: RawLayout) -> Result<Pixels, Failure> {
    raw::decode(bytes, layout)
}

/// The rows of an image that have been decoded so far. Memory is only reserved up front, and
/// touched when rows are decoded, since a damaged header may declare any size.
struct Rows {
    size: Size,
    has_alpha: bool,
    bytes: Vec<u8>,
}

impl Rows {
    fn new(size: Size, has_alpha: bool) -> Result<Self, Failure> {
        let mut bytes = Vec::new();
        bytes
            .try_reserve_exact(pixels::length(size, has_alpha))
            .map_err(|_| no_memory(size))?;
        Ok(Self {
            size,
            has_alpha,
            bytes,
        })
    }

    fn stride(&self) -> usize {
        self.size.width as usize * pixels::channels(self.has_alpha)
    }

    /// Number of rows decoded so far.
    fn done(&self) -> usize {
        self.bytes.len() / self.stride()
    }

    /// Calls `decode` with room for up to `count` rows, and appends the rows that it fills from the
    /// front. `decode` returns their number, and so does this; 0 if the image is complete.
    fn extend<E>(
        &mut self,
        count: usize,
        decode: impl FnOnce(&mut [u8]) -> Result<usize, E>,
    ) -> Result<usize, E> {
        let start = self.bytes.len();
        let count = count.min(self.size.height as usize - self.done());
        self.bytes.resize(start + count * self.stride(), 0);
        let decoded = decode(&mut self.bytes[start..]);
        let rows = *decoded.as_ref().unwrap_or(&0);
        self.bytes.truncate(start + rows * self.stride());
        decoded
    }

    /// The image. Missing rows are black, or transparent if there is alpha.
    fn finish(mut self) -> Pixels {
        self.bytes
            .resize(pixels::length(self.size, self.has_alpha), 0);
        Pixels::new(self.size, self.has_alpha, self.bytes)
    }
}

fn truncated(format: Format, rows: usize, size: Size) -> Failure {
    damaged(
        format,
        &format!(
            "the data end too early, after {rows} of {} rows",
            size.height
        ),
    )
}

fn no_memory(size: Size) -> Failure {
    Failure::too_large(format!(
        "There is not enough memory for an image of {} x {} pixels: lower maxPixels",
        size.width, size.height
    ))
}

/// Converts an error of a C codec.
fn failed(format: Format, size: Size, error: &Error) -> Failure {
    match error {
        Error::Invalid(message) => damaged(format, message),
        Error::NoMemory => no_memory(size),
        Error::Stopped => Failure::cancelled(),
    }
}
