//! Decodes WebP.

use super::{Encoded, FailOn, Scale, damaged, failed, no_memory, truncated};
use crate::Failure;
use crate::image::colour;
use crate::image::format::Format;
use crate::image::geometry::{Area, Size};
use crate::image::header;
use crate::image::limits;
use crate::image::pixels::{Pixels, length};
use crate::image::progress::Progress;
use native_worker_pool_codecs::image::webp::{self, IsTruncated, Target};

pub(super) fn decode(
    image: &Encoded<'_>,
    scale: Scale,
    progress: &Progress<'_>,
) -> Result<Pixels, Failure> {
    let mut pixels = if image.header.pages.is_some() {
        first_frame(image, progress)?
    } else {
        let target = match scale {
            Scale::To(size) => Some(size),
            Scale::Full | Scale::Fraction(_) => None,
        };
        still(image, image.data, target, progress)?
    };
    if let Some(profile) = header::profile(Format::WebP, image.data) {
        colour::to_srgb(&mut pixels, &profile, progress)?;
    }
    Ok(pixels)
}

/// Decodes the first frame of an animation onto its transparent canvas.
fn first_frame(image: &Encoded<'_>, progress: &Progress<'_>) -> Result<Pixels, Failure> {
    let canvas = image.header.size;
    let frame = header::first_frame(image.data)
        .ok_or_else(|| damaged(Format::WebP, "the first frame is not complete"))?;
    if !frame.area.is_within(canvas) {
        return Err(damaged(Format::WebP, "a frame extends beyond the canvas"));
    }
    let pixels = still(image, frame.data, None, progress)?;
    if pixels.size() != frame.area.size() {
        return Err(damaged(
            Format::WebP,
            "a frame and its image differ in size",
        ));
    }
    if frame.area == Area::whole(canvas) && pixels.has_alpha() == image.header.has_alpha {
        return Ok(pixels);
    }
    Ok(pixels.embed(frame.area.left, frame.area.top, canvas, [0; 4]))
}

fn still(
    image: &Encoded<'_>,
    data: &[u8],
    target: Option<Size>,
    progress: &Progress<'_>,
) -> Result<Pixels, Failure> {
    let fail = |error| failed(Format::WebP, image.header.size, &error);
    let header = webp::header(data).map_err(fail)?;
    let own = Size {
        width: header.width,
        height: header.height,
    };
    limits::check_pixels(own, image.max_pixels)?;
    let size = target.unwrap_or(own);
    let mut out = Vec::new();
    let bytes = length(size, header.has_alpha);
    out.try_reserve_exact(bytes).map_err(|_| no_memory(size))?;
    out.resize(bytes, 0);
    let target = Target {
        width: size.width,
        height: size.height,
        has_alpha: header.has_alpha,
    };
    let read = webp::read(data, target, &mut out, &|| progress.is_cancelled());
    match read {
        Ok(IsTruncated(false)) => {}
        Ok(IsTruncated(true)) if image.fail_on == FailOn::None => {}
        Ok(IsTruncated(true)) => return Err(truncated(Format::WebP, 0, size)),
        Err(error) => return Err(fail(error)),
    }
    progress.advance(size.height)?;
    Ok(Pixels::new(size, header.has_alpha, out))
}
