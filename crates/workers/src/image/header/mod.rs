//! Reads image headers without decoding any pixels.

mod bytes;
mod exif;
mod gif;
mod jpeg;
mod png;

mod webp;

pub use self::bytes::{FileBytes, HeaderBytes};

use super::format::Format;
use super::geometry::Size;
use crate::{Failure, Value};

/// The properties that a header declares.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Header {
    /// The format.
    pub format: Format,
    /// Width and height as stored, before `orientation` applies.
    pub size: Size,
    /// Number of channels, alpha included: 1 to 4. For an image with a palette, the number of
    /// channels of its colours.
    pub channels: u8,
    /// Bits per channel; for an image with a palette, bits per palette index.
    pub depth: u8,
    /// Whether the image has an alpha channel or transparent pixels.
    pub has_alpha: bool,
    /// The EXIF orientation, 1 to 8.
    pub orientation: Option<u8>,
    /// Whether an ICC profile is embedded.
    pub has_profile: bool,
    /// Whether the image is progressive or interlaced.
    pub is_progressive: bool,
    /// Number of images, in formats that can hold several.
    pub pages: Option<u32>,
}

impl Header {
    /// Reads the header of an image of any format.
    ///
    /// # Errors
    ///
    /// If the format is not recognized, or the header is damaged.
    pub fn read(bytes: &mut dyn HeaderBytes) -> Result<Self, Failure> {
        match Format::require(bytes.at(0, Format::SIGNATURE)?)? {
            Format::Jpeg => jpeg::read(bytes),
            Format::Png => png::read(bytes),
            Format::WebP => webp::read(bytes),
            Format::Gif => gif::read(bytes),
            Format::Raw => Err(Failure::new("raw pixels have no header")),
        }
    }

    /// The result of `imageInfo`. `size` is the size of the file in bytes, if it is known.
    #[must_use]
    pub fn to_value(&self, size: Option<f64>) -> Value {
        let fields = [
            ("format", Value::from(self.format.name())),
            ("width", self.size.width.into()),
            ("height", self.size.height.into()),
            ("channels", u32::from(self.channels).into()),
            ("depth", u32::from(self.depth).into()),
            ("hasAlpha", self.has_alpha.into()),
            (
                "orientation",
                self.orientation
                    .map_or(Value::Undefined, |value| u32::from(value).into()),
            ),
            ("hasProfile", self.has_profile.into()),
            ("isProgressive", self.is_progressive.into()),
            ("pages", self.pages.map_or(Value::Undefined, Value::from)),
            ("size", size.map_or(Value::Undefined, Value::from)),
        ];
        Value::Record(
            fields
                .into_iter()
                .map(|(name, value)| (name.into(), value))
                .collect(),
        )
    }
}

/// The ICC profile of a JPEG or WebP file. `None` for PNG, whose profile is compressed and read by
/// its decoder.
#[must_use]
pub fn profile(format: Format, data: &[u8]) -> Option<Vec<u8>> {
    match format {
        Format::Jpeg => jpeg::profile(data),
        Format::WebP => webp::profile(data),
        Format::Png | Format::Gif | Format::Raw => None,
    }
}

pub use self::webp::{Frame, first_frame};

/// The failure for a damaged image.
pub(super) fn damaged(format: Format, what: &str) -> Failure {
    Failure::invalid_data(format!("Invalid {} image: {what}", format.title()))
}

/// Checks the size in a header. No format allows images without pixels.
fn size(format: Format, width: u32, height: u32) -> Result<Size, Failure> {
    if width == 0 || height == 0 {
        return Err(damaged(format, &format!("its size is {width} x {height}")));
    }
    Ok(Size { width, height })
}
