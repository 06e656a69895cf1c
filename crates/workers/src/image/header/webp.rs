//! The header of WebP: the chunks of a RIFF file.

use super::{Header, HeaderBytes, damaged, exif, size};
use crate::Failure;
use crate::image::format::Format;
use crate::image::geometry::{Area, Size};
use std::ops::Range;

const PROFILE: u8 = 0x20;
const ALPHA: u8 = 0x10;
const EXIF: u8 = 0x08;
const ANIMATION: u8 = 0x02;

/// Where a chunk's data are.
struct Chunk {
    kind: [u8; 4],
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

    /// Where the next chunk begins. Data are padded to an even length.
    fn end(&self) -> u64 {
        self.start + u64::from(self.length) + u64::from(self.length & 1)
    }
}

fn three(bytes: [u8; 3]) -> u32 {
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
                return Err(damaged(Format::WebP, "no lossless image"));
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
            header.size = size(
                Format::WebP,
                three([w0, w1, w2]) + 1,
                three([h0, h1, h2]) + 1,
            )?;
            header.has_alpha = flags & ALPHA != 0;
            header.has_profile = flags & PROFILE != 0;
            extended(bytes, first.end(), flags, &mut header)?;
        }
        _ => return Err(damaged(Format::WebP, "no image")),
    }
    header.channels += u8::from(header.has_alpha);
    Ok(header)
}

/// The size in the header of a key frame of VP8.
fn lossy_size(bytes: &mut dyn HeaderBytes, start: u64) -> Result<Size, Failure> {
    let &[_, _, _, 0x9d, 0x01, 0x2a, w0, w1, h0, h1] = bytes.at(start, 10)? else {
        return Err(damaged(Format::WebP, "no lossy image"));
    };
    // Two bits of each are for scaling, which nobody uses.
    let side = |low: u8, high: u8| u32::from(u16::from_le_bytes([low, high]) & 0x3fff);
    size(Format::WebP, side(w0, w1), side(h0, h1))
}

/// What only the chunks behind the header say: the orientation, and the number of frames.
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
                // Some programs keep the prefix that EXIF has in JPEG.
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

/// The data of the chunks of a kind, the first of them.
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
    /// Its image, which libwebp reads.
    pub data: &'a [u8],
    /// Where it is on the canvas.
    pub area: Area,
}

/// The first frame of an animation. `None` if it is missing or not complete.
#[must_use]
pub fn first_frame(data: &[u8]) -> Option<Frame<'_>> {
    let frame = &data[find(data, *b"ANMF")?];
    let &[x0, x1, x2, y0, y1, y2, w0, w1, w2, h0, h1, h2, _, _, _, _] = frame.get(..16)? else {
        return None;
    };
    Some(Frame {
        data: &frame[16..],
        area: Area {
            left: three([x0, x1, x2]) * 2,
            top: three([y0, y1, y2]) * 2,
            width: three([w0, w1, w2]) + 1,
            height: three([h0, h1, h2]) + 1,
        },
    })
}
