//! Encodes interlaced PNG (Adam7): seven passes, each of which refines the image.

use super::png::{colours, failed};
use crate::Failure;
use crate::image::pixels::Pixels;
use crate::image::progress::Progress;
use flate2::Compression;
use flate2::write::ZlibEncoder;
use png::{BitDepth, Encoder, Info, chunk};
use std::io::Write;

/// The passes: first column, first row, column step, row step.
const PASSES: [(usize, usize, usize, usize); 7] = [
    (0, 0, 8, 8),
    (4, 0, 8, 8),
    (0, 4, 4, 8),
    (2, 0, 4, 4),
    (0, 2, 2, 4),
    (1, 0, 2, 2),
    (0, 1, 1, 2),
];

/// The PNG filter type that subtracts the row above.
const UP: u8 = 2;

const LEVEL: Compression = Compression::new(4);

/// Maximum size of an IDAT chunk, in bytes.
const CHUNK: usize = 64 << 10;

pub(super) fn encode(pixels: &Pixels, progress: &Progress<'_>) -> Result<Vec<u8>, Failure> {
    let mut info = Info::with_size(pixels.size().width, pixels.size().height);
    info.color_type = colours(pixels);
    info.bit_depth = BitDepth::Eight;
    info.interlaced = true;
    let mut data = Vec::new();
    let encoder = Encoder::with_info(&mut data, info).map_err(failed)?;
    let mut writer = encoder.write_header().map_err(failed)?;
    for part in passes(pixels, progress)?.chunks(CHUNK) {
        writer.write_chunk(chunk::IDAT, part).map_err(failed)?;
    }
    writer.finish().map_err(failed)?;
    Ok(data)
}

/// Filters and compresses the rows of all passes.
fn passes(pixels: &Pixels, progress: &Progress<'_>) -> Result<Vec<u8>, Failure> {
    let (width, height) = (pixels.size().width as usize, pixels.size().height as usize);
    let channels = pixels.channels();
    let mut out = ZlibEncoder::new(Vec::new(), LEVEL);
    let fail = |error: std::io::Error| failed(error.into());
    for (left, top, step_x, step_y) in PASSES {
        if left >= width {
            continue;
        }
        let mut above = vec![0; (width - left).div_ceil(step_x) * channels];
        let mut filtered = vec![UP];
        for y in (top..height).step_by(step_y) {
            let row = &pixels.bytes()[y * pixels.stride()..][..pixels.stride()];
            let picked = row.chunks_exact(channels).skip(left).step_by(step_x);
            filtered.truncate(1);
            for (value, above) in picked.flatten().zip(&mut above) {
                filtered.push(value.wrapping_sub(*above));
                *above = *value;
            }
            out.write_all(&filtered).map_err(fail)?;
            progress.poll()?;
        }
    }
    out.finish().map_err(fail)
}
