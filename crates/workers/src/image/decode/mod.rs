//! Decodes images of each format to sRGB pixels.

mod gif;
mod jpeg;
mod png;
mod raw;

mod webp;

pub use self::raw::RawLayout;

use super::format::Format;
use super::geometry::Size;
use super::header::Header;
use super::pixels::{self, Pixels};
use super::progress::Progress;
use crate::{Bytes, Failure};
use native_worker_pool_codecs::image::Error;

/// What makes a task fail whose image is not as it should be. Each includes those before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum FailOn {
    /// Nothing, as far as a part of the image can be decoded.
    None,
    /// The data end too early.
    Truncated,
    /// Data that no encoder writes.
    Error,
    /// Whatever a decoder warns of.
    Warning,
}

impl FailOn {
    /// All, in the order of `lib/native/tasks/image.js`.
    pub const ALL: &'static [Self] = &[Self::None, Self::Truncated, Self::Error, Self::Warning];
}

/// An image that is to be decoded.
#[derive(Debug)]
pub struct Encoded<'a> {
    /// The whole file.
    pub data: &'a [u8],
    /// Its header.
    pub header: &'a Header,
    /// What makes the task fail.
    pub fail_on: FailOn,
    /// How many pixels an image may have.
    pub max_pixels: u64,
}

/// The size at which an image is decoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scale {
    /// Its own.
    Full,
    /// A fraction: 1/2, 1/4 or 1/8, rounded up. Only JPEG has them.
    Fraction(u32),
    /// Another size. Only WebP has that.
    To(Size),
}

/// Decodes an image to sRGB. Reports one row after the other.
///
/// # Errors
///
/// When the data are damaged, there is no memory, or the task is cancelled.
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

/// Pixels that a caller passed.
///
/// # Errors
///
/// When they are not as many as the layout says.
pub fn decode_raw(bytes: Bytes, layout: RawLayout) -> Result<Pixels, Failure> {
    raw::decode(bytes, layout)
}

/// The pixels of an image, as far as they are decoded. Memory is used as rows are, not as a header
/// announces them.
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

    /// How many rows are there.
    fn done(&self) -> usize {
        self.bytes.len() / self.stride()
    }

    /// Appends rows, at most `count` of them: as many as `decode` fills from the front. Returns how
    /// many; none if all are there.
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

    /// The image. Rows that are missing are black, or transparent.
    fn finish(mut self) -> Pixels {
        self.bytes
            .resize(pixels::length(self.size, self.has_alpha), 0);
        Pixels::new(self.size, self.has_alpha, self.bytes)
    }
}

fn damaged(format: Format, what: &str) -> Failure {
    Failure::invalid_data(format!("Invalid {} image: {what}", format.title()))
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

/// The failure for an error of a C codec.
fn failed(format: Format, size: Size, error: &Error) -> Failure {
    match error {
        Error::Invalid(message) => damaged(format, message),
        Error::NoMemory => no_memory(size),
        Error::Stopped => Failure::cancelled(),
    }
}
