//! Decodes WebP.

use crate::image::Error;
use libwebp_sys::{
    VP8StatusCode, WEBP_CSP_MODE, WebPBitstreamFeatures, WebPDecoderConfig, WebPGetFeatures,
    WebPIDecode, WebPIDecoder, WebPIDelete, WebPIUpdate, WebPRGBABuffer,
};
use std::ffi::c_int;
use std::mem::MaybeUninit;
use std::ptr::{self, NonNull};

/// Maximum number of input bytes decoded between two polls.
const PIECE: usize = 32 << 10;

/// The header of an image.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Header {
    /// In pixels.
    pub width: u32,
    /// In pixels.
    pub height: u32,
    /// Whether the image has an alpha channel.
    pub has_alpha: bool,
    /// Whether the file is an animation.
    pub is_animated: bool,
}

/// The size and format of the pixels that [`read`] writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Target {
    /// In pixels. If the size differs from the image's own, the image is scaled while it is
    /// decoded.
    pub width: u32,
    /// In pixels.
    pub height: u32,
    /// Whether pixels are RGBA; otherwise they are RGB.
    pub has_alpha: bool,
}

/// Reads the header of a file or of one frame of an animation.
///
/// # Errors
///
/// If there is no valid header.
pub fn header(data: &[u8]) -> Result<Header, Error> {
    let mut features = MaybeUninit::<WebPBitstreamFeatures>::zeroed();
    // SAFETY: the pointer and the length are those of `data`, and `features` can be written to.
    let status = unsafe { WebPGetFeatures(data.as_ptr(), data.len(), features.as_mut_ptr()) };
    checked(status)?;
    // SAFETY: libwebp has filled in the structure. Its fields are integers, so zeroes are valid
    // too.
    let features = unsafe { features.assume_init() };
    Ok(Header {
        width: features.width.cast_unsigned(),
        height: features.height.cast_unsigned(),
        has_alpha: features.has_alpha != 0,
        is_animated: features.has_animation != 0,
    })
}

/// Whether an image's data end too early, so that its last rows are missing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct IsTruncated(pub bool);

/// Decodes an image into `out`, row by row. If the data end too early, the last rows of `out` stay
/// unchanged.
///
/// # Errors
///
/// If the data are damaged, an allocation fails, or `should_stop` returns true.
///
/// # Panics
///
/// If `out` is empty or does not have the size of the target.
pub fn read(
    data: &[u8],
    target: Target,
    out: &mut [u8],
    should_stop: &dyn Fn() -> bool,
) -> Result<IsTruncated, Error> {
    let header = header(data)?;
    let channels = if target.has_alpha { 4 } else { 3 };
    let stride = target.width as usize * channels;
    assert!(out.len() == stride * target.height as usize && !out.is_empty());
    let mut config = WebPDecoderConfig::new().map_err(|()| Error::NoMemory)?;
    config.options.use_scaling =
        c_int::from((target.width, target.height) != (header.width, header.height));
    config.options.scaled_width = target.width.cast_signed();
    config.options.scaled_height = target.height.cast_signed();
    config.output.colorspace = if target.has_alpha {
        WEBP_CSP_MODE::MODE_RGBA
    } else {
        WEBP_CSP_MODE::MODE_RGB
    };
    config.output.is_external_memory = 1;
    config.output.u.RGBA = WebPRGBABuffer {
        rgba: out.as_mut_ptr(),
        stride: c_int::try_from(stride).map_err(|_| Error::NoMemory)?,
        size: out.len(),
    };
    let decoder = Decoder::new(&mut config)?;
    let mut end = 0;
    loop {
        if should_stop() {
            return Err(Error::Stopped);
        }
        end = data.len().min(end + PIECE);
        // SAFETY: the decoder is open; `data`, `config` and `out` outlive it, and every call passes
        // the same address of `data`.
        let status = unsafe { WebPIUpdate(decoder.0.as_ptr(), data.as_ptr(), end) };
        match status {
            VP8StatusCode::VP8_STATUS_OK => return Ok(IsTruncated(false)),
            VP8StatusCode::VP8_STATUS_SUSPENDED if end < data.len() => {}
            VP8StatusCode::VP8_STATUS_SUSPENDED => return Ok(IsTruncated(true)),
            status => checked(status)?,
        }
    }
}

struct Decoder(NonNull<WebPIDecoder>);

impl Decoder {
    /// Creates a decoder that writes to the buffer in `config`. `config` must outlive it.
    fn new(config: &mut WebPDecoderConfig) -> Result<Self, Error> {
        // SAFETY: `config` is initialized, and libwebp accepts null if the length is 0.
        let decoder = unsafe { WebPIDecode(ptr::null(), 0, config) };
        NonNull::new(decoder).map(Self).ok_or(Error::NoMemory)
    }
}

impl Drop for Decoder {
    fn drop(&mut self) {
        // SAFETY: the decoder is open, and `self` held the only pointer to it.
        unsafe { WebPIDelete(self.0.as_ptr()) };
    }
}

fn checked(status: VP8StatusCode) -> Result<(), Error> {
    let message = match status {
        VP8StatusCode::VP8_STATUS_OK => return Ok(()),
        VP8StatusCode::VP8_STATUS_OUT_OF_MEMORY => return Err(Error::NoMemory),
        VP8StatusCode::VP8_STATUS_UNSUPPORTED_FEATURE => "an unsupported feature",
        VP8StatusCode::VP8_STATUS_SUSPENDED | VP8StatusCode::VP8_STATUS_NOT_ENOUGH_DATA => {
            "the data end too early"
        }
        _ => "the data are damaged",
    };
    Err(Error::Invalid(message.into()))
}
