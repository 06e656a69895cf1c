//! How bytes are given to JavaScript as text.

use crate::Value;
use base64ct::{Base64, Base64UrlUnpadded, Encoding as _};
use std::fmt::Write as _;

/// The encodings of results, as `node:crypto` has them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encoding {
    /// Lower-case hexadecimal.
    Hex,
    /// Base64 with padding.
    Base64,
    /// Base64 for URLs, without padding.
    Base64Url,
    /// The bytes themselves.
    Buffer,
}

impl Encoding {
    /// All encodings.
    pub const ALL: &[Self] = &[Self::Hex, Self::Base64, Self::Base64Url, Self::Buffer];

    /// The name of the encoding, as JavaScript passes it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Hex => "hex",
            Self::Base64 => "base64",
            Self::Base64Url => "base64url",
            Self::Buffer => "buffer",
        }
    }

    /// A text of the bytes, or the bytes.
    #[must_use]
    pub fn encode(self, bytes: Vec<u8>) -> Value {
        match self {
            Self::Hex => {
                let mut text = String::with_capacity(2 * bytes.len());
                for byte in bytes {
                    let _ = write!(text, "{byte:02x}"); // cannot fail
                }
                text.into()
            }
            Self::Base64 => Base64::encode_string(&bytes).into(),
            Self::Base64Url => Base64UrlUnpadded::encode_string(&bytes).into(),
            Self::Buffer => bytes.into(),
        }
    }
}
