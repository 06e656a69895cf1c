//! Safe interfaces to the C libraries that the native tasks use: Google's brotli, lz4,
//! libjpeg-turbo and libwebp.
//!
//! Each call of a compression codec takes a piece of input and a buffer for output, and returns how
//! much of both it used. The codec keeps neither buffer. The `-sys` crates expose only the C
//! functions, and the crates on top of them read from a `Read` or write to a `Write` until they are
//! done, so they cannot be interrupted.

#[cfg(feature = "compress")]
pub mod brotli;
#[cfg(feature = "image")]
pub mod image;
#[cfg(feature = "compress")]
pub mod lz4;

#[cfg(feature = "compress")]
use std::ffi::{CStr, c_char};
use std::fmt;

/// The progress of one codec step.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Step {
    /// Number of input bytes consumed.
    pub read: usize,
    /// Number of output bytes written.
    pub written: usize,
}

/// Why a step failed. The codec must not be used afterwards.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Error {
    /// An allocation failed.
    OutOfMemory,
    /// The data are invalid; holds the library's message.
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

/// Borrows a C string of static lifetime; the empty string for null.
///
/// # Safety
///
/// `text` must be null or point to a C string that is never freed.
#[cfg(feature = "compress")]
unsafe fn text(text: *const c_char) -> &'static str {
    if text.is_null() {
        return "";
    }
    // SAFETY: it is not null, and the caller guarantees a C string that is never freed.
    let text = unsafe { CStr::from_ptr(text) };
    text.to_str().unwrap_or_default()
}
