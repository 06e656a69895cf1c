//! Scales images, with the kernels that libvips uses for `resize`.

use super::Progress;
use super::geometry::{Area, Size};
use super::pixels::Pixels;
use crate::Failure;
use fast_image_resize::images::{Image, ImageRef};
use fast_image_resize::{Filter, FilterType, PixelType, ResizeAlg, ResizeOptions, Resizer};
use std::f64::consts::PI;

/// How a pixel of the result is computed from those of the image.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kernel {
    /// The nearest pixel.
    Nearest,
    /// Linear.
    Linear,
    /// Cubic, Catmull-Rom.
    Cubic,
    /// Cubic, by Mitchell and Netravali.
    Mitchell,
    /// Lanczos, two lobes.
    Lanczos2,
    /// Lanczos, three lobes.
    Lanczos3,
}

impl Kernel {
    /// All, in the order of `lib/native/tasks/image.js`.
    pub const ALL: &'static [Self] = &[
        Self::Nearest,
        Self::Linear,
        Self::Cubic,
        Self::Mitchell,
        Self::Lanczos2,
        Self::Lanczos3,
    ];

    fn algorithm(self, is_enlarging: bool) -> Result<ResizeAlg, Failure> {
        let filter = match self {
            Self::Nearest => return Ok(ResizeAlg::Nearest),
            Self::Linear => FilterType::Bilinear,
            // As libvips, which enlarges by cubic interpolation at best.
            _ if is_enlarging => FilterType::CatmullRom,
            Self::Cubic => FilterType::CatmullRom,
            Self::Mitchell => FilterType::Mitchell,
            Self::Lanczos2 => {
                let filter = Filter::new("lanczos2", lanczos2, 2.0);
                FilterType::Custom(filter.map_err(|error| failed(&error))?)
            }
            Self::Lanczos3 => FilterType::Lanczos3,
        };
        Ok(ResizeAlg::Convolution(filter))
    }
}

fn lanczos2(x: f64) -> f64 {
    let sinc = |x: f64| {
        if x == 0.0 {
            1.0
        } else {
            (x * PI).sin() / (x * PI)
        }
    };
    if x.abs() < 2.0 {
        sinc(x) * sinc(x / 2.0)
    } else {
        0.0
    }
}

/// How many pixels of the image are scaled between two polls of the token.
const PIXELS_PER_STRIP: u64 = 2 << 20;

/// Scales an image to `scaled` and returns the area `kept` of that. Transparent pixels count less.
///
/// # Errors
///
/// When the task is cancelled.
pub fn resize(
    pixels: Pixels,
    scaled: Size,
    kept: Area,
    kernel: Kernel,
    progress: &Progress<'_>,
) -> Result<Pixels, Failure> {
    let size = pixels.size();
    if size == scaled {
        return Ok(pixels.crop(kept));
    }
    let pixel_type = if pixels.has_alpha() {
        PixelType::U8x4
    } else {
        PixelType::U8x3
    };
    let (horizontal, vertical) = (
        f64::from(size.width) / f64::from(scaled.width),
        f64::from(size.height) / f64::from(scaled.height),
    );
    let source = ImageRef::new(size.width, size.height, pixels.bytes(), pixel_type)
        .map_err(|error| failed(&error))?;
    let algorithm = kernel.algorithm(horizontal < 1.0 || vertical < 1.0)?;
    let mut out = Pixels::black(kept.size(), pixels.has_alpha());
    let stride = out.stride();
    let strips = size.pixels().div_ceil(PIXELS_PER_STRIP).max(1);
    let rows = u64::from(kept.height).div_ceil(strips).max(1);
    let rows = u32::try_from(rows).unwrap_or(u32::MAX);
    let mut resizer = Resizer::new();
    let mut top = kept.top;
    for strip in out.bytes_mut().chunks_mut(stride * rows as usize) {
        progress.poll()?;
        let height = u32::try_from(strip.len() / stride).unwrap_or(rows);
        let mut target = Image::from_slice_u8(kept.width, height, strip, pixel_type)
            .map_err(|error| failed(&error))?;
        let (left, width) = span(kept.left, kept.width, horizontal, size.width);
        let (upper, span_height) = span(top, height, vertical, size.height);
        let options =
            ResizeOptions::new()
                .resize_alg(algorithm)
                .crop(left, upper, width, span_height);
        resizer
            .resize(&source, &mut target, &options)
            .map_err(|error| failed(&error))?;
        top += height;
    }
    Ok(out)
}

/// The part of the image that part of the scaled image covers. Rounding must not move it outside.
fn span(start: u32, length: u32, factor: f64, all: u32) -> (f64, f64) {
    let all = f64::from(all);
    let start = (f64::from(start) * factor).min(all);
    let length = (f64::from(length) * factor).min(all - start);
    (start, length)
}

/// The library refuses only what this file must not pass.
fn failed(error: &dyn std::error::Error) -> Failure {
    Failure::new(format!("The image cannot be scaled: {error}"))
}
