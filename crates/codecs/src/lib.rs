//! Safe interfaces of C libraries, as far as the native tasks use them: Google's brotli, lz4,
//! libjpeg-turbo and libwebp.
//!
//! A codec of bytes is called with a piece of its input and with room for output, and says how much of both
//! it used. It keeps neither. The crates that build the libraries have no such interface: those on
//! top of them read from a reader or write to a writer, which cannot be interrupted.

#[cfg(feature = "compress")]
pub mod brotli;
#[cfg(feature = "image")]
pub mod image;
#[cfg(feature = "compress")]
pub mod lz4;

#[cfg(feature = "compress")]
use std::ffi::{CStr, c_char};
use std::fmt;

/// What one step of a codec did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Step {
    /// How many bytes of the input it read.
    pub read: usize,
    /// How many bytes of the output it wrote.
    pub written: usize,
}

/// Why a step failed. The codec cannot be used any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Error {
    /// The system refused memory.
    OutOfMemory,
    /// The library's text for what is wrong with the data.
    Data(&'static str),
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::OutOfMemory => f.write_str("out of memory"),
            Self::Data(text) => f.write_str(text),
        }
    }
}

impl std::error::Error for Error {}

#[cfg(feature = "compress")]
/// # Safety
///
/// `text` is null, or a C string that is never freed.
unsafe fn text(text: *const c_char) -> &'static str {
    if text.is_null() {
        return "";
    }
    // SAFETY: not null, and a C string that lives forever, as the caller asserts.
    let text = unsafe { CStr::from_ptr(text) };
    text.to_str().unwrap_or_default()
}
