//! Scales images, with the kernels that libvips uses for `resize`.

use super::Progress;
use super::geometry::{Area, Shrink, Size};
use super::pixels::Pixels;
use crate::Failure;
use fast_image_resize::images::{Image, ImageRef};
use fast_image_resize::{Filter, FilterType, PixelType, ResizeAlg, ResizeOptions, Resizer};
use std::f64::consts::PI;

/// The interpolation kernel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kernel {
    /// Nearest neighbour.
    Nearest,
    /// Linear.
    Linear,
    /// Cubic (Catmull-Rom).
    Cubic,
    /// Cubic (Mitchell-Netravali).
    Mitchell,
    /// Lanczos with two lobes.
    Lanczos2,
    /// Lanczos with three lobes.
    Lanczos3,
}

impl Kernel {
    /// All kernels, in the order of `lib/native/tasks/image.js`.
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
            // libvips never enlarges with a kernel better than cubic.
            _ if is_enlarging => custom("cubic", cubic)?,
            Self::Cubic => custom("cubic", cubic)?,
            Self::Mitchell => FilterType::Mitchell,
            Self::Lanczos2 => custom("lanczos2", lanczos2)?,
            Self::Lanczos3 => FilterType::Lanczos3,
        };
        Ok(ResizeAlg::Convolution(filter))
    }
}

/// A filter with a support of 2 pixels on each side.
fn custom(name: &'static str, function: fn(f64) -> f64) -> Result<FilterType, Failure> {
    let filter = Filter::new(name, function, 2.0).map_err(|error| failed(&error))?;
    Ok(FilterType::Custom(filter))
}

/// Catmull-Rom, except that no weight within the support is exactly 0, as it would be at a distance
/// of 1. The library skips pixels with a weight of 0. It assumes that the first and last pixels of
/// a row of the result need the outermost input pixels. If these pixels lie exactly on input
/// pixels, their neighbours need input pixels further out, and the library reads out of bounds. Its
/// own Catmull-Rom filter has this defect.
fn cubic(x: f64) -> f64 {
    let x = x.abs();
    let weight = if x < 1.0 {
        (1.5 * x - 2.5) * x * x + 1.0
    } else if x < 2.0 {
        ((-0.5 * x + 2.5) * x - 4.0) * x + 2.0
    } else {
        return 0.0;
    };
    if weight == 0.0 {
        f64::MIN_POSITIVE
    } else {
        weight
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

/// Maximum number of input pixels scaled between two polls of the token.
const PIXELS_PER_STRIP: u64 = 2 << 20;

/// Scales an image by the factors `shrink` to the size `scaled`, and returns the area `kept` of the
/// scaled image. Colours are weighted by alpha.
///
/// # Errors
///
/// If the task is cancelled.
pub fn resize(
    pixels: Pixels,
    shrink: Shrink,
    scaled: Size,
    kept: Area,
    kernel: Kernel,
    progress: &Progress<'_>,
) -> Result<Pixels, Failure> {
    let size = pixels.size();
    if size == scaled {
        return Ok(pixels.crop(kept));
    }
    let mut horizontal = Axis::new(size.width, scaled.width, shrink.horizontal);
    let mut vertical = Axis::new(size.height, scaled.height, shrink.vertical);
    let pixels = pixels.with_margins(horizontal.margin(), vertical.margin());
    horizontal.add_margins();
    vertical.add_margins();

    let pixel_type = if pixels.has_alpha() {
        PixelType::U8x4
    } else {
        PixelType::U8x3
    };
    let size = pixels.size();
    let source = ImageRef::new(size.width, size.height, pixels.bytes(), pixel_type)
        .map_err(|error| failed(&error))?;
    let algorithm = kernel.algorithm(horizontal.factor < 1.0 || vertical.factor < 1.0)?;
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
        let (left, width) = horizontal.span(kept.left, kept.width);
        let (upper, span_height) = vertical.span(top, height);
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

/// Maps coordinates of the scaled image to input coordinates along one axis. As in libvips, the
/// centres coincide. The scaled image may cover a fraction of an input pixel more or less.
struct Axis {
    /// Number of input pixels.
    size: u32,
    /// Input pixels per pixel of the scaled image.
    factor: f64,
    /// Input coordinate of the start of the scaled image.
    origin: f64,
}

impl Axis {
    fn new(size: u32, scaled: u32, factor: f64) -> Self {
        Self {
            size,
            factor,
            origin: (f64::from(size) - f64::from(scaled) * factor) / 2.0,
        }
    }

    /// Number of input pixels missing at each end.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "not negative, and at most the size"
    )]
    fn margin(&self) -> u32 {
        /// Tolerance for rounding errors.
        const EPSILON: f64 = 1e-6;
        if self.origin < -EPSILON {
            (-self.origin).ceil() as u32
        } else {
            0
        }
    }

    /// Updates the mapping after the margins have been added to the input.
    fn add_margins(&mut self) {
        let margin = self.margin();
        self.size += 2 * margin;
        self.origin += f64::from(margin);
    }

    /// The start and length of the input range that `length` pixels of the scaled image cover.
    /// Clamped, since rounding must not move it outside the input.
    fn span(&self, start: u32, length: u32) -> (f64, f64) {
        let all = f64::from(self.size);
        let start = (self.origin + f64::from(start) * self.factor).clamp(0.0, all);
        let length = (f64::from(length) * self.factor).min(all - start);
        (start, length)
    }
}

/// Converts an error of the library. It indicates a bug in this file.
fn failed(error: &dyn std::error::Error) -> Failure {
    Failure::new(format!("The image cannot be scaled: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Task;
    use crate::image::geometry::{Fit, Position, Request};
    use native_worker_pool_engine::CancelSource;
    use proptest::prelude::*;

    /// Scales an image of one colour.
    fn scaled(from: Size, request: Request, kernel: Kernel, has_alpha: bool) -> Pixels {
        let source = CancelSource::new();
        let token = source.token();
        let task = Task::new(&token);
        let mut pixels = Pixels::black(from, has_alpha);
        pixels.bytes_mut().fill(200);
        let plan = request.plan(from);
        let progress = Progress::new(&task);
        resize(
            pixels,
            plan.shrink,
            plan.scaled,
            plan.kept,
            kernel,
            &progress,
        )
        .unwrap()
    }

    fn request(width: u32, height: u32, fit: Fit) -> Request {
        Request {
            width: Some(width),
            height: Some(height),
            fit,
            position: Position::ALL[0],
            without_enlargement: false,
        }
    }

    /// The first column of the result lies exactly on an input column.
    #[test]
    fn an_enlarged_image_may_start_exactly_on_an_input_pixel() {
        let from = Size {
            width: 40,
            height: 24,
        };
        for _ in 0..50 {
            let out = scaled(from, request(37, 32, Fit::Cover), Kernel::Lanczos3, false);
            assert!(out.bytes().iter().all(|&value| value == 200));
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2000))]

        /// No input outside the image is read, whatever the alignment of the pixels.
        #[test]
        fn an_image_of_one_colour_keeps_that_colour(
            (width, height) in (1..70_u32, 1..70_u32),
            (to_width, to_height) in (1..70_u32, 1..70_u32),
            fit in prop::sample::select(Fit::ALL),
            kernel in prop::sample::select(Kernel::ALL),
            has_alpha in any::<bool>(),
        ) {
            let out = scaled(Size { width, height }, request(to_width, to_height, fit), kernel, has_alpha);
            prop_assert!(out.bytes().iter().all(|value| value.abs_diff(200) <= 1));
        }
    }
}
