//! WebP, by libwebp.

mod reader;
#[cfg(test)]
mod tests;
mod writer;

pub use self::reader::{Header, IsTruncated, Target, header, read};
pub use self::writer::{Mode, write};

/// The format's maximum width and height, in pixels.
pub const MAX_SIDE: u32 = 16383;
