//! Decodes PNG.

use super::{Encoded, FailOn, Rows, damaged, no_memory, truncated};
use crate::Failure;
use crate::image::colour;
use crate::image::format::Format;
use crate::image::geometry::Size;
use crate::image::limits;
use crate::image::pixels::{Pixels, length};
use crate::image::progress::Progress;
use png::{ColorType, Decoder, DecodingError, InterlaceInfo, Limits, Transformations};
use std::io::{Cursor, ErrorKind};

/// Memory in bytes that the decoder may use besides two rows: for profiles, which are compressed.
const MEMORY: usize = 64 << 20;

/// Maximum size of a pixel, in bytes, before (8) and after (4) the conversion to 8 bits a channel.
const BYTES_PER_PIXEL: usize = 8 + 4;

type Reader<'a> = png::Reader<Cursor<&'a [u8]>>;

pub(super) fn decode(image: &Encoded<'_>, progress: &Progress<'_>) -> Result<Pixels, Failure> {
    let size = image.header.size;
    let fail = |error: &DecodingError| failed(error, size, 0);
    let bytes = MEMORY.saturating_add(size.width as usize * BYTES_PER_PIXEL);
    let mut decoder = Decoder::new_with_limits(Cursor::new(image.data), Limits { bytes });
    decoder.set_transformations(Transformations::normalize_to_color8());
    decoder.set_ignore_text_chunk(true);
    decoder.ignore_checksums(image.fail_on == FailOn::None);
    let mut reader = decoder.read_info().map_err(|error| fail(&error))?;
    let (width, height) = reader.info().size();
    let size = Size { width, height };
    limits::check_pixels(size, image.max_pixels)?;
    let (colours, _) = reader.output_color_type();
    let has_alpha = matches!(colours, ColorType::GrayscaleAlpha | ColorType::Rgba);
    let read = if reader.info().interlaced {
        interlaced(&mut reader, size, colours, image.fail_on, progress)
    } else {
        let mut rows = Rows::new(size, has_alpha)?;
        match by_rows(&mut reader, &mut rows, colours, progress) {
            Err(failure) if image.fail_on > FailOn::None || progress.is_cancelled() => Err(failure),
            _ => Ok(rows.finish()),
        }
    };
    let mut pixels = read?;
    if let Some(profile) = reader.info().icc_profile.as_deref() {
        colour::to_srgb(&mut pixels, profile, progress)?;
    }
    Ok(pixels)
}

fn by_rows(
    reader: &mut Reader<'_>,
    rows: &mut Rows,
    colours: ColorType,
    progress: &Progress<'_>,
) -> Result<(), Failure> {
    let size = rows.size;
    for done in 0..size.height {
        let decoded = rows.extend(1, |out| {
            match colours {
                ColorType::Grayscale | ColorType::GrayscaleAlpha => {
                    if let Some(row) = reader.next_row()? {
                        expand_grey(row.data(), out, colours);
                    }
                }
                _ => drop(reader.read_row(out)?),
            }
            Ok(1)
        });
        decoded.map_err(|error: DecodingError| failed(&error, size, done))?;
        progress.advance(1)?;
    }
    Ok(())
}

/// Decodes an interlaced image, whose rows come in seven passes.
fn interlaced(
    reader: &mut Reader<'_>,
    size: Size,
    colours: ColorType,
    fail_on: FailOn,
    progress: &Progress<'_>,
) -> Result<Pixels, Failure> {
    let samples = colours.samples();
    let mut image = Vec::new();
    let count = size.width as usize * size.height as usize * samples;
    image
        .try_reserve_exact(count)
        .map_err(|_| no_memory(size))?;
    image.resize(count, 0);
    let read = passes(reader, size, &mut image, samples, progress);
    if fail_on > FailOn::None || progress.is_cancelled() {
        read?;
    }
    let has_alpha = matches!(colours, ColorType::GrayscaleAlpha | ColorType::Rgba);
    if matches!(colours, ColorType::Rgb | ColorType::Rgba) {
        return Ok(Pixels::new(size, has_alpha, image));
    }
    let mut out = vec![0; length(size, has_alpha)];
    expand_grey(&image, &mut out, colours);
    Ok(Pixels::new(size, has_alpha, out))
}

fn passes(
    reader: &mut Reader<'_>,
    size: Size,
    image: &mut [u8],
    samples: usize,
    progress: &Progress<'_>,
) -> Result<(), Failure> {
    let stride = size.width as usize * samples;
    let bits = u8::try_from(samples * 8).unwrap_or(32);
    let mut done = 0;
    while let Some(row) = reader
        .next_interlaced_row()
        .map_err(|error| failed(&error, size, done))?
    {
        if let InterlaceInfo::Adam7(pass) = row.interlace() {
            png::expand_interlaced_row(image, stride, row.data(), pass, bits);
        }
        done += 1;
        progress.poll()?;
    }
    progress.advance(size.height)
}

/// Expands grey pixels to RGB, or grey pixels with alpha to RGBA.
fn expand_grey(from: &[u8], to: &mut [u8], colours: ColorType) {
    if colours == ColorType::Grayscale {
        let (to, _) = to.as_chunks_mut::<3>();
        for (&grey, rgb) in from.iter().zip(to) {
            *rgb = [grey; 3];
        }
    } else {
        let (from, _) = from.as_chunks::<2>();
        let (to, _) = to.as_chunks_mut::<4>();
        for (&[grey, alpha], rgba) in from.iter().zip(to) {
            *rgba = [grey, grey, grey, alpha];
        }
    }
}

fn failed(error: &DecodingError, size: Size, rows: u32) -> Failure {
    match error {
        DecodingError::IoError(error) if error.kind() == ErrorKind::UnexpectedEof => {
            truncated(Format::Png, rows as usize, size)
        }
        DecodingError::LimitsExceeded => no_memory(size),
        other => damaged(Format::Png, &other.to_string()),
    }
}
