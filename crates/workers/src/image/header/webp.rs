//! Reads the header of a WebP: the chunks of a RIFF file.

use super::{Header, HeaderBytes, damaged, exif, size};
use crate::Failure;
use crate::image::format::Format;
use crate::image::geometry::{Area, Size};
use std::ops::Range;

const PROFILE: u8 = 0x20;
const ALPHA: u8 = 0x10;
const EXIF: u8 = 0x08;
const ANIMATION: u8 = 0x02;

/// A RIFF chunk.
struct Chunk {
    kind: [u8; 4],
    /// Offset of its data in the file, in bytes.
    start: u64,
    length: u32,
}

impl Chunk {
    fn at(bytes: &mut dyn HeaderBytes, offset: u64) -> Result<Option<Self>, Failure> {
        Ok(match *bytes.at(offset, 8)? {
            [k0, k1, k2, k3, l0, l1, l2, l3] => Some(Self {
                kind: [k0, k1, k2, k3],
                start: offset + 8,
                length: u32::from_le_bytes([l0, l1, l2, l3]),
            }),
            _ => None,
        })
    }

    /// Offset of the next chunk, in bytes. Data are padded to an even length.
    fn end(&self) -> u64 {
        self.start + u64::from(self.length) + u64::from(self.length & 1)
    }
}

/// Decodes a little-endian integer of 24 bits.
fn u24(bytes: [u8; 3]) -> u32 {
    u32::from_le_bytes([bytes[0], bytes[1], bytes[2], 0])
}

fn ends_early() -> Failure {
    damaged(Format::WebP, "the header ends too early")
}

pub(super) fn read(bytes: &mut dyn HeaderBytes) -> Result<Header, Failure> {
    let first = Chunk::at(bytes, 12)?.ok_or_else(ends_early)?;
    let mut header = Header {
        format: Format::WebP,
        size: Size {
            width: 0,
            height: 0,
        },
        channels: 3,
        depth: 8,
        has_alpha: false,
        orientation: None,
        has_profile: false,
        is_progressive: false,
        pages: None,
    };
    match &first.kind {
        b"VP8 " => header.size = lossy_size(bytes, first.start)?,
        b"VP8L" => {
            let &[0x2f, b0, b1, b2, b3] = bytes.at(first.start, 5)? else {
                return Err(damaged(Format::WebP, "the lossless image has no header"));
            };
            let bits = u32::from_le_bytes([b0, b1, b2, b3]);
            let side = |bits: u32| (bits & 0x3fff) + 1;
            header.size = size(Format::WebP, side(bits), side(bits >> 14))?;
            header.has_alpha = bits >> 28 & 1 != 0;
        }
        b"VP8X" => {
            let &[flags, _, _, _, w0, w1, w2, h0, h1, h2] = bytes.at(first.start, 10)? else {
                return Err(ends_early());
            };
            header.size = size(Format::WebP, u24([w0, w1, w2]) + 1, u24([h0, h1, h2]) + 1)?;
            header.has_alpha = flags & ALPHA != 0;
            header.has_profile = flags & PROFILE != 0;
            extended(bytes, first.end(), flags, &mut header)?;
        }
        _ => return Err(damaged(Format::WebP, "it contains no image")),
    }
    header.channels += u8::from(header.has_alpha);
    Ok(header)
}

/// The size in the header of a VP8 key frame.
fn lossy_size(bytes: &mut dyn HeaderBytes, start: u64) -> Result<Size, Failure> {
    let &[_, _, _, 0x9d, 0x01, 0x2a, w0, w1, h0, h1] = bytes.at(start, 10)? else {
        return Err(damaged(Format::WebP, "the lossy image has no header"));
    };
    // The upper two bits are a scaling hint, which is not used.
    let side = |low: u8, high: u8| u32::from(u16::from_le_bytes([low, high]) & 0x3fff);
    size(Format::WebP, side(w0, w1), side(h0, h1))
}

/// Reads the chunks after the header for the orientation and the number of frames.
fn extended(
    bytes: &mut dyn HeaderBytes,
    mut offset: u64,
    flags: u8,
    header: &mut Header,
) -> Result<(), Failure> {
    let is_animated = flags & ANIMATION != 0;
    let mut frames = 0;
    if flags & EXIF == 0 && !is_animated {
        return Ok(());
    }
    while let Some(chunk) = Chunk::at(bytes, offset)? {
        match &chunk.kind {
            b"ANMF" => frames += 1,
            b"EXIF" => {
                let length = usize::try_from(chunk.length).unwrap_or(usize::MAX);
                let data = bytes.at(chunk.start, length.min(exif::MAX_LENGTH))?;
                // Some programs keep the prefix that EXIF data have in JPEG.
                let tiff = data.strip_prefix(b"Exif\0\0").unwrap_or(data);
                header.orientation = exif::orientation(tiff);
                if !is_animated {
                    return Ok(());
                }
            }
            _ => {}
        }
        offset = chunk.end();
    }
    if is_animated {
        header.pages = Some(frames);
    }
    Ok(())
}

/// The range of the data of the first chunk of this kind.
fn find(data: &[u8], kind: [u8; 4]) -> Option<Range<usize>> {
    let mut bytes = data;
    let mut offset = 12;
    while let Ok(Some(chunk)) = Chunk::at(&mut bytes, offset) {
        if chunk.kind == kind {
            let start = usize::try_from(chunk.start).ok()?;
            let end = start.checked_add(usize::try_from(chunk.length).ok()?)?;
            return (end <= data.len()).then_some(start..end);
        }
        offset = chunk.end();
    }
    None
}

/// The ICC profile.
pub(super) fn profile(data: &[u8]) -> Option<Vec<u8>> {
    find(data, *b"ICCP").map(|range| data[range].to_vec())
}

/// The first frame of an animation.
#[derive(Debug)]
pub struct Frame<'a> {
    /// The image chunks, which libwebp decodes.
    pub data: &'a [u8],
    /// The position on the canvas.
    pub area: Area,
}

/// Finds the first frame of an animation. `None` if it is missing or incomplete.
#[must_use]
pub fn first_frame(data: &[u8]) -> Option<Frame<'_>> {
    let frame = &data[find(data, *b"ANMF")?];
    let &[x0, x1, x2, y0, y1, y2, w0, w1, w2, h0, h1, h2, _, _, _, _] = frame.get(..16)? else {
        return None;
    };
    Some(Frame {
        data: &frame[16..],
        area: Area {
            left: u24([x0, x1, x2]) * 2,
            top: u24([y0, y1, y2]) * 2,
            width: u24([w0, w1, w2]) + 1,
            height: u24([h0, h1, h2]) + 1,
        },
    })
}
