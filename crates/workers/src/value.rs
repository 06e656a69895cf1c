//! What goes into a native task and what comes out of it.
//!
//! A value is plain Rust memory. A worker thread may outlive the JavaScript environment by a
//! moment, so nothing here refers to memory of the JavaScript engine.

use crate::buffer::Buffer;
use std::fmt;
use std::ops::Range;
use std::sync::Arc;
use zeroize::Zeroize;

/// A value of JavaScript: what `structuredClone` would make of it, as far as native tasks need
/// that.
#[derive(Clone, PartialEq, Default)]
pub enum Value {
    /// `undefined`.
    #[default]
    Undefined,
    /// `null`.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A number, also NaN.
    Number(f64),
    /// A string. A lone surrogate has become U+FFFD.
    Text(Box<str>),
    /// The bytes of an `ArrayBuffer` or of a view.
    Bytes(Bytes),
    /// An array.
    List(Box<[Value]>),
    /// The fields of a plain object, in their order.
    Record(Box<[(Box<str>, Value)]>),
}

/// Bytes in one piece.
pub struct Bytes(Memory);

/// The memory of [`Bytes`].
enum Memory {
    Owned(Vec<u8>),
    /// A copy in a buffer that is reused for later copies.
    Copied(Buffer),
    /// Part of a buffer that was moved here without a copy.
    Moved {
        buffer: Arc<dyn AsRef<[u8]> + Send + Sync>,
        range: Range<usize>,
    },
}

impl Bytes {
    /// Copies bytes. The memory is reused for later copies when this one is dropped.
    #[must_use]
    pub fn copy_of(bytes: &[u8]) -> Self {
        Self(Memory::Copied(Buffer::copy_of(bytes)))
    }

    /// Part of a buffer, without a copy.
    ///
    /// # Panics
    ///
    /// If the range is not within the buffer.
    #[must_use]
    pub fn moved(buffer: Arc<dyn AsRef<[u8]> + Send + Sync>, range: Range<usize>) -> Self {
        assert!(range.start <= range.end && range.end <= (*buffer).as_ref().len());
        Self(Memory::Moved { buffer, range })
    }

    /// The bytes as a vector. Moved bytes are copied.
    #[must_use]
    pub fn into_vec(self) -> Vec<u8> {
        match self.0 {
            Memory::Owned(bytes) => bytes,
            Memory::Copied(buffer) => buffer.into_vec(),
            Memory::Moved { .. } => self.to_vec(),
        }
    }
}

impl Default for Bytes {
    fn default() -> Self {
        Vec::new().into()
    }
}

impl From<Vec<u8>> for Bytes {
    fn from(bytes: Vec<u8>) -> Self {
        Self(Memory::Owned(bytes))
    }
}

impl std::ops::Deref for Bytes {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        match &self.0 {
            Memory::Owned(bytes) => bytes,
            Memory::Copied(buffer) => buffer.as_slice(),
            Memory::Moved { buffer, range } => &(**buffer).as_ref()[range.clone()],
        }
    }
}

impl Clone for Bytes {
    fn clone(&self) -> Self {
        match &self.0 {
            Memory::Owned(bytes) => bytes.clone().into(),
            Memory::Copied(buffer) => Self::copy_of(buffer.as_slice()),
            Memory::Moved { buffer, range } => Self::moved(Arc::clone(buffer), range.clone()),
        }
    }
}

impl PartialEq for Bytes {
    fn eq(&self, other: &Self) -> bool {
        **self == **other
    }
}

impl Eq for Bytes {}

impl fmt::Debug for Bytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} bytes", self.len())
    }
}

/// Overwrites the bytes, unless they were moved here: then JavaScript owned them before.
impl Zeroize for Bytes {
    fn zeroize(&mut self) {
        match &mut self.0 {
            Memory::Owned(bytes) => bytes.zeroize(),
            Memory::Copied(buffer) => buffer.as_mut_vec().zeroize(),
            Memory::Moved { .. } => {}
        }
    }
}

impl Value {
    /// The memory that the value owns, in bytes: texts, bytes, names, and the items of lists and
    /// records.
    #[must_use]
    pub fn size(&self) -> usize {
        match self {
            Self::Text(text) => text.len(),
            Self::Bytes(bytes) => bytes.len(),
            Self::List(values) => {
                let items: usize = values.iter().map(Self::size).sum();
                size_of_val(&**values) + items
            }
            Self::Record(fields) => {
                let items = fields
                    .iter()
                    .map(|(name, value)| name.len() + value.size())
                    .sum::<usize>();
                size_of_val(&**fields) + items
            }
            Self::Undefined | Self::Null | Self::Bool(_) | Self::Number(_) => 0,
        }
    }
}

/// Overwrites the text and the bytes of a value, also within lists and records.
impl Zeroize for Value {
    fn zeroize(&mut self) {
        match self {
            Self::Text(text) => text.zeroize(),
            Self::Bytes(bytes) => bytes.zeroize(),
            Self::List(values) => values.iter_mut().for_each(Zeroize::zeroize),
            Self::Record(fields) => fields.iter_mut().for_each(|(_, value)| value.zeroize()),
            Self::Undefined | Self::Null | Self::Bool(_) | Self::Number(_) => {}
        }
    }
}

/// Without the contents of texts and bytes, which may be secret.
impl fmt::Debug for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Undefined => f.write_str("undefined"),
            Self::Null => f.write_str("null"),
            Self::Bool(value) => value.fmt(f),
            Self::Number(value) => value.fmt(f),
            Self::Text(text) => write!(f, "text of {} bytes", text.len()),
            Self::Bytes(bytes) => bytes.fmt(f),
            Self::List(values) => f.debug_list().entries(values).finish(),
            Self::Record(fields) => {
                let fields = fields.iter().map(|(name, value)| (name, value));
                f.debug_map().entries(fields).finish()
            }
        }
    }
}

impl From<bool> for Value {
    fn from(value: bool) -> Self {
        Self::Bool(value)
    }
}

impl From<f64> for Value {
    fn from(value: f64) -> Self {
        Self::Number(value)
    }
}

impl From<i32> for Value {
    fn from(value: i32) -> Self {
        Self::Number(value.into())
    }
}

impl From<u32> for Value {
    fn from(value: u32) -> Self {
        Self::Number(value.into())
    }
}

impl From<&str> for Value {
    fn from(value: &str) -> Self {
        Self::Text(value.into())
    }
}

impl From<String> for Value {
    fn from(value: String) -> Self {
        Self::Text(value.into())
    }
}

impl From<Vec<u8>> for Value {
    fn from(value: Vec<u8>) -> Self {
        Self::Bytes(value.into())
    }
}

impl From<Bytes> for Value {
    fn from(value: Bytes) -> Self {
        Self::Bytes(value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Values with a known text at each place that can be secret.
    fn values() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Undefined),
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<f64>().prop_map(Value::from),
            "secret{0,5}".prop_map(Value::from),
            prop::collection::vec(any::<u8>(), 0..40).prop_map(Value::from),
        ];
        leaf.prop_recursive(4, 40, 6, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..6)
                    .prop_map(|items| Value::List(items.into())),
                prop::collection::vec(("[a-z]{0,4}", inner), 0..6).prop_map(|fields| {
                    let fields = fields.into_iter();
                    Value::Record(fields.map(|(name, value)| (name.into(), value)).collect())
                }),
            ]
        })
    }

    /// The concatenated texts and bytes of a value, without the names of fields.
    fn contents(value: &Value) -> Vec<u8> {
        match value {
            Value::Text(text) => text.as_bytes().to_vec(),
            Value::Bytes(bytes) => bytes.to_vec(),
            Value::List(items) => items.iter().flat_map(contents).collect(),
            Value::Record(fields) => fields
                .iter()
                .flat_map(|(_, value)| contents(value))
                .collect(),
            _ => Vec::new(),
        }
    }

    /// The concatenated names of all fields, and the total number of items in lists and records.
    fn names(value: &Value) -> (String, usize) {
        let (mut all, mut count) = (String::new(), 0);
        let items: Vec<(&str, &Value)> = match value {
            Value::List(items) => items.iter().map(|item| ("", item)).collect(),
            Value::Record(fields) => fields.iter().map(|(name, item)| (&**name, item)).collect(),
            _ => Vec::new(),
        };
        for (name, item) in items {
            let (names, items) = names(item);
            all = all + name + &names;
            count += 1 + items;
        }
        (all, count)
    }

    proptest! {
        #[test]
        fn the_size_counts_texts_bytes_names_and_items(value in values()) {
            let (names, items) = names(&value);
            let of_items = value.size() - contents(&value).len() - names.len();
            prop_assert!(of_items >= items * size_of::<Value>());
            prop_assert!(of_items <= items * size_of::<(Box<str>, Value)>());
        }

        #[test]
        fn a_wiped_value_has_no_contents_left(mut value in values()) {
            value.zeroize();
            prop_assert!(contents(&value).iter().all(|&byte| byte == 0));
        }

        #[test]
        fn a_printed_value_shows_no_contents(value in values()) {
            let printed = format!("{value:?}");
            prop_assert!(!printed.contains("secre"), "{}", printed);
        }
    }
}
