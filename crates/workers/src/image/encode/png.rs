//! Encodes PNG.

use super::Settings;
use crate::Failure;
use crate::image::pixels::Pixels;
use crate::image::progress::Progress;
use png::{BitDepth, ColorType, Encoder, EncodingError, Filter};
use std::io::Write;

pub(super) fn encode(
    pixels: &Pixels,
    settings: Settings,
    progress: &Progress<'_>,
) -> Result<Vec<u8>, Failure> {
    let size = pixels.size();
    let mut data = Vec::new();
    let mut encoder = Encoder::new(&mut data, size.width, size.height);
    encoder.set_color(if pixels.has_alpha() {
        ColorType::Rgba
    } else {
        ColorType::Rgb
    });
    encoder.set_depth(BitDepth::Eight);
    encoder.set_filter(Filter::Adaptive);
    let _ = settings;
    let fail =
        |error: EncodingError| Failure::new(format!("The image cannot be written as png: {error}"));
    let mut writer = encoder.write_header().map_err(fail)?;
    let mut rows = writer.stream_writer_with_size(64 << 10).map_err(fail)?;
    for row in pixels.bytes().chunks_exact(pixels.stride()) {
        rows.write_all(row).map_err(|error| fail(error.into()))?;
        progress.advance(1)?;
    }
    rows.finish().map_err(fail)?;
    writer.finish().map_err(fail)?;
    Ok(data)
}
