//! The input of `native:image`.

use super::decode::{FailOn, RawLayout};
use super::format::Format;
use super::geometry::{Area, Fit, Position, Request, Size};
use super::resize::Kernel;
use crate::source::Source;
use crate::{Failure, Fields, FromValue, Value};
use std::path::PathBuf;

/// The input of `native:image`.
#[derive(Debug)]
pub struct ImageInput {
    /// What is read.
    pub source: Source,
    /// What is done with it.
    pub options: Options,
    /// The file that is written.
    pub output: Option<PathBuf>,
}

/// What is done with an image.
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is an option of its own"
)]
#[derive(Debug)]
pub struct Options {
    /// The layout of pixels without a header; `None` if the source is a file of an image format.
    pub raw: Option<RawLayout>,
    /// The size that is asked for.
    pub request: Request,
    /// How the image is scaled.
    pub kernel: Kernel,
    /// Red, green, blue and alpha; `None` is transparent, or black where there is no alpha.
    pub background: Option<[u8; 4]>,
    /// The part that is used.
    pub extract: Option<Area>,
    /// How far the image is turned clockwise, in quarters, 0 to 3.
    pub quarters: u8,
    /// Whether the image is turned upright, as its EXIF data say.
    pub is_auto_oriented: bool,
    /// Whether the image is mirrored top to bottom.
    pub is_flipped: bool,
    /// Whether the image is mirrored left to right.
    pub is_flopped: bool,
    /// Whether the image becomes grey.
    pub is_grey: bool,
    /// What is written; `None` is the format of the image, or PNG if that is GIF.
    pub format: Option<Format>,
    /// Of JPEG and lossy WebP, 1 to 100.
    pub quality: u8,
    /// Whether WebP is written without losses.
    pub is_lossless: bool,
    /// Whether JPEG and PNG are written progressively.
    pub is_progressive: bool,
    /// What makes the task fail.
    pub fail_on: FailOn,
    /// How many pixels an image may have, what is read and what is written.
    pub max_pixels: u64,
}

/// Fields, in this order: those of the source; raw (width, height, channels); width, height, fit,
/// position, kernel, withoutEnlargement; background (red, green, blue, alpha); extract (left, top,
/// width, height); rotate in quarters, autoOrient, flip, flop, grayscale; format, quality, lossless,
/// progressive; failOn, maxPixels, output. What has no value is undefined: raw, background and
/// extract by their first.
impl FromValue for ImageInput {
    fn from_value(value: Value) -> Result<Self, Failure> {
        let mut fields = Fields::of(value)?;
        Ok(Self {
            source: Source::from_fields(&mut fields)?,
            options: Options::from_fields(&mut fields)?,
            output: fields.path()?,
        })
    }
}

impl Options {
    fn from_fields(fields: &mut Fields) -> Result<Self, Failure> {
        Ok(Self {
            raw: several(fields)?.map(|[width, height, channels]| RawLayout {
                size: Size { width, height },
                channels,
            }),
            request: Request {
                width: fields.optional_integer()?,
                height: fields.optional_integer()?,
                fit: fields.one_of(Fit::ALL)?,
                position: fields.one_of(Position::ALL)?,
                without_enlargement: fields.boolean()?,
            },
            kernel: fields.one_of(Kernel::ALL)?,
            background: several(fields)?.map(|colour| colour.map(byte)),
            extract: several(fields)?.map(|[left, top, width, height]| Area {
                left,
                top,
                width,
                height,
            }),
            quarters: byte(fields.integer()?),
            is_auto_oriented: fields.boolean()?,
            is_flipped: fields.boolean()?,
            is_flopped: fields.boolean()?,
            is_grey: fields.boolean()?,
            format: fields.optional_one_of(Format::WRITTEN)?,
            quality: byte(fields.integer()?),
            is_lossless: fields.boolean()?,
            is_progressive: fields.boolean()?,
            fail_on: fields.one_of(FailOn::ALL)?,
            max_pixels: fields.size()?,
        })
    }
}

/// The next fields, integers; `None` if the first is undefined. Then the others are, too.
fn several<const COUNT: usize>(fields: &mut Fields) -> Result<Option<[u32; COUNT]>, Failure> {
    let mut values = [None; COUNT];
    for value in &mut values {
        *value = fields.optional_integer()?;
    }
    let values: Option<Vec<u32>> = values.into_iter().collect();
    Ok(values.and_then(|values| values.try_into().ok()))
}

/// What the codec has checked to be at most 255.
fn byte(value: u32) -> u8 {
    u8::try_from(value).unwrap_or(u8::MAX)
}
