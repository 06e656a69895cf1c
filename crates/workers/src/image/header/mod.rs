//! What the headers of images say, read without decoding anything.

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

/// What a header says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Header {
    /// The format.
    pub format: Format,
    /// Width and height as they are stored, before `orientation` applies.
    pub size: Size,
    /// 1 to 4: with alpha 2 or 4. Of an image with a palette, those of its colours.
    pub channels: u8,
    /// In bits, of a channel. Of an image with a palette, of an index.
    pub depth: u8,
    /// Whether pixels may be transparent.
    pub has_alpha: bool,
    /// The orientation of EXIF, 1 to 8.
    pub orientation: Option<u8>,
    /// Whether an ICC profile is embedded.
    pub has_profile: bool,
    /// Whether it is stored so that it can be shown before all of it is there.
    pub is_progressive: bool,
    /// How many images there are, in formats that can have several.
    pub pages: Option<u32>,
}

impl Header {
    /// Reads the header of an image in any of the formats.
    ///
    /// # Errors
    ///
    /// When the format is not recognized, or the header is damaged.
    pub fn read(bytes: &mut dyn HeaderBytes) -> Result<Self, Failure> {
        match Format::require(bytes.at(0, Format::SIGNATURE)?)? {
            Format::Jpeg => jpeg::read(bytes),
            Format::Png => png::read(bytes),
            Format::WebP => webp::read(bytes),
            Format::Gif => gif::read(bytes),
            Format::Raw => Err(Failure::new("raw pixels have no header")),
        }
    }

    /// The result of `imageInfo` for an image of so many bytes.
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

/// The ICC profile of a whole file, if it has one and stores it as it is. PNG compresses it.
#[must_use]
pub fn profile(format: Format, data: &[u8]) -> Option<Vec<u8>> {
    match format {
        Format::Jpeg => jpeg::profile(data),
        Format::WebP => webp::profile(data),
        Format::Png | Format::Gif | Format::Raw => None,
    }
}

/// The data of the first image of a WebP animation, and where it is on its canvas.
pub use self::webp::{Frame, first_frame};

/// The header of an image in this format is damaged.
fn damaged(format: Format, what: &str) -> Failure {
    Failure::invalid_data(format!("Invalid {} image: {what}", format.title()))
}

/// The size that a header says; no format has images without pixels.
fn size(format: Format, width: u32, height: u32) -> Result<Size, Failure> {
    if width == 0 || height == 0 {
        return Err(damaged(format, &format!("its size is {width} x {height}")));
    }
    Ok(Size { width, height })
}
