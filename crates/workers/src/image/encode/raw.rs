//! Pixels without a header.

use crate::image::pixels::Pixels;

/// The bytes of an image; of a grey one, one byte a pixel.
pub(super) fn encode(pixels: Pixels, is_grey: bool) -> Vec<u8> {
    if !is_grey {
        return pixels.into_bytes();
    }
    let channels = pixels.channels();
    pixels.bytes().iter().copied().step_by(channels).collect()
}
