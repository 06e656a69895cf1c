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
    /// The image to read.
    pub source: Source,
    /// What to do with it.
    pub options: Options,
    /// The file to write the result to; `None` returns the bytes.
    pub output: Option<PathBuf>,
}

/// The options of `native:image`.
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is an option of its own"
)]
#[derive(Debug)]
pub struct Options {
    /// The layout of raw pixels; `None` if the source has an image format.
    pub raw: Option<RawLayout>,
    /// The requested size.
    pub request: Request,
    /// The kernel for scaling.
    pub kernel: Kernel,
    /// Red, green, blue and alpha; `None` is transparent, or black if the image has no alpha.
    pub background: Option<[u8; 4]>,
    /// The area to keep; `None` keeps the whole image.
    pub extract: Option<Area>,
    /// Clockwise rotation in quarter turns, 0 to 3.
    pub quarters: u8,
    /// Whether the image is turned upright by its EXIF orientation.
    pub is_auto_oriented: bool,
    /// Whether the image is mirrored top to bottom.
    pub is_flipped: bool,
    /// Whether the image is mirrored left to right.
    pub is_flopped: bool,
    /// Whether the image is converted to grey.
    pub is_grey: bool,
    /// The output format; `None` is the input's format, or PNG if that is GIF.
    pub format: Option<Format>,
    /// The quality of JPEG and lossy WebP, or the effort of lossless WebP: 1 to 100.
    pub quality: u8,
    /// Whether WebP is lossless.
    pub is_lossless: bool,
    /// Whether JPEG is progressive and PNG interlaced.
    pub is_progressive: bool,
    /// Which flaws of the input make the task fail.
    pub fail_on: FailOn,
    /// Maximum number of pixels of the input, and of the output.
    pub max_pixels: u64,
}

/// Reads these fields, in this order: data, file; raw (width, height, channels); width, height,
/// fit, position, kernel, withoutEnlargement; background (red, green, blue, alpha); extract (left,
/// top, width, height); rotate in quarter turns, autoOrient, flip, flop, grayscale; format,
/// quality, lossless, progressive; failOn, maxPixels, output. An omitted option is undefined. For
/// raw, background and extract, all fields in parentheses are then undefined.
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
            raw: optional_integers(fields)?.map(|[width, height, channels]| RawLayout {
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
            background: optional_integers(fields)?.map(|colour| colour.map(byte)),
            extract: optional_integers(fields)?.map(|[left, top, width, height]| Area {
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

/// Reads `COUNT` integers; `None` if they are undefined.
fn optional_integers<const COUNT: usize>(
    fields: &mut Fields,
) -> Result<Option<[u32; COUNT]>, Failure> {
    let mut values = [None; COUNT];
    for value in &mut values {
        *value = fields.optional_integer()?;
    }
    let values: Option<Vec<u32>> = values.into_iter().collect();
    Ok(values.and_then(|values| values.try_into().ok()))
}

/// Converts a value that the codec has limited to 255.
fn byte(value: u32) -> u8 {
    u8::try_from(value).unwrap_or(u8::MAX)
}
