//! Decodes the first image of a GIF.

use super::{Encoded, FailOn, damaged, truncated};
use crate::Failure;
use crate::image::format::Format;
use crate::image::geometry::Size;
use crate::image::pixels::Pixels;
use crate::image::progress::Progress;
use gif::{ColorOutput, DecodeOptions, DecodingError};
use std::io::ErrorKind;

pub(super) fn decode(image: &Encoded<'_>, progress: &Progress<'_>) -> Result<Pixels, Failure> {
    let canvas = image.header.size;
    let mut options = DecodeOptions::new();
    options.set_color_output(ColorOutput::RGBA);
    // Frames may exceed the canvas. They need no extra memory, since rows are decoded one by one.
    options.check_frame_consistency(false);
    let fail = |error: DecodingError, rows| failed(&error, canvas, rows);
    let mut decoder = options
        .read_info(image.data)
        .map_err(|error| fail(error, 0))?;
    let frame = decoder
        .next_frame_info()
        .map_err(|error| fail(error, 0))?
        .ok_or_else(|| damaged(Format::Gif, "it contains no image"))?;
    let (left, top) = (usize::from(frame.left), usize::from(frame.top));
    let (width, height) = (usize::from(frame.width), usize::from(frame.height));
    let is_interlaced = frame.interlaced;
    if width == 0 || height == 0 {
        return Err(damaged(
            Format::Gif,
            &format!("its first image has a size of {width} x {height}"),
        ));
    }
    // The canvas stays transparent where the image does not cover it.
    let mut pixels = Pixels::black(canvas, true);
    let stride = pixels.stride();
    let mut row = vec![0; width * 4];
    for (done, y) in row_order(height, is_interlaced).enumerate() {
        row.fill(0);
        match decoder.fill_buffer(&mut row) {
            Ok(true) => {}
            _ if image.fail_on == FailOn::None => break,
            Ok(false) => return Err(truncated(Format::Gif, done, canvas)),
            Err(error) => return Err(fail(error, done)),
        }
        // The part of a frame outside the canvas is cut off.
        if let Some(target) = pixels.bytes_mut().chunks_exact_mut(stride).nth(top + y) {
            let start = (left * 4).min(stride);
            for (to, from) in target[start..].iter_mut().zip(&row) {
                *to = *from;
            }
        }
        if done < canvas.height as usize {
            progress.advance(1)?;
        } else {
            progress.poll()?;
        }
    }
    Ok(if image.header.has_alpha {
        pixels
    } else {
        pixels.flatten([0; 3])
    })
}

/// Row numbers in the order in which the rows are stored.
fn row_order(height: usize, is_interlaced: bool) -> impl Iterator<Item = usize> {
    let passes: &[(usize, usize)] = if is_interlaced {
        &[(0, 8), (4, 8), (2, 4), (1, 2)]
    } else {
        &[(0, 1)]
    };
    passes
        .iter()
        .flat_map(move |&(first, step)| (first..height).step_by(step))
}

fn failed(error: &DecodingError, canvas: Size, rows: usize) -> Failure {
    match error {
        DecodingError::Io(error) if error.kind() == ErrorKind::UnexpectedEof => {
            truncated(Format::Gif, rows, canvas)
        }
        other => damaged(Format::Gif, &other.to_string()),
    }
}
