//! Encodes WebP.

use super::MAX_SIDE;
use crate::image::Error;
use libwebp_sys::{
    WebPConfig, WebPEncode, WebPEncodingError, WebPMemoryWrite, WebPMemoryWriter,
    WebPMemoryWriterClear, WebPMemoryWriterInit, WebPPicture, WebPPictureFree,
    WebPPictureImportRGB, WebPPictureImportRGBA,
};
use std::ffi::c_int;
use std::mem::MaybeUninit;
use std::slice;

type ShouldStop<'a> = &'a dyn Fn() -> bool;

/// How an image is compressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// Lossy, with a quality of 1 to 100.
    Lossy(u8),
    /// Lossless, with an effort of 0 to 100.
    Lossless(u8),
}

/// Encodes RGB or RGBA pixels.
///
/// # Errors
///
/// If the image is too large for the format, an allocation fails, or `should_stop` returns true.
///
/// # Panics
///
/// If `pixels` is not `width` times `height` pixels, or is empty.
pub fn write(
    pixels: &[u8],
    width: u32,
    height: u32,
    has_alpha: bool,
    mode: Mode,
    should_stop: ShouldStop<'_>,
) -> Result<Vec<u8>, Error> {
    let stride = width as usize * if has_alpha { 4 } else { 3 };
    assert!(width > 0 && height > 0 && pixels.len() == stride * height as usize);
    if width > MAX_SIDE || height > MAX_SIDE {
        return Err(Error::Invalid(format!(
            "WebP has at most {MAX_SIDE} pixels a side, not {width} x {height}"
        )));
    }
    let mut config = WebPConfig::new().map_err(|()| Error::NoMemory)?;
    let (lossless, quality) = match mode {
        Mode::Lossy(quality) => (0, quality),
        Mode::Lossless(effort) => (1, effort),
    };
    config.lossless = lossless;
    config.quality = quality.into();
    let mut picture = Picture::new(width, height)?;
    picture.0.use_argb = lossless;
    picture.import(pixels, stride, has_alpha)?;
    let mut out = Output::new();
    picture.0.writer = Some(WebPMemoryWrite);
    picture.0.custom_ptr = (&raw mut out.0).cast();
    picture.0.progress_hook = Some(on_progress);
    picture.0.user_data = (&raw const should_stop).cast_mut().cast();
    // SAFETY: both structures are initialized, and everything the picture points to outlives the
    // call.
    let is_done = unsafe { WebPEncode(&raw const config, &raw mut picture.0) };
    if is_done != 0 {
        return Ok(out.to_vec());
    }
    Err(match picture.0.error_code {
        WebPEncodingError::VP8_ENC_ERROR_USER_ABORT => Error::Stopped,
        WebPEncodingError::VP8_ENC_ERROR_OUT_OF_MEMORY
        | WebPEncodingError::VP8_ENC_ERROR_BITSTREAM_OUT_OF_MEMORY => Error::NoMemory,
        other => Error::Invalid(format!("libwebp cannot encode the image: {other:?}")),
    })
}

/// libwebp's progress hook, called about once per row of macroblocks. Returns 0 to stop.
unsafe extern "C" fn on_progress(_percent: c_int, picture: *const WebPPicture) -> c_int {
    // SAFETY: libwebp passes the picture that `write` created.
    let should_stop = unsafe { (*picture).user_data }.cast::<ShouldStop<'_>>();
    // SAFETY: `write` stored a pointer to its `should_stop` there, and is still running.
    let should_stop = unsafe { &*should_stop };
    c_int::from(!should_stop())
}

struct Picture(WebPPicture);

impl Picture {
    fn new(width: u32, height: u32) -> Result<Self, Error> {
        let mut picture = WebPPicture::new().map_err(|()| Error::NoMemory)?;
        picture.width = width.cast_signed();
        picture.height = height.cast_signed();
        Ok(Self(picture))
    }

    fn import(&mut self, pixels: &[u8], stride: usize, has_alpha: bool) -> Result<(), Error> {
        let import = if has_alpha {
            WebPPictureImportRGBA
        } else {
            WebPPictureImportRGB
        };
        let stride = c_int::try_from(stride).map_err(|_| Error::NoMemory)?;
        // SAFETY: the picture is initialized, and `write` has checked that `pixels` has its size.
        match unsafe { import(&raw mut self.0, pixels.as_ptr(), stride) } {
            0 => Err(Error::NoMemory),
            _ => Ok(()),
        }
    }
}

impl Drop for Picture {
    fn drop(&mut self) {
        // SAFETY: the picture is initialized.
        unsafe { WebPPictureFree(&raw mut self.0) };
    }
}

struct Output(WebPMemoryWriter);

impl Output {
    fn new() -> Self {
        let mut writer = MaybeUninit::uninit();
        // SAFETY: the pointer is valid for writes.
        unsafe { WebPMemoryWriterInit(writer.as_mut_ptr()) };
        // SAFETY: libwebp has initialized it.
        Self(unsafe { writer.assume_init() })
    }

    fn to_vec(&self) -> Vec<u8> {
        // SAFETY: libwebp has written `size` bytes at `mem`, which `self` owns.
        unsafe { slice::from_raw_parts(self.0.mem, self.0.size) }.to_vec()
    }
}

impl Drop for Output {
    fn drop(&mut self) {
        // SAFETY: `new` initialized the writer.
        unsafe { WebPMemoryWriterClear(&raw mut self.0) };
    }
}
