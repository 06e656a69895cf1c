//! The steps of `native:image`, in sharp's order: decode, turn upright, extract, grey, scale,
//! mirror and turn, crop or pad, encode.
//!
//! In fact an image is turned after it has been scaled, when it is usually smaller. So the areas in
//! the options are mapped back to the image as stored.

use super::colour;
use super::decode::{self, Encoded, RawLayout, Scale};
use super::encode::{self, Settings};
use super::format::Format;
use super::geometry::{Area, Request, Size};
use super::header::Header;
use super::input::Options;
use super::limits::check_pixels;
use super::orientation::Orientation;
use super::pixels::Pixels;
use super::progress::Progress;
use super::resize::resize;
use crate::source::{FileReader, PIECE, Source};
use crate::{Bytes, Failure};

/// An encoded image.
#[derive(Debug)]
pub(super) struct Written {
    pub(super) data: Vec<u8>,
    pub(super) format: Format,
    pub(super) size: Size,
    pub(super) channels: u8,
}

/// Decodes, transforms and encodes an image.
pub(super) fn run(
    source: Source,
    options: &Options,
    progress: &Progress<'_>,
) -> Result<Written, Failure> {
    let data = load(source, options, progress)?;
    let (pixels, layout, own_format) = match options.raw {
        Some(raw) => from_raw(data, raw, options, progress)?,
        None => from_file(&data, options, progress)?,
    };
    let (pixels, background) = transform(pixels, layout, options, progress)?;
    let size = pixels.size();
    let settings = Settings {
        format: options.format.unwrap_or(own_format),
        quality: options.quality,
        is_lossless: options.is_lossless,
        is_progressive: options.is_progressive,
        is_grey: options.is_grey,
        background,
    };
    let written = encode::encode(pixels, settings, progress)?;
    Ok(Written {
        data: written.data,
        format: settings.format,
        size,
        channels: written.channels,
    })
}

/// Maximum number of bytes per pixel in an image file.
const FILE_BYTES_PER_PIXEL: u64 = 8;

/// Maximum size of the metadata in an image file, in bytes.
const METADATA: u64 = 64 << 20;

/// Loads the source. A file must begin with a known signature, and its length is limited.
fn load(source: Source, options: &Options, progress: &Progress<'_>) -> Result<Bytes, Failure> {
    let path = match source {
        Source::Data(data) => return Ok(data),
        Source::File(path) => path,
    };
    let most = options
        .max_pixels
        .saturating_mul(FILE_BYTES_PER_PIXEL)
        .saturating_add(METADATA);
    let task = progress.silent();
    let mut file = FileReader::open(&path, &task)?;
    let expected = file.length().unwrap_or(0).min(most);
    let mut data = Vec::new();
    // One byte more, so that the end of the file is found without growing the vector.
    let _ = data.try_reserve_exact(usize::try_from(expected).unwrap_or(0) + 1);
    let mut is_recognized = options.raw.is_some();
    loop {
        let start = data.len();
        let room = (data.capacity() - start).clamp(1, PIECE);
        data.resize(start + room, 0);
        let length = file.read(&mut data[start..])?;
        data.truncate(start + length);
        if data.len() as u64 > most {
            return Err(Failure::too_large(format!(
                "The file has more than {most} bytes, the limit for maxPixels, which is {}",
                options.max_pixels
            )));
        }
        if !is_recognized && (data.len() >= Format::SIGNATURE || length == 0) {
            Format::require(&data)?;
            is_recognized = true;
        }
        if length == 0 {
            return Ok(data.into());
        }
        if data.len() == data.capacity() {
            data.try_reserve(PIECE.max(data.len()))
                .map_err(|_| Failure::too_large("There is not enough memory for the file"))?;
        }
    }
}

/// How the stored image is cropped and oriented.
#[derive(Debug, Clone, Copy)]
struct Layout {
    /// The area to keep, in the coordinates of the stored image.
    extract: Option<Area>,
    /// The change of orientation to apply to that area.
    orientation: Orientation,
}

impl Layout {
    /// The layout for an image of size `stored` that `upright` turns upright.
    fn new(options: &Options, stored: Size, upright: Orientation) -> Result<Self, Failure> {
        let mut own = Orientation::turned(options.quarters);
        if options.is_flopped {
            own = Orientation::FLOP.then(own);
        }
        if options.is_flipped {
            own = Orientation::FLIP.then(own);
        }
        let orientation = upright.then(own);
        // As in sharp: with `rotate`, the area refers to the turned and mirrored image; without it,
        // to the upright image.
        let shown = if options.quarters == 0 {
            upright
        } else {
            orientation
        };
        let extract = match options.extract {
            None => None,
            Some(area) => {
                let size = shown.size(stored);
                if !area.is_within(size) {
                    return Err(outside(area, size, options.quarters));
                }
                Some(shown.inverse().area(area, size))
            }
        };
        Ok(Self {
            extract,
            orientation,
        })
    }

    /// The size of the kept area after the change of orientation.
    fn size(&self, stored: Size) -> Size {
        self.orientation
            .size(self.extract.map_or(stored, Area::size))
    }
}

fn outside(area: Area, size: Size, quarters: u8) -> Failure {
    let Area {
        left,
        top,
        width,
        height,
    } = area;
    let rotated = if quarters == 0 { "" } else { " after rotate" };
    Failure::out_of_range(format!(
        "The area of data.extract, {width} x {height} at ({left}, {top}), is not within the image, \
         which has {} x {} pixels{rotated}",
        size.width, size.height
    ))
}

fn from_raw(
    data: Bytes,
    raw: RawLayout,
    options: &Options,
    progress: &Progress<'_>,
) -> Result<(Pixels, Layout, Format), Failure> {
    check_pixels(raw.size, options.max_pixels)?;
    let layout = Layout::new(options, raw.size, Orientation::IDENTITY)?;
    let output = options.request.plan(layout.size(raw.size)).output();
    check_pixels(output, options.max_pixels)?;
    progress.expect(0, output.height);
    let pixels = decode::decode_raw(data, raw)?;
    Ok((pixels, layout, Format::Raw))
}

fn from_file(
    data: &[u8],
    options: &Options,
    progress: &Progress<'_>,
) -> Result<(Pixels, Layout, Format), Failure> {
    let mut bytes = data;
    let header = Header::read(&mut bytes)?;
    check_pixels(header.size, options.max_pixels)?;
    let upright = match header.orientation {
        Some(value) if options.is_auto_oriented => Orientation::from_exif(value),
        _ => Orientation::IDENTITY,
    };
    let layout = Layout::new(options, header.size, upright)?;
    let size = layout.size(header.size);
    let output = options.request.plan(size).output();
    check_pixels(output, options.max_pixels)?;
    // As in sharp, an image that `rotate` turns is decoded at full size.
    let scale = if layout.extract.is_none() && options.quarters == 0 {
        scale(&options.request, size, &header)
    } else {
        Scale::Full
    };
    let rows = match scale {
        Scale::Full => header.size.height,
        Scale::Fraction(denominator) => header.size.height.div_ceil(denominator),
        Scale::To(size) => size.height,
    };
    progress.expect(rows, output.height);
    let image = Encoded {
        data,
        header: &header,
        fail_on: options.fail_on,
        max_pixels: options.max_pixels,
    };
    let pixels = decode::decode(&image, scale, progress)?;
    let format = match header.format {
        Format::Gif => Format::Png,
        format => format,
    };
    Ok((pixels, layout, format))
}

/// The scale at which sharp would decode the image. `size` is its size after the change of
/// orientation.
fn scale(request: &Request, size: Size, header: &Header) -> Scale {
    if !request.is_resize() {
        return Scale::Full;
    }
    let shrink = request.shrink(size);
    let shrink = shrink.horizontal.min(shrink.vertical);
    match header.format {
        Format::Jpeg => {
            let fraction = [8_u32, 4, 2]
                .into_iter()
                .find(|&fraction| shrink >= fraction.into());
            match fraction {
                // The decoded size is rounded, so an exact fraction could be too small for the rest
                // of the scaling.
                Some(fraction) if shrink < f64::from(fraction + 1) => Scale::Fraction(fraction / 2),
                Some(fraction) => Scale::Fraction(fraction),
                None => Scale::Full,
            }
        }
        Format::WebP if shrink > 1.0 && header.pages.is_none() => {
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "positive and smaller than the side"
            )]
            let scaled = |side: u32| (f64::from(side) / shrink).round().max(1.0) as u32;
            Scale::To(Size {
                width: scaled(header.size.width),
                height: scaled(header.size.height),
            })
        }
        _ => Scale::Full,
    }
}

/// Performs all steps between decoding and encoding. Also returns the background colour for
/// transparent pixels.
fn transform(
    pixels: Pixels,
    layout: Layout,
    options: &Options,
    progress: &Progress<'_>,
) -> Result<(Pixels, [u8; 3]), Failure> {
    let mut pixels = match layout.extract {
        Some(area) => pixels.crop(area),
        None => pixels,
    };
    let default = if pixels.has_alpha() { 0 } else { 255 };
    let mut background = options.background.unwrap_or([0, 0, 0, default]);
    if options.is_grey {
        colour::to_grey(&mut pixels, progress)?;
        background = colour::grey_of(background);
    }
    let orientation = layout.orientation;
    let plan = options.request.plan(orientation.size(pixels.size()));
    // Rounding may have changed the size by a pixel since the check before decoding.
    check_pixels(plan.output(), options.max_pixels)?;
    let back = orientation.inverse();
    let pixels = resize(
        pixels,
        back.shrink(plan.shrink),
        back.size(plan.scaled),
        back.area(plan.kept, plan.scaled),
        options.kernel,
        progress,
    )?;
    let mut pixels = orientation.apply(pixels);
    if let Some((left, top, canvas)) = plan.canvas {
        pixels = pixels.embed(left, top, canvas, background);
    }
    let [r, g, b, _] = background;
    Ok((pixels, [r, g, b]))
}
