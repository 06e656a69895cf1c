//! JPEG, by libjpeg-turbo.

mod ffi;
mod reader;
#[cfg(test)]
mod tests;
mod writer;

pub use self::reader::{Flaws, Header, Reader, Rows};
pub use self::writer::write;

use crate::image::Error;
use std::ffi::{CStr, c_char, c_int, c_void};

// Links libjpeg.
extern crate mozjpeg_sys as _;

/// Polled while a codec works: whether it should stop.
type ShouldStop<'a> = &'a dyn Fn() -> bool;

/// Calls the [`ShouldStop`] at `context`.
unsafe extern "C" fn should_stop(context: *mut c_void) -> c_int {
    // SAFETY: readers and writers pass the address of their closure, which they own.
    let should_stop = unsafe { &*context.cast::<ShouldStop<'_>>() };
    c_int::from(should_stop())
}

/// The result of a function of the shim, whose message is at `message` if it failed.
///
/// # Safety
///
/// `message` must be a C string.
unsafe fn checked(outcome: c_int, message: *const c_char) -> Result<(), Error> {
    match outcome {
        ffi::OK => Ok(()),
        ffi::STOPPED => Err(Error::Stopped),
        _ => {
            // SAFETY: the caller vouches for it.
            let message = unsafe { CStr::from_ptr(message) };
            Err(Error::Invalid(message.to_string_lossy().into_owned()))
        }
    }
}
