//! Encodes JPEG.

use super::{ShouldStop, checked, ffi, should_stop};
use crate::image::Error;
use std::ffi::c_int;
use std::ptr::{self, NonNull};
use std::slice;

struct Writer<'a> {
    raw: NonNull<ffi::RawWriter>,
    /// libjpeg's callback context points into this box, so it must live as long as `raw`.
    _should_stop: Box<ShouldStop<'a>>,
}

/// Encodes RGB pixels with 4:2:0 subsampling and optimized Huffman tables. `quality` is 1 to 100.
///
/// # Errors
///
/// If an allocation fails, or the closure returns true.
///
/// # Panics
///
/// If `rgb` is not `width` times `height` pixels of three bytes, or has no pixels.
pub fn write(
    rgb: &[u8],
    width: u32,
    height: u32,
    quality: u8,
    is_progressive: bool,
    poll: ShouldStop<'_>,
) -> Result<Vec<u8>, Error> {
    let stride = width as usize * 3;
    assert!(width > 0 && height > 0 && rgb.len() == stride * height as usize);
    let writer = Writer::new(poll)?;
    let raw = writer.raw.as_ptr();
    // SAFETY: the writer is open.
    let outcome = unsafe {
        ffi::nwp_jpeg_start_writing(raw, width, height, quality.into(), is_progressive.into())
    };
    writer.checked(outcome)?;
    // SAFETY: the writer has started, and `rgb` has `height` rows of `stride` bytes (asserted
    // above).
    let outcome = unsafe { ffi::nwp_jpeg_write_rows(raw, rgb.as_ptr(), stride, height) };
    writer.checked(outcome)?;
    let (mut data, mut length) = (ptr::null(), 0);
    // SAFETY: all rows have been written.
    let outcome = unsafe { ffi::nwp_jpeg_finish(raw, &raw mut data, &raw mut length) };
    writer.checked(outcome)?;
    // SAFETY: the shim set `data` to `length` bytes that stay valid until the writer is closed.
    Ok(unsafe { slice::from_raw_parts(data, length) }.to_vec())
}

impl<'a> Writer<'a> {
    fn new(poll: ShouldStop<'a>) -> Result<Self, Error> {
        let poll = Box::new(poll);
        let context = (&raw const *poll).cast_mut().cast();
        // SAFETY: `should_stop` expects a pointer to a `ShouldStop`. `Self` owns the box it points
        // to and closes the writer before it drops the box.
        let raw = unsafe { ffi::nwp_jpeg_writer_open(should_stop, context) };
        Ok(Self {
            raw: NonNull::new(raw).ok_or(Error::NoMemory)?,
            _should_stop: poll,
        })
    }

    fn checked(&self, outcome: c_int) -> Result<(), Error> {
        // SAFETY: `Writer` keeps it open until it is dropped.
        let message = unsafe { ffi::nwp_jpeg_writer_message(self.raw.as_ptr()) };
        // SAFETY: the shim's message buffer always holds a C string.
        unsafe { checked(outcome, message) }
    }
}

impl Drop for Writer<'_> {
    fn drop(&mut self) {
        // SAFETY: the writer is open, and `self` held the only pointer to it.
        unsafe { ffi::nwp_jpeg_writer_close(self.raw.as_ptr()) };
    }
}
