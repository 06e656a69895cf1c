//! The limit on the number of pixels, which is checked before memory is allocated.

use super::geometry::Size;
use crate::Failure;

/// Refuses an image of more than `max_pixels` pixels.
///
/// # Errors
///
/// `ERR_BUFFER_TOO_LARGE`. The message names the size and the limit.
pub fn check_pixels(size: Size, max_pixels: u64) -> Result<(), Failure> {
    if size.pixels() <= max_pixels {
        return Ok(());
    }
    Err(Failure::too_large(format!(
        "An image of {} x {} pixels is above maxPixels, which is {max_pixels}",
        size.width, size.height
    )))
}
