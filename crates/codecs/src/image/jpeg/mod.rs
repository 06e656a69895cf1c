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

/// Polled while a codec works. Returns true if the codec should stop.
type ShouldStop<'a> = &'a dyn Fn() -> bool;

/// Calls the [`ShouldStop`] at `context`.
unsafe extern "C" fn should_stop(context: *mut c_void) -> c_int {
    // SAFETY: `Reader` and `Writer` pass the address of a boxed `ShouldStop` that they own for as
    // long as libjpeg may call this.
    let should_stop = unsafe { &*context.cast::<ShouldStop<'_>>() };
    c_int::from(should_stop())
}

/// Converts the outcome of a shim function to a `Result`. `message` is read if the outcome is a
/// failure.
///
/// # Safety
///
/// `message` must point to a C string.
unsafe fn checked(outcome: c_int, message: *const c_char) -> Result<(), Error> {
    match outcome {
        ffi::OK => Ok(()),
        ffi::STOPPED => Err(Error::Stopped),
        _ => {
            // SAFETY: the caller guarantees a C string.
            let message = unsafe { CStr::from_ptr(message) };
            Err(Error::Invalid(message.to_string_lossy().into_owned()))
        }
    }
}
