//! Encodes pixels in each format that can be written.

mod interlaced;
mod jpeg;
mod png;
mod raw;

mod webp;

use super::format::Format;
use super::geometry::Size;
use super::pixels::Pixels;
use super::progress::Progress;
use crate::Failure;
use native_worker_pool_codecs::image::Error;

/// How an image is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Settings {
    /// One of [`Format::WRITTEN`].
    pub format: Format,
    /// Of JPEG and lossy WebP: 1 to 100.
    pub quality: u8,
    /// Whether WebP keeps every pixel.
    pub is_lossless: bool,
    /// Whether JPEG or PNG can be shown before all of it is there.
    pub is_progressive: bool,
    /// Whether raw pixels have one channel: the image is grey.
    pub is_grey: bool,
    /// Under transparent pixels in JPEG.
    pub background: [u8; 3],
}

/// An encoded image.
#[derive(Debug)]
pub struct Written {
    /// The file.
    pub data: Vec<u8>,
    /// The channels of a pixel.
    pub channels: u8,
}

/// Encodes an image. Reports one row after the other.
///
/// # Errors
///
/// When the image is too large for the format, there is no memory, or the task is cancelled.
pub fn encode(
    pixels: Pixels,
    settings: Settings,
    progress: &Progress<'_>,
) -> Result<Written, Failure> {
    let channels = if pixels.has_alpha() { 4 } else { 3 };
    Ok(match settings.format {
        Format::Jpeg => Written {
            data: jpeg::encode(pixels, settings, progress)?,
            channels: 3,
        },
        Format::Png => Written {
            data: png::encode(&pixels, settings, progress)?,
            channels,
        },
        Format::WebP => Written {
            data: webp::encode(&pixels, settings, progress)?,
            channels,
        },
        Format::Raw => Written {
            channels: if settings.is_grey { 1 } else { channels },
            data: raw::encode(pixels, settings.is_grey),
        },
        Format::Gif => return Err(Failure::new("GIF cannot be written")),
    })
}

/// Refuses an image with a side that the format cannot have.
fn check_side(format: Format, size: Size, most: u32) -> Result<(), Failure> {
    if size.width.max(size.height) <= most {
        return Ok(());
    }
    Err(Failure::too_large(format!(
        "An image of {} x {} pixels is too large for the format {}, which has at most {most} a side",
        size.width,
        size.height,
        format.name()
    )))
}

/// The failure for an error of a C codec.
fn failed(format: Format, error: &Error) -> Failure {
    match error {
        Error::Invalid(message) => Failure::new(format!(
            "The image cannot be written as {}: {message}",
            format.name()
        )),
        Error::NoMemory => Failure::too_large(format!(
            "There is not enough memory to write the image as {}",
            format.name()
        )),
        Error::Stopped => Failure::cancelled(),
    }
}
