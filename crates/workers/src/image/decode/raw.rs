//! Pixels without a header.

use crate::image::geometry::Size;
use crate::image::pixels::Pixels;
use crate::{Bytes, Failure};

/// The layout of raw pixels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RawLayout {
    /// Width and height.
    pub size: Size,
    /// Number of channels: 1 (grey), 2 (grey, alpha), 3 (red, green, blue) or 4 (red, green, blue,
    /// alpha).
    pub channels: u32,
}

pub(super) fn decode(bytes: Bytes, layout: RawLayout) -> Result<Pixels, Failure> {
    let RawLayout { size, channels } = layout;
    let expected = size.pixels().checked_mul(channels.into());
    if expected != Some(bytes.len() as u64) {
        return Err(Failure::invalid_data(format!(
            "Invalid raw image: {} x {} pixels of {channels} bytes need {} bytes, not {}",
            size.width,
            size.height,
            expected.map_or_else(|| "too many".into(), |expected| expected.to_string()),
            bytes.len()
        )));
    }
    Ok(match channels {
        1 => {
            let rgb = bytes.iter().flat_map(|&grey| [grey; 3]).collect();
            Pixels::new(size, false, rgb)
        }
        2 => {
            let (pairs, _) = bytes.as_chunks::<2>();
            let rgba = pairs
                .iter()
                .flat_map(|&[grey, alpha]| [grey, grey, grey, alpha]);
            Pixels::new(size, true, rgba.collect())
        }
        _ => Pixels::given(size, channels == 4, bytes),
    })
}
