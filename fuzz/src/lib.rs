//! What the fuzz targets share.

mod budget;
mod input;
mod memory;

pub use budget::{is_quick, memory_of};
pub use input::Input;
pub use memory::peak_of;
