//! Colour conversions: to sRGB by the embedded profile, from CMYK, and to grey.

use super::pixels::Pixels;
use super::progress::Progress;
use crate::Failure;
use moxcms::{
    ColorProfile, DataColorSpace, Layout, RenderingIntent, TransformExecutor, TransformOptions,
};
use std::sync::LazyLock;

/// Maximum number of pixels converted between two polls of the token.
const PIECE: usize = 1 << 16;

fn options() -> TransformOptions {
    TransformOptions {
        rendering_intent: RenderingIntent::Perceptual,
        ..TransformOptions::default()
    }
}

/// Converts an image to sRGB by its embedded ICC profile. A damaged profile, or one that is neither
/// RGB nor grey, is ignored: the image is assumed to be sRGB.
///
/// # Errors
///
/// If the task is cancelled.
pub fn to_srgb(
    pixels: &mut Pixels,
    profile: &[u8],
    progress: &Progress<'_>,
) -> Result<(), Failure> {
    let Ok(profile) = ColorProfile::new_from_slice(profile) else {
        return Ok(());
    };
    match profile.color_space {
        DataColorSpace::Rgb => rgb_to_srgb(pixels, &profile, progress),
        DataColorSpace::Gray => grey_to_srgb(pixels, &profile, progress),
        _ => Ok(()),
    }
}

fn rgb_to_srgb(
    pixels: &mut Pixels,
    profile: &ColorProfile,
    progress: &Progress<'_>,
) -> Result<(), Failure> {
    let srgb = ColorProfile::new_srgb();
    let create = |layout| profile.create_transform_8bit(layout, &srgb, layout, options());
    let Ok(transform) = create(Layout::Rgb) else {
        return Ok(());
    };
    if changes_nothing(&*transform) {
        return Ok(());
    }
    let transform = if pixels.has_alpha() {
        create(Layout::Rgba).unwrap_or(transform)
    } else {
        transform
    };
    let piece = PIECE * pixels.channels();
    let mut from = Vec::with_capacity(piece);
    for to in pixels.bytes_mut().chunks_mut(piece) {
        progress.poll()?;
        from.clear();
        from.extend_from_slice(to);
        // Fails only if the lengths differ, and they are equal.
        let _ = transform.transform(&from, to);
    }
    Ok(())
}

/// Whether a transform changes no colour of a test grid by more than rounding. Most photos have an
/// sRGB profile, whose transform can be skipped.
fn changes_nothing(transform: &dyn TransformExecutor<u8>) -> bool {
    let grid = (0..=255).step_by(15);
    let colours = grid.clone().flat_map(|r| {
        let grid = grid.clone();
        grid.clone()
            .flat_map(move |g| grid.clone().flat_map(move |b| [r, g, b]))
    });
    let from: Vec<u8> = colours.collect();
    let mut to = vec![0; from.len()];
    transform.transform(&from, &mut to).is_ok()
        && from.iter().zip(&to).all(|(a, b)| a.abs_diff(*b) <= 1)
}

fn grey_to_srgb(
    pixels: &mut Pixels,
    profile: &ColorProfile,
    progress: &Progress<'_>,
) -> Result<(), Failure> {
    let srgb = ColorProfile::new_srgb();
    let transform = profile.create_transform_8bit(Layout::Gray, &srgb, Layout::Rgb, options());
    let greys: Vec<u8> = (0..=255).collect();
    let mut table = vec![0; greys.len() * 3];
    if !transform.is_ok_and(|transform| transform.transform(&greys, &mut table).is_ok()) {
        return Ok(());
    }
    let (table, _) = table.as_chunks::<3>();
    let channels = pixels.channels();
    for piece in pixels.bytes_mut().chunks_mut(PIECE * channels) {
        progress.poll()?;
        for pixel in piece.chunks_exact_mut(channels) {
            // An image with a grey profile has equal channels.
            let colour = table[usize::from(pixel[0])];
            pixel[..3].copy_from_slice(&colour);
        }
    }
    Ok(())
}

/// Converts CMYK pixels, in which 255 is full ink, to RGB: by the profile, or without one by the
/// formula for ideal inks.
///
/// # Errors
///
/// If the task is cancelled.
pub fn from_cmyk(
    cmyk: &[u8],
    profile: Option<&[u8]>,
    progress: &Progress<'_>,
) -> Result<Vec<u8>, Failure> {
    let mut rgb = vec![0; cmyk.len() / 4 * 3];
    let profile = profile
        .and_then(|profile| ColorProfile::new_from_slice(profile).ok())
        .filter(|profile| profile.color_space == DataColorSpace::Cmyk);
    let srgb = ColorProfile::new_srgb();
    let transform = profile.and_then(|profile| {
        let transform = profile.create_transform_8bit(Layout::Rgba, &srgb, Layout::Rgb, options());
        transform.ok()
    });
    for (from, to) in cmyk.chunks(PIECE * 4).zip(rgb.chunks_mut(PIECE * 3)) {
        progress.poll()?;
        let is_done = transform
            .as_ref()
            .is_some_and(|transform| transform.transform(from, to).is_ok());
        if !is_done {
            ideal_inks(from, to);
        }
    }
    Ok(rgb)
}

/// Converts CMYK to RGB as ideal inks would: R = (1 - C)(1 - K), and so on.
fn ideal_inks(cmyk: &[u8], rgb: &mut [u8]) {
    let (from, _) = cmyk.as_chunks::<4>();
    let (to, _) = rgb.as_chunks_mut::<3>();
    for (&[c, m, y, k], rgb) in from.iter().zip(to) {
        let light = |ink: u8| {
            let light = u32::from(255 - ink) * u32::from(255 - k);
            u8::try_from((light + 127) / 255).unwrap_or(255)
        };
        *rgb = [light(c), light(m), light(y)];
    }
}

/// Converts an image to grey as libvips does: by the luminance of linear light.
///
/// # Errors
///
/// If the task is cancelled.
pub fn to_grey(pixels: &mut Pixels, progress: &Progress<'_>) -> Result<(), Failure> {
    let channels = pixels.channels();
    let tables = &*TABLES;
    for piece in pixels.bytes_mut().chunks_mut(PIECE * channels) {
        progress.poll()?;
        for pixel in piece.chunks_exact_mut(channels) {
            let grey = tables.grey(pixel[0], pixel[1], pixel[2]);
            pixel[..3].fill(grey);
        }
    }
    Ok(())
}

/// Converts a colour to grey. Alpha is unchanged.
#[must_use]
pub fn grey_of([r, g, b, alpha]: [u8; 4]) -> [u8; 4] {
    let grey = TABLES.grey(r, g, b);
    [grey, grey, grey, alpha]
}

/// Weights of red, green and blue in linear light: those of BT.709, as in libvips 8.18.
const WEIGHTS: [f32; 3] = [0.2126, 0.7152, 0.0722];

/// Number of steps of linear light.
const STEPS: u16 = 4096;

struct Tables {
    /// Linear light, from 0 to [`STEPS`], by sRGB value.
    linear: [f32; 256],
    /// sRGB value, by linear light.
    encoded: Vec<u8>,
}

impl Tables {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "the sum is between 0 and STEPS"
    )]
    fn grey(&self, r: u8, g: u8, b: u8) -> u8 {
        let light = |value: u8, weight: f32| self.linear[usize::from(value)] * weight;
        let sum = light(r, WEIGHTS[0]) + light(g, WEIGHTS[1]) + light(b, WEIGHTS[2]);
        self.encoded[(sum + 0.5) as usize]
    }
}

static TABLES: LazyLock<Tables> = LazyLock::new(|| {
    let linear = std::array::from_fn(|value| {
        #[expect(clippy::cast_precision_loss, reason = "at most 255")]
        let value = value as f32 / 255.0;
        let light = if value <= 0.04045 {
            value / 12.92
        } else {
            ((value + 0.055) / 1.055).powf(2.4)
        };
        light * f32::from(STEPS)
    });
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "between 0 and 255"
    )]
    let encode = |step: u16| {
        let light = f32::from(step) / f32::from(STEPS);
        let value = if light <= 0.003_130_8 {
            light * 12.92
        } else {
            1.055 * light.powf(1.0 / 2.4) - 0.055
        };
        (value * 255.0).round() as u8
    };
    Tables {
        linear,
        encoded: (0..=STEPS).map(encode).collect(),
    }
});

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn grey_pixels_stay_unchanged() {
        for value in 10..=255 {
            assert_eq!(TABLES.grey(value, value, value), value);
        }
    }

    #[test]
    fn primary_colours_have_the_greys_of_libvips() {
        let greys = [[255, 0, 0], [0, 255, 0], [0, 0, 255], [255, 255, 0]]
            .map(|[r, g, b]| TABLES.grey(r, g, b));
        assert_eq!(greys, [127, 220, 76, 247]);
    }

    #[test]
    fn inks_absorb_light() {
        let mut rgb = [0; 12];
        ideal_inks(
            &[0, 0, 0, 0, 255, 0, 0, 0, 0, 0, 0, 255, 51, 0, 255, 51],
            &mut rgb,
        );
        assert_eq!(rgb, [255, 255, 255, 0, 255, 255, 0, 0, 0, 163, 204, 0]);
    }
}
