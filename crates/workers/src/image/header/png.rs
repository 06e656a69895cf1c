//! Reads the header of a PNG: the chunks before the image data.

use super::{Header, HeaderBytes, damaged, exif, size};
use crate::Failure;
use crate::image::format::Format;

const GREY: u8 = 0;
const RGB: u8 = 2;
const PALETTE: u8 = 3;
const GREY_ALPHA: u8 = 4;
const RGBA: u8 = 6;

pub(super) fn read(bytes: &mut dyn HeaderBytes) -> Result<Header, Failure> {
    let mut offset = 8;
    let (length, kind) = chunk(bytes, offset)?;
    let head = bytes.at(offset + 8, 13)?;
    let (
        b"IHDR",
        13,
        &[
            w0,
            w1,
            w2,
            w3,
            h0,
            h1,
            h2,
            h3,
            depth,
            colours,
            _,
            _,
            interlace,
        ],
    ) = (&kind, length, head)
    else {
        return Err(damaged(Format::Png, "it does not begin with an IHDR chunk"));
    };
    let size = size(
        Format::Png,
        u32::from_be_bytes([w0, w1, w2, w3]),
        u32::from_be_bytes([h0, h1, h2, h3]),
    )?;
    let mut header = Header {
        format: Format::Png,
        size,
        channels: match colours {
            GREY => 1,
            GREY_ALPHA => 2,
            RGB | PALETTE => 3,
            RGBA => 4,
            _ => {
                return Err(damaged(
                    Format::Png,
                    &format!("colour type {colours} is unknown"),
                ));
            }
        },
        depth,
        has_alpha: matches!(colours, GREY_ALPHA | RGBA),
        orientation: None,
        has_profile: false,
        is_progressive: interlace != 0,
        pages: None,
    };
    offset += 25;
    loop {
        let (length, kind) = chunk(bytes, offset)?;
        match &kind {
            b"IDAT" | b"IEND" => return Ok(header),
            b"iCCP" => header.has_profile = true,
            b"tRNS" if !header.has_alpha => {
                header.has_alpha = true;
                header.channels += 1;
            }
            b"eXIf" => {
                let length = usize::try_from(length).unwrap_or(usize::MAX);
                let data = bytes.at(offset + 8, length.min(exif::MAX_LENGTH))?;
                header.orientation = exif::orientation(data);
            }
            _ => {}
        }
        offset += u64::from(length) + 12;
    }
}

/// The length in bytes of the data of the chunk at `offset`, and its name.
fn chunk(bytes: &mut dyn HeaderBytes, offset: u64) -> Result<(u32, [u8; 4]), Failure> {
    match *bytes.at(offset, 8)? {
        [l0, l1, l2, l3, k0, k1, k2, k3] => {
            Ok((u32::from_be_bytes([l0, l1, l2, l3]), [k0, k1, k2, k3]))
        }
        _ => Err(damaged(Format::Png, "the header ends too early")),
    }
}
