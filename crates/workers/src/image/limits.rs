//! The limit on pixels, checked before memory is used.

use super::geometry::Size;
use crate::Failure;

/// Refuses an image of more pixels than `max_pixels`.
///
/// # Errors
///
/// `ERR_BUFFER_TOO_LARGE`, with both figures.
pub fn check_pixels(size: Size, max_pixels: u64) -> Result<(), Failure> {
    if size.pixels() <= max_pixels {
        return Ok(());
    }
    Err(Failure::too_large(format!(
        "An image of {} x {} pixels is above maxPixels, which is {max_pixels}",
        size.width, size.height
    )))
}
