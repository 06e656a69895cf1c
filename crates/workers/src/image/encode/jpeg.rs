//! Encodes JPEG.

use super::{Settings, check_side, failed};
use crate::Failure;
use crate::image::format::Format;
use crate::image::pixels::Pixels;
use crate::image::progress::Progress;
use native_worker_pool_codecs::image::jpeg;

/// Maximum width and height that libjpeg writes, in pixels.
const MAX_SIDE: u32 = 65_500;

pub(super) fn encode(
    pixels: Pixels,
    settings: Settings,
    progress: &Progress<'_>,
) -> Result<Vec<u8>, Failure> {
    let size = pixels.size();
    check_side(Format::Jpeg, size, MAX_SIDE)?;
    let pixels = pixels.flatten(settings.background);
    jpeg::write(
        pixels.bytes(),
        size.width,
        size.height,
        settings.quality,
        settings.is_progressive,
        &|| progress.is_cancelled(),
    )
    .map_err(|error| failed(Format::Jpeg, &error))
}
