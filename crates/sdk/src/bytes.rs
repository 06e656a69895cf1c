//! Byte buffers that cross between JavaScript and Rust.

use crate::boundary::Owned;
use serde_core::de::{Deserialize, Deserializer, Error, SeqAccess, Visitor};
use serde_core::ser::{Serialize, Serializer};
use std::cell::Cell;
use std::fmt;
use std::ops::Deref;
use std::sync::Arc;

/// A byte buffer. JavaScript passes a `Buffer`, an `ArrayBuffer` or any view of one, and receives a
/// `Buffer`.
///
/// Input bytes are read in place from the pool's memory. Result bytes are passed to the pool
/// without a copy. Clones share the memory. `Bytes` can be a field of a serde type, where a
/// `Vec<u8>` would be an array of numbers.
///
/// ```
/// use native_worker_pool_sdk::Bytes;
///
/// let bytes = Bytes::from(vec![1, 2, 3]);
/// assert_eq!(bytes.iter().sum::<u8>(), 6);
/// assert_eq!(bytes.into_vec(), [1, 2, 3]);
/// ```
#[derive(Clone)]
pub struct Bytes(Arc<Memory>);

enum Memory {
    Vector(Vec<u8>),
    /// Bytes that the pool owns.
    Foreign(Owned),
}

/// The type name by which the serde implementations of this crate recognize [`Bytes`]. They pass
/// the bytes through [`PASSED`], since serde itself can only pass a copy.
pub(crate) const NAME: &str = "$native_worker_pool_sdk::Bytes";

thread_local! {
    static PASSED: Cell<Option<Bytes>> = const { Cell::new(None) };
}

/// Passes bytes through a serde call.
pub(crate) fn pass(bytes: Bytes) {
    PASSED.set(Some(bytes));
}

/// The bytes that were passed.
pub(crate) fn passed() -> Option<Bytes> {
    PASSED.take()
}

impl Bytes {
    /// Takes the bytes out of a table value.
    pub(crate) fn taken(value: &mut Owned) -> Self {
        Self(Arc::new(Memory::Foreign(std::mem::take(value))))
    }

    /// Returns a table value that has or shares the memory.
    pub(crate) fn into_owned(self) -> Owned {
        match Arc::try_unwrap(self.0) {
            Ok(Memory::Vector(bytes)) => Owned::vector(bytes),
            Ok(Memory::Foreign(value)) => value,
            Err(shared) => Owned::bytes(shared),
        }
    }

    /// Converts to a vector. Copies the bytes, unless they came from a vector and there is no other
    /// clone.
    ///
    /// ```
    /// let bytes = native_worker_pool_sdk::Bytes::from(b"abc".to_vec());
    /// assert_eq!(bytes.into_vec(), b"abc");
    /// ```
    #[must_use]
    pub fn into_vec(self) -> Vec<u8> {
        match Arc::try_unwrap(self.0) {
            Ok(Memory::Vector(bytes)) => bytes,
            Ok(memory) => memory.as_ref().to_vec(),
            Err(shared) => (*shared).as_ref().to_vec(),
        }
    }
}

impl AsRef<[u8]> for Memory {
    fn as_ref(&self) -> &[u8] {
        match self {
            Self::Vector(bytes) => bytes,
            Self::Foreign(value) => value.content().unwrap_or_default(),
        }
    }
}

impl Deref for Bytes {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        (*self.0).as_ref()
    }
}

impl AsRef<[u8]> for Bytes {
    fn as_ref(&self) -> &[u8] {
        self
    }
}

impl From<Vec<u8>> for Bytes {
    fn from(bytes: Vec<u8>) -> Self {
        Self(Arc::new(Memory::Vector(bytes)))
    }
}

impl From<&[u8]> for Bytes {
    fn from(bytes: &[u8]) -> Self {
        bytes.to_vec().into()
    }
}

impl Default for Bytes {
    fn default() -> Self {
        Vec::new().into()
    }
}

impl PartialEq for Bytes {
    fn eq(&self, other: &Self) -> bool {
        **self == **other
    }
}

impl Eq for Bytes {}

/// Omits the content, which may be long or secret.
impl fmt::Debug for Bytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} bytes", self.len())
    }
}

impl Serialize for Bytes {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        pass(self.clone());
        let result = serializer.serialize_newtype_struct(NAME, &Content(self));
        passed(); // another serializer leaves them
        result
    }
}

/// The form for other serializers.
struct Content<'a>(&'a [u8]);

impl Serialize for Content<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_bytes(self.0)
    }
}

impl<'de> Deserialize<'de> for Bytes {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_newtype_struct(NAME, BytesVisitor)
    }
}

struct BytesVisitor;

impl<'de> Visitor<'de> for BytesVisitor {
    type Value = Bytes;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("bytes")
    }

    fn visit_newtype_struct<D: Deserializer<'de>>(
        self,
        deserializer: D,
    ) -> Result<Bytes, D::Error> {
        match passed() {
            Some(bytes) => Ok(bytes),
            None => deserializer.deserialize_byte_buf(self),
        }
    }

    fn visit_bytes<E: Error>(self, bytes: &[u8]) -> Result<Bytes, E> {
        Ok(bytes.into())
    }

    fn visit_byte_buf<E: Error>(self, bytes: Vec<u8>) -> Result<Bytes, E> {
        Ok(bytes.into())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Bytes, A::Error> {
        let mut bytes = Vec::new();
        while let Some(byte) = items.next_element()? {
            bytes.push(byte);
        }
        Ok(bytes.into())
    }
}
