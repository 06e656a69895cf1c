//! Decodes JPEG.

use super::{Encoded, FailOn, Rows, Scale, damaged, failed, truncated};
use crate::Failure;
use crate::image::colour;
use crate::image::format::Format;
use crate::image::geometry::{Area, Size};
use crate::image::header;
use crate::image::limits;
use crate::image::pixels::Pixels;
use crate::image::progress::Progress;
use native_worker_pool_codecs::image::jpeg::{Reader, Rows as Decoder};

/// Maximum number of rows decoded between two progress reports.
const BATCH: usize = 16;

pub(super) fn decode(
    image: &Encoded<'_>,
    scale: Scale,
    progress: &Progress<'_>,
) -> Result<Pixels, Failure> {
    let size = image.header.size;
    let stop = || progress.is_cancelled();
    let reader =
        Reader::new(image.data, &stop).map_err(|error| failed(Format::Jpeg, size, &error))?;
    let (is_cmyk, is_inverted) = {
        let header = reader.header();
        // libjpeg may find a header other than the one that was checked before.
        limits::check_pixels(
            Size {
                width: header.width,
                height: header.height,
            },
            image.max_pixels,
        )?;
        (header.is_cmyk, header.is_inverted)
    };
    let denominator = match scale {
        Scale::Fraction(denominator) => denominator,
        Scale::Full | Scale::To(_) => 1,
    };
    let mut decoder = reader
        .start(denominator)
        .map_err(|error| failed(Format::Jpeg, size, &error))?;
    let profile = image
        .header
        .has_profile
        .then(|| header::profile(Format::Jpeg, image.data))
        .flatten();
    let size = Size {
        width: decoder.width(),
        height: decoder.height(),
    };
    let mut rows = Rows::new(size, decoder.channels() == 4)?;
    let read = read(&mut decoder, &mut rows, image.fail_on, progress);
    if image.fail_on > FailOn::None || progress.is_cancelled() {
        read?;
    }
    let mut pixels = rows
        .finish()
        .crop(whole_pixels(image.header.size, denominator));
    if is_cmyk {
        let size = pixels.size();
        let mut cmyk = pixels.into_bytes();
        if is_inverted {
            for value in &mut cmyk {
                *value = 255 - *value;
            }
        }
        let rgb = colour::from_cmyk(&cmyk, profile.as_deref(), progress)?;
        return Ok(Pixels::new(size, false, rgb));
    }
    if let Some(profile) = profile {
        colour::to_srgb(&mut pixels, &profile, progress)?;
    }
    Ok(pixels)
}

/// The area of complete pixels in a scaled image. libjpeg rounds sizes up, so the last column and
/// row may cover only part of a pixel.
fn whole_pixels(size: Size, denominator: u32) -> Area {
    Area::whole(Size {
        width: (size.width / denominator).max(1),
        height: (size.height / denominator).max(1),
    })
}

fn read(
    decoder: &mut Decoder<'_>,
    rows: &mut Rows,
    fail_on: FailOn,
    progress: &Progress<'_>,
) -> Result<(), Failure> {
    let size = rows.size;
    while rows.done() < size.height as usize {
        let count = rows
            .extend(BATCH, |out| decoder.read(out))
            .map_err(|error| failed(Format::Jpeg, size, &error))?;
        if count == 0 {
            return Err(truncated(Format::Jpeg, rows.done(), size));
        }
        progress.advance(u32::try_from(count).unwrap_or(0))?;
        let flaws = decoder.flaws();
        if flaws.is_truncated && fail_on >= FailOn::Truncated {
            return Err(truncated(Format::Jpeg, rows.done() - count, size));
        }
        let is_refused = flaws.is_damaged && fail_on >= FailOn::Error
            || flaws.has_warnings && fail_on >= FailOn::Warning;
        if is_refused {
            return Err(damaged(Format::Jpeg, &decoder.flaw()));
        }
    }
    Ok(())
}
