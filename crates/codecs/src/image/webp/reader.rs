//! Decodes WebP.

use crate::image::Error;
use libwebp_sys::{
    VP8StatusCode, WEBP_CSP_MODE, WebPBitstreamFeatures, WebPDecoderConfig, WebPGetFeatures,
    WebPIDecode, WebPIDecoder, WebPIDelete, WebPIUpdate, WebPRGBABuffer,
};
use std::ffi::c_int;
use std::mem::MaybeUninit;
use std::ptr::{self, NonNull};

/// How many bytes are decoded between two polls.
const PIECE: usize = 32 << 10;

/// What the header of an image says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Header {
    /// In pixels.
    pub width: u32,
    /// In pixels.
    pub height: u32,
    /// Whether pixels may be transparent.
    pub has_alpha: bool,
    /// Whether the file is a sequence of images.
    pub is_animated: bool,
}

/// The pixels that [`read`] decodes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Target {
    /// In pixels. If it is not the image's own, the image is scaled while it is decoded.
    pub width: u32,
    /// In pixels.
    pub height: u32,
    /// Whether pixels are RGBA; otherwise RGB.
    pub has_alpha: bool,
}

/// Reads the header of a file, or of a frame of an animation.
///
/// # Errors
///
/// When there is none.
pub fn header(data: &[u8]) -> Result<Header, Error> {
    let mut features = MaybeUninit::<WebPBitstreamFeatures>::zeroed();
    // SAFETY: `data` are so many bytes, and there is room for the features.
    let status = unsafe { WebPGetFeatures(data.as_ptr(), data.len(), features.as_mut_ptr()) };
    checked(status)?;
    // SAFETY: libwebp has filled them; all of their fields are numbers.
    let features = unsafe { features.assume_init() };
    Ok(Header {
        width: features.width.cast_unsigned(),
        height: features.height.cast_unsigned(),
        has_alpha: features.has_alpha != 0,
        is_animated: features.has_animation != 0,
    })
}

/// What is left of an image when its data end too early.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct IsTruncated(pub bool);

/// Decodes an image into `out`, row by row. Returns whether the data end too early; then the last
/// rows are as they were.
///
/// # Errors
///
/// When the data are damaged, there is no memory, or it should stop.
///
/// # Panics
///
/// If `out` is not as long as the target.
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
        // SAFETY: the decoder is open; `data`, `config` and `out` outlive it, and `data` stay where
        // they are from one call to the next.
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
    /// A decoder that writes where `config` says, which must outlive it.
    fn new(config: &mut WebPDecoderConfig) -> Result<Self, Error> {
        // SAFETY: `config` is initialized. Without data libwebp does not read its features.
        let decoder = unsafe { WebPIDecode(ptr::null(), 0, config) };
        NonNull::new(decoder).map(Self).ok_or(Error::NoMemory)
    }
}

impl Drop for Decoder {
    fn drop(&mut self) {
        // SAFETY: the decoder is open, and nobody refers to it any more.
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
