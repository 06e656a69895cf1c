//! Reads the orientation, the only EXIF value that affects pixels.

/// Maximum number of bytes of EXIF data that are searched: the most that JPEG can hold.
pub(super) const MAX_LENGTH: usize = 65_533;

/// The tag of the orientation.
const ORIENTATION: u32 = 0x0112;

/// The type of an integer of two bytes.
const SHORT: u32 = 3;

/// The orientation, 1 to 8, in EXIF data, which begin with a TIFF header.
pub(super) fn orientation(tiff: &[u8]) -> Option<u8> {
    let is_little = match tiff.get(..4)? {
        b"II*\0" => true,
        b"MM\0*" => false,
        _ => return None,
    };
    let integer = |at: usize, length: usize| {
        let bytes = tiff.get(at..at.checked_add(length)?)?;
        let append = |value: u32, byte: &u8| value << 8 | u32::from(*byte);
        Some(if is_little {
            bytes.iter().rev().fold(0, append)
        } else {
            bytes.iter().fold(0, append)
        })
    };
    let short = |at| integer(at, 2);
    let long = |at| integer(at, 4);
    let directory = usize::try_from(long(4)?).ok()?;
    let entries = usize::try_from(short(directory)?).ok()?;
    (0..entries).find_map(|index| {
        let entry = directory.checked_add(2 + 12 * index)?;
        if (short(entry)?, short(entry + 2)?) != (ORIENTATION, SHORT) {
            return None;
        }
        let value = u8::try_from(short(entry + 8)?).ok()?;
        (1..=8).contains(&value).then_some(value)
    })
}
