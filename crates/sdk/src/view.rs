//! What a value that crosses the table contains.

use crate::abi;
use crate::boundary::{Owned, OwnedField};

/// The content of a value.
#[derive(Debug)]
pub enum View<'a> {
    /// `undefined`.
    Undefined,
    /// `null`.
    Null,
    /// A boolean.
    Bool(bool),
    /// A number.
    Number(f64),
    /// A text.
    Text(&'a str),
    /// Bytes: the value itself, from which they can be taken.
    Bytes(&'a mut Owned),
    /// The items of an array.
    List(&'a mut [Owned]),
    /// The fields of an object.
    Record(&'a mut [OwnedField]),
}

/// Values without memory.
impl Owned {
    /// `undefined`.
    #[must_use]
    pub const fn undefined() -> Self {
        Self::plain(abi::UNDEFINED, 0.0)
    }

    /// `null`.
    #[must_use]
    pub const fn null() -> Self {
        Self::plain(abi::NULL, 0.0)
    }

    /// A boolean.
    #[must_use]
    pub fn bool(value: bool) -> Self {
        Self::plain(abi::BOOL, f64::from(u8::from(value)))
    }

    /// A number.
    #[must_use]
    pub const fn number(value: f64) -> Self {
        Self::plain(abi::NUMBER, value)
    }
}

impl Default for Owned {
    fn default() -> Self {
        Self::undefined()
    }
}
