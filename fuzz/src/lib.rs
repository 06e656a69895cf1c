//! Code that the fuzz targets share.

mod budget;
mod comparisons;
mod decompress;
mod image;
mod input;
mod memory;

pub use budget::{is_quick, memory_of};
pub use decompress::{decompress, round_trip};
pub use image::{OPTIONS, image};
pub use input::Input;
pub use memory::peak_of;
