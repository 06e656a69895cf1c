//! Encodes WebP.

use super::{Settings, check_side, failed};
use crate::Failure;
use crate::image::format::Format;
use crate::image::pixels::Pixels;
use crate::image::progress::Progress;
use native_worker_pool_codecs::image::webp::{self, MAX_SIDE, Mode};

pub(super) fn encode(
    pixels: &Pixels,
    settings: Settings,
    progress: &Progress<'_>,
) -> Result<Vec<u8>, Failure> {
    let size = pixels.size();
    check_side(Format::WebP, size, MAX_SIDE)?;
    let mode = if settings.is_lossless {
        Mode::Lossless(settings.quality)
    } else {
        Mode::Lossy(settings.quality)
    };
    webp::write(
        pixels.bytes(),
        size.width,
        size.height,
        pixels.has_alpha(),
        mode,
        &|| progress.is_cancelled(),
    )
    .map_err(|error| failed(Format::WebP, &error))
}
