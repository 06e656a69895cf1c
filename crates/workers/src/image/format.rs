//! The image formats and their signatures.

use crate::Failure;

/// A format that can be read, written, or both.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// JPEG.
    Jpeg,
    /// PNG.
    Png,
    /// WebP.
    WebP,
    /// GIF; read only.
    Gif,
    /// Pixels without a header: rows of interleaved bytes.
    Raw,
}

impl Format {
    /// The formats that can be written, in the order of `lib/native/tasks/image.js`.
    pub const WRITTEN: &'static [Self] = &[Self::Jpeg, Self::Png, Self::WebP, Self::Raw];

    /// Number of bytes that [`Format::recognize`] needs.
    pub const SIGNATURE: usize = 12;

    /// The format of a file that begins with `start`; `None` if it is not known.
    #[must_use]
    pub fn recognize(start: &[u8]) -> Option<Self> {
        match start {
            [0xff, 0xd8, 0xff, ..] => Some(Self::Jpeg),
            [0x89, b'P', b'N', b'G', b'\r', b'\n', 0x1a, b'\n', ..] => Some(Self::Png),
            [
                b'R',
                b'I',
                b'F',
                b'F',
                _,
                _,
                _,
                _,
                b'W',
                b'E',
                b'B',
                b'P',
                ..,
            ] => Some(Self::WebP),
            [b'G', b'I', b'F', b'8', b'7' | b'9', b'a', ..] => Some(Self::Gif),
            _ => None,
        }
    }

    /// The format of a file that begins with `start`.
    ///
    /// # Errors
    ///
    /// If the format is not known. The message says if the data is text, such as a path that was
    /// passed as data, an SVG, or an error page of a server.
    pub fn require(start: &[u8]) -> Result<Self, Failure> {
        Self::recognize(start).ok_or_else(|| {
            let start = &start[..start.len().min(Self::SIGNATURE)];
            let is_text = !start.is_empty()
                && start
                    .iter()
                    .all(|byte| byte.is_ascii_graphic() || byte.is_ascii_whitespace());
            Failure::invalid_data(if is_text {
                "The data is not a JPEG, PNG, WebP or GIF image, but text"
            } else {
                "The data is not a JPEG, PNG, WebP or GIF image"
            })
        })
    }

    /// The name in `format` and `info.format`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Jpeg => "jpeg",
            Self::Png => "png",
            Self::WebP => "webp",
            Self::Gif => "gif",
            Self::Raw => "raw",
        }
    }

    /// The name in error messages.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Self::Jpeg => "JPEG",
            Self::Png => "PNG",
            Self::WebP => "WebP",
            Self::Gif => "GIF",
            Self::Raw => "raw",
        }
    }
}
