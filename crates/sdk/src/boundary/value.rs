//! Values that cross the table.
//!
//! [`Owned`] is a [`Value`] that this side owns, so it calls `free` once, when it is dropped. A
//! list is an array of values at `data`, and by `repr(transparent)` an array of [`Owned`]. Taking
//! an item out of it leaves `undefined` without a `free`, as the protocol requires. Memory
//! allocated here is freed here: the other side calls the functions `free_*` through the pointer.
//! The maker of a value guarantees its pointers; [`Owned::view`] checks the rest.

use crate::abi::{self, Field, Value};
use std::ffi::c_char;
use std::sync::Arc;
use std::{mem, ptr, slice};

/// A value that this side owns.
#[derive(Debug)]
#[repr(transparent)]
pub struct Owned(Value);

// SAFETY: a value is plain memory, which belongs to it alone, or is shared and only read. The
// protocol allows `free` on any thread.
unsafe impl Send for Owned {}
// SAFETY: as above; nothing changes through a shared reference.
unsafe impl Sync for Owned {}

/// A field of a record that this side owns. It has the layout of [`Field`].
#[derive(Debug)]
#[repr(C)]
pub struct OwnedField {
    name: *const c_char,
    name_length: usize,
    value: Owned,
}

const _: () = assert!(size_of::<OwnedField>() == size_of::<Field>());

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

/// The name of a field: owned by its record or not.
pub trait Name {
    /// The pointer and the length. The name is freed by [`Name::free`].
    fn leak(self) -> (*const c_char, usize);

    /// # Safety
    ///
    /// `name` and `length` are what [`Name::leak`] returned, and it is freed once.
    unsafe fn free(name: *const c_char, length: usize);
}

impl Name for &'static str {
    fn leak(self) -> (*const c_char, usize) {
        (self.as_ptr().cast(), self.len())
    }

    unsafe fn free(_name: *const c_char, _length: usize) {}
}

impl Name for Box<str> {
    fn leak(self) -> (*const c_char, usize) {
        let length = self.len();
        (Box::into_raw(self).cast::<c_char>().cast_const(), length)
    }

    unsafe fn free(name: *const c_char, length: usize) {
        let bytes = ptr::slice_from_raw_parts_mut(name.cast_mut().cast::<u8>(), length);
        // SAFETY: the caller's: made of a boxed text of this length.
        drop(unsafe { Box::from_raw(bytes) });
    }
}

impl Owned {
    const fn plain(kind: u32, number: f64) -> Self {
        Self(raw(kind, number))
    }

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

    /// A text.
    #[must_use]
    pub fn text(text: Box<str>) -> Self {
        let mut value = Self::plain(abi::TEXT, 0.0);
        value.0.length = text.len();
        value.0.data = Box::into_raw(text).cast();
        value.0.free = Some(free_text);
        value
    }

    /// Bytes. Their vector is all that is allocated, unlike with [`Owned::bytes`].
    #[must_use]
    pub fn vector(bytes: Vec<u8>) -> Self {
        let mut bytes = mem::ManuallyDrop::new(bytes);
        let mut value = Self::plain(abi::BYTES, 0.0);
        value.0.length = bytes.len();
        value.0.data = bytes.as_mut_ptr().cast();
        value.0.owner = ptr::without_provenance_mut(bytes.capacity());
        value.0.free = Some(free_vector);
        value
    }

    /// Bytes, which `owner` keeps.
    #[must_use]
    pub fn bytes<T: AsRef<[u8]> + Send + Sync + 'static>(owner: Arc<T>) -> Self {
        let bytes = (*owner).as_ref();
        let mut value = Self::plain(abi::BYTES, 0.0);
        value.0.length = bytes.len();
        value.0.data = bytes.as_ptr().cast_mut().cast();
        value.0.owner = Arc::into_raw(owner).cast_mut().cast();
        value.0.free = Some(free_owner::<T>);
        value
    }

    /// An array.
    #[must_use]
    pub fn list(items: Vec<Self>) -> Self {
        let items = items.into_boxed_slice();
        let mut value = Self::plain(abi::LIST, 0.0);
        value.0.length = items.len();
        value.0.data = Box::into_raw(items).cast();
        value.0.free = Some(free_list);
        value
    }

    /// A plain object.
    #[must_use]
    pub fn record<N: Name>(fields: impl IntoIterator<Item = (N, Self)>) -> Self {
        let fields: Box<[OwnedField]> = fields
            .into_iter()
            .map(|(name, value)| {
                let (name, name_length) = name.leak();
                OwnedField {
                    name,
                    name_length,
                    value,
                }
            })
            .collect();
        let mut value = Self::plain(abi::RECORD, 0.0);
        value.0.length = fields.len();
        value.0.data = Box::into_raw(fields).cast();
        value.0.free = Some(free_record::<N>);
        value
    }

    /// Returns the content; `None` if the value is malformed: an unknown kind, a null or misaligned
    /// pointer, or a text that is not UTF-8.
    pub fn view(&mut self) -> Option<View<'_>> {
        let Value {
            kind,
            number,
            data,
            length,
            ..
        } = self.0;
        Some(match kind {
            abi::UNDEFINED => View::Undefined,
            abi::NULL => View::Null,
            abi::BOOL => View::Bool(number != 0.0),
            abi::NUMBER => View::Number(number),
            abi::TEXT => View::Text(std::str::from_utf8(self.content()?).ok()?),
            abi::BYTES => {
                self.content()?;
                View::Bytes(self)
            }
            abi::LIST => {
                let items = array(data.cast::<Owned>(), length)?;
                // SAFETY: a list owns `length` values at `data`, see the head of this file. The
                // reference to it is exclusive.
                View::List(unsafe { slice::from_raw_parts_mut(items, length) })
            }
            abi::RECORD => {
                let fields = array(data.cast::<OwnedField>(), length)?;
                // SAFETY: as above, of fields.
                View::Record(unsafe { slice::from_raw_parts_mut(fields, length) })
            }
            _ => return None,
        })
    }

    /// The bytes of a text or of bytes; `None` without memory, or if it is something else.
    #[must_use]
    pub fn content(&self) -> Option<&[u8]> {
        let Value {
            kind, data, length, ..
        } = self.0;
        if kind != abi::TEXT && kind != abi::BYTES {
            return None;
        }
        let bytes = array(data.cast::<u8>(), length)?;
        // SAFETY: `data` points to `length` bytes, which nobody writes to while the value lives.
        Some(unsafe { slice::from_raw_parts(bytes, length) })
    }

    /// The value, for the other side, which then owns it.
    #[must_use]
    pub fn into_raw(mut self) -> Value {
        mem::replace(&mut self.0, raw(abi::UNDEFINED, 0.0))
    }

    /// Owns a value.
    ///
    /// # Safety
    ///
    /// The value is as `abi` describes it, and nobody else owns it.
    #[must_use]
    pub const unsafe fn from_raw(value: Value) -> Self {
        Self(value)
    }

    /// A pointer for the other side, which may take values out of this one or, if it is
    /// `undefined`, set it.
    pub fn as_mut_ptr(&mut self) -> *mut Value {
        &raw mut self.0
    }
}

/// A value that owns nothing.
const fn raw(kind: u32, number: f64) -> Value {
    Value {
        kind,
        reserved: 0,
        number,
        data: ptr::null_mut(),
        length: 0,
        owner: ptr::null_mut(),
        free: None,
    }
}

/// The pointer to an array, aligned also if it is empty; `None` if there is no such array.
fn array<T>(data: *mut T, length: usize) -> Option<*mut T> {
    if length == 0 {
        return Some(ptr::NonNull::dangling().as_ptr());
    }
    let bytes = length.checked_mul(size_of::<T>())?;
    (!data.is_null() && data.is_aligned() && isize::try_from(bytes).is_ok()).then_some(data)
}

impl Default for Owned {
    fn default() -> Self {
        Self::undefined()
    }
}

impl Drop for Owned {
    fn drop(&mut self) {
        if let Some(free) = self.0.free.take() {
            // SAFETY: the value is owned, and `free` is called once.
            unsafe { free(&raw mut self.0) };
        }
    }
}

impl OwnedField {
    /// The name and the value; `None` if the name is malformed.
    pub fn parts(&mut self) -> Option<(&str, &mut Owned)> {
        let name = array(self.name.cast_mut().cast::<u8>(), self.name_length)?;
        // SAFETY: `name` points to `name_length` bytes, which live as long as the record and are
        // not part of the value.
        let bytes = unsafe { slice::from_raw_parts(name, self.name_length) };
        Some((std::str::from_utf8(bytes).ok()?, &mut self.value))
    }
}

/// The array of a value.
///
/// # Safety
///
/// The value was made of a boxed slice of `T` with its length, and is freed once.
unsafe fn boxed<T>(value: *mut Value) -> Box<[T]> {
    // SAFETY: the caller's: a value of this module.
    let Value { data, length, .. } = unsafe { ptr::read(value) };
    let slice = ptr::slice_from_raw_parts_mut(data.cast::<T>(), length);
    // SAFETY: the caller's.
    unsafe { Box::from_raw(slice) }
}

unsafe extern "C" fn free_text(value: *mut Value) {
    // SAFETY: set by `Owned::text`.
    drop(unsafe { boxed::<u8>(value) });
}

unsafe extern "C" fn free_list(value: *mut Value) {
    // SAFETY: set by `Owned::list`.
    drop(unsafe { boxed::<Owned>(value) });
}

unsafe extern "C" fn free_record<N: Name>(value: *mut Value) {
    // SAFETY: set by `Owned::record` of the same `N`.
    for field in unsafe { boxed::<OwnedField>(value) } {
        // SAFETY: leaked by `Owned::record`.
        unsafe { N::free(field.name, field.name_length) };
    }
}

unsafe extern "C" fn free_vector(value: *mut Value) {
    // SAFETY: a value of this module.
    let value = unsafe { ptr::read(value) };
    let (data, length) = (value.data.cast::<u8>(), value.length);
    // SAFETY: the parts of a vector, set by `Owned::vector`.
    drop(unsafe { Vec::from_raw_parts(data, length, value.owner.addr()) });
}

unsafe extern "C" fn free_owner<T>(value: *mut Value) {
    // SAFETY: a value of this module.
    let owner = unsafe { ptr::read(value) }.owner;
    // SAFETY: set by `Owned::bytes` of the same `T`.
    drop(unsafe { Arc::from_raw(owner.cast::<T>().cast_const()) });
}
