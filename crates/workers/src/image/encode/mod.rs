//! Encodes pixels in any format that can be written.

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

/// How an image is encoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Settings {
    /// One of [`Format::WRITTEN`].
    pub format: Format,
    /// The quality of JPEG and lossy WebP, or the effort of lossless WebP: 1 to 100.
    pub quality: u8,
    /// Whether WebP is lossless.
    pub is_lossless: bool,
    /// Whether JPEG is progressive and PNG interlaced.
    pub is_progressive: bool,
    /// Whether the image is grey, so that raw output has one channel.
    pub is_grey: bool,
    /// The colour behind transparent pixels in JPEG.
    pub background: [u8; 3],
}

/// An encoded image.
#[derive(Debug)]
pub struct Written {
    /// The bytes of the file.
    pub data: Vec<u8>,
    /// Number of channels.
    pub channels: u8,
}

/// Encodes an image. Reports progress in rows.
///
/// # Errors
///
/// If the image is too large for the format, an allocation fails, or the task is cancelled.
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

/// Refuses an image with a side above `most` pixels.
fn check_side(format: Format, size: Size, most: u32) -> Result<(), Failure> {
    if size.width.max(size.height) <= most {
        return Ok(());
    }
    Err(Failure::too_large(format!(
        "An image of {} x {} pixels is too large for the format {}, which allows at most {most} pixels a side",
        size.width,
        size.height,
        format.name()
    )))
}

/// Converts an error of a C codec.
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
