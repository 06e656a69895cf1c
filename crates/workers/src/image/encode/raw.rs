//! Encodes raw pixels, which have no header.

use crate::image::pixels::Pixels;

/// The bytes of the pixels; one byte per pixel if the image is grey.
pub(super) fn encode(pixels: Pixels, is_grey: bool) -> Vec<u8> {
    if !is_grey {
        return pixels.into_bytes();
    }
    let channels = pixels.channels();
    pixels.bytes().iter().copied().step_by(channels).collect()
}
