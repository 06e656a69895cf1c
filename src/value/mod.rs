//! Converts between JavaScript values and the values of native tasks. No other file knows both.
//!
//! Codecs in JavaScript have checked the arguments of built-in tasks, so the values that arrive
//! here are of the expected types. Other JavaScript values are converted as `structuredClone`
//! would, or refused.

mod buffers;
mod moves;
mod read;
mod write;

pub(crate) use self::buffers::array_buffer_memory;
pub(crate) use self::moves::Moves;
pub(crate) use self::read::{Items, Reader};
pub(crate) use self::write::{create_value, to_js};
