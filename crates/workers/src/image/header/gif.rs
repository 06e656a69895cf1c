//! Reads the header of a GIF, and its blocks, which reveal the number of images and whether one of
//! them is transparent.

use super::{Header, HeaderBytes, damaged, size};
use crate::Failure;
use crate::image::format::Format;

const IMAGE: u8 = 0x2c;
const EXTENSION: u8 = 0x21;
const GRAPHIC_CONTROL: u8 = 0xf9;

pub(super) fn read(bytes: &mut dyn HeaderBytes) -> Result<Header, Failure> {
    let &[w0, w1, h0, h1, flags, _, _] = bytes.at(6, 7)? else {
        return Err(damaged(Format::Gif, "the header ends too early"));
    };
    let canvas = size(
        Format::Gif,
        u16::from_le_bytes([w0, w1]).into(),
        u16::from_le_bytes([h0, h1]).into(),
    )?;
    let mut offset = 13 + palette(flags);
    let mut pages = 0_u32;
    let mut has_alpha = false;
    let mut is_progressive = false;
    // An unknown or truncated block ends the file. The images before it count.
    while let Some(&kind) = bytes.at(offset, 1)?.first() {
        match kind {
            EXTENSION => {
                let &[_, label, _, control] = bytes.at(offset, 4)? else {
                    break;
                };
                has_alpha |= label == GRAPHIC_CONTROL && control & 1 != 0;
                offset = blocks(bytes, offset + 2)?;
            }
            IMAGE => {
                let &[_, l0, l1, t0, t1, w0, w1, h0, h1, flags] = bytes.at(offset, 10)? else {
                    break;
                };
                if pages == 0 {
                    is_progressive = flags & 0x40 != 0;
                    let side = |start: [u8; 2], length: [u8; 2]| {
                        (u16::from_le_bytes(start), u16::from_le_bytes(length))
                    };
                    let (left, width) = side([l0, l1], [w0, w1]);
                    let (top, height) = side([t0, t1], [h0, h1]);
                    // The canvas is transparent where the first image does not cover it.
                    has_alpha |= left > 0
                        || top > 0
                        || u32::from(width) < canvas.width
                        || u32::from(height) < canvas.height;
                }
                pages = pages.saturating_add(1);
                // The LZW code size (1 byte) precedes the blocks.
                offset = blocks(bytes, offset + 11 + palette(flags))?;
            }
            _ => break,
        }
    }
    if pages == 0 {
        return Err(damaged(Format::Gif, "it contains no image"));
    }
    Ok(Header {
        format: Format::Gif,
        size: canvas,
        channels: if has_alpha { 4 } else { 3 },
        depth: 8,
        has_alpha,
        orientation: None,
        has_profile: false,
        is_progressive,
        pages: Some(pages),
    })
}

/// The size of the palette, in bytes, that `flags` declare.
fn palette(flags: u8) -> u64 {
    if flags & 0x80 == 0 {
        return 0;
    }
    3 << ((flags & 7) + 1)
}

/// The offset after a sequence of blocks. Each block begins with its length, and an empty one ends
/// the sequence.
fn blocks(bytes: &mut dyn HeaderBytes, mut offset: u64) -> Result<u64, Failure> {
    loop {
        match *bytes.at(offset, 1)? {
            [0] | [] => return Ok(offset + 1),
            [length, ..] => offset += u64::from(length) + 1,
        }
    }
}
