//! The fields of an input that a codec in JavaScript has checked and flattened.

use crate::{Bytes, Failure, Value};
use std::path::PathBuf;
use zeroize::Zeroizing;

/// Reads the fields in their order. A codec that passes other fields than its task reads is a bug;
/// the failure says so.
#[derive(Debug)]
pub struct Fields(std::vec::IntoIter<Value>);

impl Fields {
    /// Starts reading the fields of a list.
    ///
    /// # Errors
    ///
    /// If the value is not a list.
    pub fn of(value: Value) -> Result<Self, Failure> {
        match value {
            Value::List(values) => Ok(Self(values.into_vec().into_iter())),
            other => Err(unexpected("a list", &other)),
        }
    }

    fn next(&mut self) -> Value {
        self.0.next().unwrap_or_default()
    }

    /// Reads the next field as bytes; a text becomes its UTF-8 bytes. `None` if the field is
    /// undefined.
    ///
    /// # Errors
    ///
    /// If the field is of another type.
    pub fn bytes(&mut self) -> Result<Option<Bytes>, Failure> {
        match self.next() {
            Value::Undefined => Ok(None),
            Value::Bytes(bytes) => Ok(Some(bytes)),
            Value::Text(text) => Ok(Some(String::from(text).into_bytes().into())),
            other => Err(unexpected("bytes or a text", &other)),
        }
    }

    /// Reads the next field as [`Fields::bytes`] does, into memory that is wiped when it is
    /// dropped.
    ///
    /// # Errors
    ///
    /// As [`Fields::bytes`].
    pub fn secret(&mut self) -> Result<Option<Zeroizing<Vec<u8>>>, Failure> {
        let bytes = self.bytes()?;
        Ok(bytes.map(|bytes| Zeroizing::new(bytes.into_vec())))
    }

    /// Reads the next field as a text; `None` if it is undefined.
    ///
    /// # Errors
    ///
    /// If the field is of another type.
    pub fn text(&mut self) -> Result<Option<Box<str>>, Failure> {
        match self.next() {
            Value::Undefined => Ok(None),
            Value::Text(text) => Ok(Some(text)),
            other => Err(unexpected("a text", &other)),
        }
    }

    /// Reads the next field as a path; `None` if it is undefined.
    ///
    /// # Errors
    ///
    /// If the field is of another type.
    pub fn path(&mut self) -> Result<Option<PathBuf>, Failure> {
        let text = self.text()?;
        Ok(text.map(|text| PathBuf::from(String::from(text))))
    }

    /// Reads the next field as a number.
    ///
    /// # Errors
    ///
    /// If the field is not a number.
    pub fn number(&mut self) -> Result<f64, Failure> {
        match self.next() {
            Value::Number(number) => Ok(number),
            other => Err(unexpected("a number", &other)),
        }
    }

    /// Reads the next field as an integer from 0 to 2^32 - 1.
    ///
    /// # Errors
    ///
    /// If the field is not such an integer.
    pub fn integer(&mut self) -> Result<u32, Failure> {
        let number = self.number()?;
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "the cast saturates, and the comparison detects that"
        )]
        let integer = number as u32;
        #[expect(clippy::float_cmp, reason = "exact for integers")]
        if f64::from(integer) == number {
            Ok(integer)
        } else {
            Err(unexpected("a 32-bit integer", &Value::Number(number)))
        }
    }

    /// Reads the next field as [`Fields::integer`] does; `None` if it is undefined.
    ///
    /// # Errors
    ///
    /// As [`Fields::integer`].
    pub fn optional_integer(&mut self) -> Result<Option<u32>, Failure> {
        if self.skip_undefined() {
            return Ok(None);
        }
        self.integer().map(Some)
    }

    /// Reads the next field as a boolean.
    ///
    /// # Errors
    ///
    /// If the field is not a boolean.
    pub fn boolean(&mut self) -> Result<bool, Failure> {
        match self.next() {
            Value::Bool(boolean) => Ok(boolean),
            other => Err(unexpected("a boolean", &other)),
        }
    }

    /// Reads the next field as a number of bytes; saturates at 2^64 - 1.
    ///
    /// # Errors
    ///
    /// If the field is not a number, or is negative.
    pub fn size(&mut self) -> Result<u64, Failure> {
        let number = self.number()?;
        if number.is_nan() || number < 0.0 {
            return Err(unexpected("a size", &Value::Number(number)));
        }
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "checked above, and the cast saturates"
        )]
        Ok(number as u64)
    }

    /// Reads the next field as an index into `all` and returns that item.
    ///
    /// # Errors
    ///
    /// If the field is not a valid index.
    pub fn one_of<T: Copy>(&mut self, all: &[T]) -> Result<T, Failure> {
        let position = self.integer()?;
        let found = all.get(position as usize).copied();
        found.ok_or_else(|| unexpected("a position", &Value::Number(position.into())))
    }

    /// Reads the next field as [`Fields::one_of`] does; `None` if it is undefined.
    ///
    /// # Errors
    ///
    /// As [`Fields::one_of`].
    pub fn optional_one_of<T: Copy>(&mut self, all: &[T]) -> Result<Option<T>, Failure> {
        if self.skip_undefined() {
            return Ok(None);
        }
        self.one_of(all).map(Some)
    }

    /// Skips the next field if it is undefined. Returns whether it did.
    fn skip_undefined(&mut self) -> bool {
        let is_undefined = matches!(self.0.as_slice().first(), None | Some(Value::Undefined));
        if is_undefined {
            self.0.next();
        }
        is_undefined
    }
}

fn unexpected(expected: &str, value: &Value) -> Failure {
    Failure::invalid_value(format!("A field must be {expected}, not {value:?}"))
}
