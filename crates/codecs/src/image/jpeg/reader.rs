//! Decodes JPEG.

use super::{ShouldStop, checked, ffi, should_stop};
use crate::image::Error;
use std::ffi::c_int;
use std::marker::PhantomData;
use std::ptr::NonNull;

/// The header of an image.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Header {
    /// In pixels.
    pub width: u32,
    /// In pixels.
    pub height: u32,
    /// Whether the image has four colour components: cyan, magenta, yellow and black.
    pub is_cmyk: bool,
    /// Whether 255 means no ink, as in CMYK images written by Adobe's programs.
    pub is_inverted: bool,
}

/// Flaws of an image that could be decoded nevertheless.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Flaws {
    /// The data end too early; the rest of the image is grey.
    pub is_truncated: bool,
    /// Part of the data is corrupt, so part of the image is wrong.
    pub is_damaged: bool,
    /// libjpeg reported any other warning, such as extraneous bytes.
    pub has_warnings: bool,
}

/// A decoder of one image.
pub struct Reader<'a> {
    raw: NonNull<ffi::RawReader>,
    /// libjpeg's callback context points into this box, so it must live as long as `raw`.
    _should_stop: Box<ShouldStop<'a>>,
    _data: PhantomData<&'a [u8]>,
    header: Header,
}

/// A decoder that has started and yields rows.
pub struct Rows<'a> {
    reader: Reader<'a>,
    width: u32,
    height: u32,
    channels: usize,
    done: u32,
}

impl<'a> Reader<'a> {
    /// Reads the header of `data`.
    ///
    /// # Errors
    ///
    /// If there is no header, or libjpeg does not support it.
    pub fn new(data: &'a [u8], poll: ShouldStop<'a>) -> Result<Self, Error> {
        let poll = Box::new(poll);
        let context = (&raw const *poll).cast_mut().cast();
        // SAFETY: `should_stop` expects a pointer to a `ShouldStop`. `Self` owns the box it points
        // to and closes the reader before it drops the box.
        let raw = unsafe { ffi::nwp_jpeg_reader_open(should_stop, context) };
        let mut reader = Self {
            raw: NonNull::new(raw).ok_or(Error::NoMemory)?,
            _should_stop: poll,
            _data: PhantomData,
            header: Header {
                width: 0,
                height: 0,
                is_cmyk: false,
                is_inverted: false,
            },
        };
        let (mut components, mut is_inverted): (c_int, c_int) = (0, 0);
        // SAFETY: the reader is open, and `data` outlives it by the lifetime `'a`.
        let outcome = unsafe {
            ffi::nwp_jpeg_read_header(
                reader.raw.as_ptr(),
                data.as_ptr(),
                data.len(),
                &raw mut reader.header.width,
                &raw mut reader.header.height,
                &raw mut components,
                &raw mut is_inverted,
            )
        };
        reader.checked(outcome)?;
        reader.header.is_cmyk = components == 4;
        reader.header.is_inverted = is_inverted != 0;
        Ok(reader)
    }

    /// The header of the image.
    #[must_use]
    pub fn header(&self) -> Header {
        self.header
    }

    /// Starts decoding at 1/`denominator` of the image's size; `denominator` is 1, 2, 4 or 8. A
    /// progressive image is read to its end here.
    ///
    /// # Errors
    ///
    /// If libjpeg does not support the image, an allocation fails, or the closure returns true.
    pub fn start(self, denominator: u32) -> Result<Rows<'a>, Error> {
        let (mut width, mut height, mut channels) = (0, 0, 0);
        // SAFETY: the reader is open, and `new` has read its header.
        let outcome = unsafe {
            ffi::nwp_jpeg_start(
                self.raw.as_ptr(),
                denominator,
                &raw mut width,
                &raw mut height,
                &raw mut channels,
            )
        };
        self.checked(outcome)?;
        let channels = usize::try_from(channels).unwrap_or_default();
        Ok(Rows {
            reader: self,
            width,
            height,
            channels,
            done: 0,
        })
    }

    fn checked(&self, outcome: c_int) -> Result<(), Error> {
        // SAFETY: `Reader` keeps it open until it is dropped.
        let message = unsafe { ffi::nwp_jpeg_reader_message(self.raw.as_ptr()) };
        // SAFETY: the shim's message buffer always holds a C string.
        unsafe { checked(outcome, message) }
    }
}

impl Drop for Reader<'_> {
    fn drop(&mut self) {
        // SAFETY: the reader is open, and `self` held the only pointer to it.
        unsafe { ffi::nwp_jpeg_reader_close(self.raw.as_ptr()) };
    }
}

impl Rows<'_> {
    /// The width of the decoded image, in pixels.
    #[must_use]
    pub fn width(&self) -> u32 {
        self.width
    }

    /// The height of the decoded image, in pixels.
    #[must_use]
    pub fn height(&self) -> u32 {
        self.height
    }

    /// Number of bytes per pixel: 3 (red, green, blue) or 4 (cyan, magenta, yellow, black).
    #[must_use]
    pub fn channels(&self) -> usize {
        self.channels
    }

    /// The flaws found so far.
    #[must_use]
    pub fn flaws(&self) -> Flaws {
        // SAFETY: `Reader` keeps it open until it is dropped.
        let flaws = unsafe { ffi::nwp_jpeg_reader_flaws(self.reader.raw.as_ptr()) };
        Flaws {
            is_truncated: flaws & ffi::TRUNCATED != 0,
            is_damaged: flaws & ffi::DAMAGED != 0,
            has_warnings: flaws & ffi::WARNED != 0,
        }
    }

    /// libjpeg's message for the first flaw.
    #[must_use]
    pub fn flaw(&self) -> String {
        match self.reader.checked(ffi::STOPPED + 1) {
            Err(Error::Invalid(message)) => message,
            _ => String::new(),
        }
    }

    /// Decodes the next rows into `out`. Returns the number of rows, limited by the size of `out`
    /// and by how many libjpeg decodes at once; 0 after the last row.
    ///
    /// # Errors
    ///
    /// If the image cannot be decoded further, or the closure returns true.
    pub fn read(&mut self, out: &mut [u8]) -> Result<usize, Error> {
        let stride = self.width as usize * self.channels;
        let room = out.len().checked_div(stride).unwrap_or_default();
        let rows = (self.height - self.done).min(u32::try_from(room).unwrap_or(u32::MAX));
        if rows == 0 {
            return Ok(0);
        }
        let mut done = 0;
        // SAFETY: the reader has started, and `out` has room for `rows` rows of `stride` bytes.
        let outcome = unsafe {
            ffi::nwp_jpeg_read_rows(
                self.reader.raw.as_ptr(),
                out.as_mut_ptr(),
                stride,
                rows,
                &raw mut done,
            )
        };
        self.reader.checked(outcome)?;
        self.done += done;
        Ok(done as usize)
    }
}
