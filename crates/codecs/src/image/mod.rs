//! Image codecs: libjpeg-turbo and libwebp.
//!
//! Pixels are interleaved bytes without padding between rows. Each function polls a closure while
//! it works and stops when the closure returns true.

pub mod jpeg;
pub mod webp;

use std::fmt;

/// Why an image could not be read or written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Error {
    /// The data are damaged or not supported; holds the codec's message.
    Invalid(String),
    /// An allocation failed.
    NoMemory,
    /// The polled closure returned true.
    Stopped,
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Invalid(message) => f.write_str(message),
            Self::NoMemory => f.write_str("not enough memory"),
            Self::Stopped => f.write_str("stopped"),
        }
    }
}

impl std::error::Error for Error {}
