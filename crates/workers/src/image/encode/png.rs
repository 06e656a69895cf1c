//! Encodes PNG with a compression that suits the image: a fast Huffman coder for photos, and
//! DEFLATE for drawings and screenshots, which need its matches.

use super::{Settings, interlaced};
use crate::Failure;
use crate::image::pixels::Pixels;
use crate::image::progress::Progress;
use png::{BitDepth, ColorType, DeflateCompression, Encoder, EncodingError, Filter};
use std::io::Write;

/// How rows are compressed.
type Strategy = (DeflateCompression, Filter);

/// For photos: adjacent pixels are similar, and nothing repeats.
const FAST: Strategy = (DeflateCompression::FdeflateUltraFast, Filter::Adaptive);

/// For images that repeat: filtered by the row above, and unfiltered.
const MATCHING: [Strategy; 2] = [
    (DeflateCompression::Level(4), Filter::Up),
    (DeflateCompression::Level(6), Filter::NoFilter),
];

/// Number of bands, spread over the image, of which the sample consists.
const BANDS: usize = 2;

/// Number of rows per band.
const BAND_ROWS: usize = 16;

/// Maximum size of an IDAT chunk, in bytes.
const CHUNK: usize = 64 << 10;

pub(super) fn encode(
    pixels: &Pixels,
    settings: Settings,
    progress: &Progress<'_>,
) -> Result<Vec<u8>, Failure> {
    if settings.is_progressive {
        return interlaced::encode(pixels, progress);
    }
    let strategy = select_strategy(pixels, progress)?;
    let height = pixels.size().height;
    write(pixels.bytes(), pixels, height, strategy, &|| {
        progress.advance(1)
    })
}

/// The strategy that compresses a sample of the image best.
fn select_strategy(pixels: &Pixels, progress: &Progress<'_>) -> Result<Strategy, Failure> {
    let height = pixels.size().height as usize;
    let stride = pixels.stride();
    let mut sample = Vec::new();
    for band in 0..BANDS {
        let first = (height * (2 * band + 1) / (2 * BANDS)).min(height.saturating_sub(BAND_ROWS));
        let rows = pixels.bytes().chunks_exact(stride).skip(first);
        for row in rows.take(BAND_ROWS) {
            sample.extend_from_slice(row);
        }
    }
    let rows = u32::try_from(sample.len() / stride).unwrap_or(0);
    let size = |strategy| {
        let data = write(&sample, pixels, rows, strategy, &|| progress.poll())?;
        Ok::<_, Failure>(data.len())
    };
    let mut best = (FAST, size(FAST)?);
    for strategy in MATCHING {
        let size = size(strategy)?;
        if size < best.1 {
            best = (strategy, size);
        }
    }
    Ok(best.0)
}

/// Encodes `rows` rows and calls `next` after each. Width and channels are those of `image`.
fn write(
    bytes: &[u8],
    image: &Pixels,
    rows: u32,
    (compression, filter): Strategy,
    next: &dyn Fn() -> Result<(), Failure>,
) -> Result<Vec<u8>, Failure> {
    let mut data = Vec::new();
    let mut encoder = Encoder::new(&mut data, image.size().width, rows);
    encoder.set_color(colours(image));
    encoder.set_depth(BitDepth::Eight);
    encoder.set_deflate_compression(compression);
    encoder.set_filter(filter);
    let mut writer = encoder.write_header().map_err(failed)?;
    let mut out = writer.stream_writer_with_size(CHUNK).map_err(failed)?;
    for row in bytes.chunks_exact(image.stride()) {
        out.write_all(row).map_err(|error| failed(error.into()))?;
        next()?;
    }
    out.finish().map_err(failed)?;
    writer.finish().map_err(failed)?;
    Ok(data)
}

pub(super) fn colours(image: &Pixels) -> ColorType {
    if image.has_alpha() {
        ColorType::Rgba
    } else {
        ColorType::Rgb
    }
}

#[expect(clippy::needless_pass_by_value, reason = "for `map_err`")]
pub(super) fn failed(error: EncodingError) -> Failure {
    Failure::new(format!("The image cannot be written as png: {error}"))
}
