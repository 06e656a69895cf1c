//! Reads the header of a JPEG: the segments before the first scan.

use super::{Header, HeaderBytes, damaged, exif, size};
use crate::Failure;
use crate::image::format::Format;

const SOF0: u8 = 0xc0;
const SOF15: u8 = 0xcf;
const DHT: u8 = 0xc4;
const JPG: u8 = 0xc8;
const DAC: u8 = 0xcc;
const SOI: u8 = 0xd8;
const EOI: u8 = 0xd9;
const SOS: u8 = 0xda;
const APP1: u8 = 0xe1;
const APP2: u8 = 0xe2;

const EXIF: &[u8] = b"Exif\0\0";
const ICC: &[u8] = b"ICC_PROFILE\0";

/// A segment.
struct Segment {
    marker: u8,
    /// Offset of its data in the file, in bytes.
    start: u64,
    length: usize,
}

/// Finds the segment at or after `offset`. Fill bytes and markers without data may precede it.
fn segment(bytes: &mut dyn HeaderBytes, mut offset: u64) -> Result<Segment, Failure> {
    loop {
        let head = bytes.at(offset, 4)?;
        let (marker, length) = match *head {
            [0xff, 0xff, ..] => {
                offset += 1;
                continue;
            }
            // Markers without data.
            [0xff, 0x01 | 0xd0..=SOI, ..] => {
                offset += 2;
                continue;
            }
            [0xff, EOI, ..] => return Err(damaged(Format::Jpeg, "it contains no scan")),
            [0xff, marker, high, low] if marker != 0 => (marker, u16::from_be_bytes([high, low])),
            [_, _, _, _] => {
                return Err(damaged(
                    Format::Jpeg,
                    &format!("there is no marker at byte {offset}"),
                ));
            }
            _ => return Err(damaged(Format::Jpeg, "the header ends too early")),
        };
        return match length.checked_sub(2) {
            Some(length) => Ok(Segment {
                marker,
                start: offset + 4,
                length: length.into(),
            }),
            None => Err(damaged(
                Format::Jpeg,
                &format!("the segment at byte {offset} has a length of {length}"),
            )),
        };
    }
}

pub(super) fn read(bytes: &mut dyn HeaderBytes) -> Result<Header, Failure> {
    let mut offset = 2;
    let mut orientation = None;
    let mut has_profile = false;
    let mut frame = None;
    loop {
        let Segment {
            marker,
            start,
            length,
        } = segment(bytes, offset)?;
        match marker {
            SOS => break,
            DHT | JPG | DAC => {}
            SOF0..=SOF15 => {
                let [depth, h, l, w, v, components] = *bytes.at(start, 6)? else {
                    return Err(damaged(Format::Jpeg, "the header ends too early"));
                };
                let size = size(
                    Format::Jpeg,
                    u16::from_be_bytes([w, v]).into(),
                    u16::from_be_bytes([h, l]).into(),
                )?;
                // Progressive: SOF2, 6, 10 and 14.
                frame = Some((size, depth, components, marker & 3 == 2));
            }
            APP1 if orientation.is_none() => {
                let data = bytes.at(start, length)?;
                orientation = data.strip_prefix(EXIF).and_then(exif::orientation);
            }
            APP2 => has_profile |= bytes.at(start, ICC.len().min(length))? == ICC,
            _ => {}
        }
        offset = start + length as u64;
    }
    let Some((size, depth, channels, is_progressive)) = frame else {
        return Err(damaged(Format::Jpeg, "the header has no size"));
    };
    Ok(Header {
        format: Format::Jpeg,
        size,
        channels,
        depth,
        has_alpha: false,
        orientation,
        has_profile,
        is_progressive,
        pages: None,
    })
}

/// The ICC profile, joined from its segments. `None` if there is none or a segment is missing.
pub(super) fn profile(mut data: &[u8]) -> Option<Vec<u8>> {
    let whole = data;
    let mut parts: Vec<(u8, &[u8])> = Vec::new();
    let mut count = None;
    let mut offset = 2;
    while let Ok(Segment {
        marker,
        start,
        length,
    }) = segment(&mut data, offset)
    {
        if marker == SOS {
            break;
        }
        let start = usize::try_from(start).ok()?;
        let content = whole.get(start..start.checked_add(length)?)?;
        if let (APP2, Some([number, of, part @ ..])) = (marker, content.strip_prefix(ICC)) {
            count.get_or_insert(usize::from(*of));
            parts.push((*number, part));
        }
        offset = (start + length) as u64;
    }
    parts.sort_by_key(|&(number, _)| number);
    let is_complete =
        parts.len() == count? && (1..).zip(&parts).all(|(i, &(number, _))| i == number);
    is_complete.then(|| {
        parts
            .into_iter()
            .flat_map(|(_, part)| part)
            .copied()
            .collect()
    })
}
