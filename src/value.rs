//! Converts between JavaScript values and the values of native tasks. No other file knows both.
//!
//! Codecs in JavaScript have checked the arguments of built-in tasks, so the values that arrive
//! here are of the expected types. Other JavaScript values are converted as `structuredClone`
//! would, or refused.

use crate::block::{Block, Shown};
use napi::{Error, Result, Status, check_status, sys};
use native_worker_pool_workers::{Bytes, Value};
use std::ffi::c_void;
use std::ptr;
use std::slice;
use std::sync::Arc;
use zeroize::Zeroize;

/// Maximum nesting depth of lists and records. Dropping deeper ones could overflow the stack of a
/// thread.
const MAX_DEPTH: u32 = 100;

/// Minimum size, in bytes, of results that become external buffers. Below it, a copy is faster than
/// collecting an external buffer as garbage; see `docs/performance.md`.
const MIN_EXTERNAL: usize = 4 << 20;

/// The blocks that move to a task without a copy, with the `ArrayBuffer`s that show them.
#[derive(Default)]
pub(crate) struct Moves(Vec<(sys::napi_value, Arc<Block>)>);

impl Moves {
    /// Collects the blocks among the buffers of a transfer list. Other buffers are copied later.
    ///
    /// # Errors
    ///
    /// If `list` is not an array.
    pub(crate) fn of(env: sys::napi_env, list: sys::napi_value) -> Result<Self> {
        let blocks = Items::of(env, list)?.map_from(0, |item| {
            let data = array_buffer_memory(env, item)?.map(|(data, _)| data);
            Ok(data.and_then(|data| Some((item, Block::at(data)?))))
        })?;
        Ok(Self(blocks.into_iter().flatten().collect()))
    }

    /// The `length` bytes at address `data`, if they lie within one of the blocks.
    fn find(&self, data: *const c_void, length: usize) -> Option<Bytes> {
        self.0.iter().find_map(|(_, block)| {
            let memory = (**block).as_ref();
            let start = (data as usize).checked_sub(memory.as_ptr() as usize)?;
            let end = start.checked_add(length)?;
            let is_within = end <= memory.len();
            is_within.then(|| Bytes::moved(Arc::clone(block) as _, start..end))
        })
    }

    /// Detaches the buffers. Called once their task has been admitted.
    pub(crate) fn detach(self, env: sys::napi_env) {
        for (buffer, _) in self.0 {
            // SAFETY: `env` is current on this thread, and the buffer belongs to it. The buffer is
            // external, so it can be detached.
            let _ = unsafe { sys::napi_detach_arraybuffer(env, buffer) };
        }
    }
}

/// Converts JavaScript values.
pub(crate) struct Reader<'a> {
    pub(crate) env: sys::napi_env,
    /// The blocks that are moved instead of copied.
    pub(crate) moves: &'a Moves,
    /// Whether the values are secret, so that temporary copies of texts must be wiped.
    pub(crate) is_secret: bool,
}

impl Reader<'_> {
    /// Converts a value.
    ///
    /// # Errors
    ///
    /// If native tasks do not support its type, or it is nested too deeply.
    pub(crate) fn read(&self, value: sys::napi_value) -> Result<Value> {
        self.read_at(value, 0)
    }

    fn read_at(&self, value: sys::napi_value, depth: u32) -> Result<Value> {
        let env = self.env;
        let mut kind = sys::ValueType::napi_undefined;
        // SAFETY: `env` is current on this thread, and the value belongs to it; here and below.
        check_status!(unsafe { sys::napi_typeof(env, value, &raw mut kind) })?;
        match kind {
            sys::ValueType::napi_undefined => Ok(Value::Undefined),
            sys::ValueType::napi_null => Ok(Value::Null),
            sys::ValueType::napi_boolean => {
                let mut result = false;
                // SAFETY: as above.
                check_status!(unsafe { sys::napi_get_value_bool(env, value, &raw mut result) })?;
                Ok(Value::Bool(result))
            }
            sys::ValueType::napi_number => {
                let mut result = 0.0;
                // SAFETY: as above.
                check_status!(unsafe { sys::napi_get_value_double(env, value, &raw mut result) })?;
                Ok(Value::Number(result))
            }
            sys::ValueType::napi_string => self.text(value).map(Value::Text),
            sys::ValueType::napi_object => self.object(value, depth),
            _ => Err(Error::new(
                Status::InvalidArg,
                "a value of this type cannot be passed to a native task",
            )),
        }
    }

    fn text(&self, value: sys::napi_value) -> Result<Box<str>> {
        let mut length = 0;
        // SAFETY: `env` is current on this thread, and the value belongs to it. If the buffer is
        // null, Node-API writes only the length.
        check_status!(unsafe {
            sys::napi_get_value_string_utf8(self.env, value, ptr::null_mut(), 0, &raw mut length)
        })?;
        // One byte more for the NUL that Node-API writes.
        let mut bytes = Vec::<u8>::with_capacity(length + 1);
        // SAFETY: as above; the buffer has a capacity of `length + 1` bytes.
        check_status!(unsafe {
            sys::napi_get_value_string_utf8(
                self.env,
                value,
                bytes.as_mut_ptr().cast(),
                length + 1,
                &raw mut length,
            )
        })?;
        // SAFETY: Node-API has written `length` bytes.
        unsafe { bytes.set_len(length) };
        let mut text =
            String::from_utf8(bytes).map_err(|error| Error::from_reason(error.to_string()))?;
        if self.is_secret {
            // `into_boxed_str` shrinks the buffer, which may move the text and leave a copy behind.
            let exact = Box::from(&*text);
            text.zeroize();
            return Ok(exact);
        }
        Ok(text.into_boxed_str())
    }

    fn object(&self, value: sys::napi_value, depth: u32) -> Result<Value> {
        if let Some(bytes) = self.bytes(value)? {
            return Ok(Value::Bytes(bytes));
        }
        if depth == MAX_DEPTH {
            return Err(Error::new(
                Status::InvalidArg,
                "the data of a native task nest too deep",
            ));
        }
        let mut is_array = false;
        // SAFETY: `env` is current on this thread, and the value belongs to it.
        check_status!(unsafe { sys::napi_is_array(self.env, value, &raw mut is_array) })?;
        if !is_array {
            return self.record(value, depth);
        }
        let items = Items::of(self.env, value)?;
        let values = items.map_from(0, |item| self.read_at(item, depth + 1))?;
        Ok(Value::List(values))
    }

    /// Converts an object's own enumerable properties whose keys are strings.
    fn record(&self, object: sys::napi_value, depth: u32) -> Result<Value> {
        let env = self.env;
        let mut names = ptr::null_mut();
        // SAFETY: `env` is current on this thread, and the value belongs to it.
        check_status!(unsafe {
            sys::napi_get_all_property_names(
                env,
                object,
                sys::KeyCollectionMode::own_only,
                sys::KeyFilter::enumerable | sys::KeyFilter::skip_symbols,
                sys::KeyConversion::numbers_to_strings,
                &raw mut names,
            )
        })?;
        let fields = Items::of(env, names)?.map_from(0, |name| {
            let mut value = ptr::null_mut();
            // SAFETY: as above.
            check_status!(unsafe { sys::napi_get_property(env, object, name, &raw mut value) })?;
            Ok((self.text(name)?, self.read_at(value, depth + 1)?))
        })?;
        Ok(Value::Record(fields))
    }

    /// The bytes of an `ArrayBuffer` or of a view, moved or copied; `None` for any other value.
    fn bytes(&self, value: sys::napi_value) -> Result<Option<Bytes>> {
        let Some((data, length)) = memory(self.env, value)? else {
            return Ok(None);
        };
        if length == 0 {
            return Ok(Some(Bytes::default()));
        }
        if let Some(bytes) = self.moves.find(data, length) {
            return Ok(Some(bytes));
        }
        // SAFETY: Node-API has returned the address and length of the buffer's memory. JavaScript
        // does not run until this function returns, and no other thread shares the memory: codecs
        // have copied shared memory before.
        let bytes = unsafe { slice::from_raw_parts(data.cast::<u8>(), length) };
        Ok(Some(Bytes::copy_of(bytes)))
    }
}

/// The items of an array.
pub(crate) struct Items {
    env: sys::napi_env,
    array: sys::napi_value,
    length: u32,
}

impl Items {
    /// Reads the length of an array.
    ///
    /// # Errors
    ///
    /// If `array` is not an array.
    pub(crate) fn of(env: sys::napi_env, array: sys::napi_value) -> Result<Self> {
        let mut length = 0;
        // SAFETY: `env` is current on this thread, and the value belongs to it.
        check_status!(unsafe { sys::napi_get_array_length(env, array, &raw mut length) })?;
        Ok(Self { env, array, length })
    }

    /// The item at an index; `undefined` beyond the end.
    ///
    /// # Errors
    ///
    /// If a getter throws.
    pub(crate) fn get(&self, index: u32) -> Result<sys::napi_value> {
        let mut item = ptr::null_mut();
        // SAFETY: `env` is current on this thread, and the value belongs to it.
        check_status!(unsafe {
            sys::napi_get_element(self.env, self.array, index, &raw mut item)
        })?;
        Ok(item)
    }

    /// Calls `map` with each item from index `start` on. Returns the results.
    ///
    /// # Errors
    ///
    /// If a getter throws, or `map` fails.
    pub(crate) fn map_from<T>(
        &self,
        start: u32,
        mut map: impl FnMut(sys::napi_value) -> Result<T>,
    ) -> Result<Box<[T]>> {
        let count = self.length.saturating_sub(start);
        let mut mapped = Vec::with_capacity(count as usize);
        for index in start..self.length {
            mapped.push(map(self.get(index)?)?);
        }
        Ok(mapped.into_boxed_slice())
    }
}

/// The address and length, in bytes, of the memory of an `ArrayBuffer` or of a view; `None` for any
/// other value.
fn memory(env: sys::napi_env, value: sys::napi_value) -> Result<Option<(*mut c_void, usize)>> {
    let (mut data, mut length, mut matches) = (ptr::null_mut(), 0, false);
    // SAFETY: `env` is current on this thread, and the value belongs to it; here and below.
    check_status!(unsafe { sys::napi_is_typedarray(env, value, &raw mut matches) })?;
    if matches {
        let mut kind = 0;
        // SAFETY: as above.
        check_status!(unsafe {
            sys::napi_get_typedarray_info(
                env,
                value,
                &raw mut kind,
                &raw mut length,
                &raw mut data,
                ptr::null_mut(),
                ptr::null_mut(),
            )
        })?;
        return Ok(Some((data, length * element_size(kind)?)));
    }
    if let Some(memory) = array_buffer_memory(env, value)? {
        return Ok(Some(memory));
    }
    // SAFETY: as above.
    check_status!(unsafe { sys::napi_is_dataview(env, value, &raw mut matches) })?;
    if matches {
        // SAFETY: as above.
        check_status!(unsafe {
            sys::napi_get_dataview_info(
                env,
                value,
                &raw mut length,
                &raw mut data,
                ptr::null_mut(),
                ptr::null_mut(),
            )
        })?;
        return Ok(Some((data, length)));
    }
    Ok(None)
}

/// The address and length, in bytes, of the memory of an `ArrayBuffer`; `None` for any other value.
pub(crate) fn array_buffer_memory(
    env: sys::napi_env,
    value: sys::napi_value,
) -> Result<Option<(*mut c_void, usize)>> {
    let (mut data, mut length, mut matches) = (ptr::null_mut(), 0, false);
    // SAFETY: `env` is current on this thread, and the value belongs to it; here and below.
    check_status!(unsafe { sys::napi_is_arraybuffer(env, value, &raw mut matches) })?;
    if !matches {
        return Ok(None);
    }
    // SAFETY: as above.
    check_status!(unsafe {
        sys::napi_get_arraybuffer_info(env, value, &raw mut data, &raw mut length)
    })?;
    Ok(Some((data, length)))
}

/// The size of an element of a typed array, in bytes.
fn element_size(kind: sys::napi_typedarray_type) -> Result<usize> {
    use sys::TypedarrayType as Type;

    Ok(match kind {
        Type::int8_array | Type::uint8_array | Type::uint8_clamped_array => 1,
        Type::int16_array | Type::uint16_array => 2,
        Type::int32_array | Type::uint32_array | Type::float32_array => 4,
        Type::float64_array | Type::bigint64_array | Type::biguint64_array => 8,
        _ => {
            return Err(Error::new(
                Status::InvalidArg,
                "a typed array of this type cannot be passed to a native task",
            ));
        }
    })
}

/// Creates a JavaScript value. Bytes become a `Buffer`: large ones without a copy, smaller ones
/// copied.
///
/// # Errors
///
/// If Node-API fails because an exception is pending or memory is short.
pub(crate) fn to_js(env: sys::napi_env, value: Value) -> Result<sys::napi_value> {
    match value {
        Value::Undefined => create_value(|result| {
            // SAFETY: `env` is current on this thread, here and below.
            unsafe { sys::napi_get_undefined(env, result) }
        }),
        Value::Null => create_value(|result| {
            // SAFETY: as above.
            unsafe { sys::napi_get_null(env, result) }
        }),
        Value::Bool(value) => create_value(|result| {
            // SAFETY: as above.
            unsafe { sys::napi_get_boolean(env, value, result) }
        }),
        Value::Number(value) => create_value(|result| {
            // SAFETY: as above.
            unsafe { sys::napi_create_double(env, value, result) }
        }),
        Value::Text(text) => text_to_js(env, &text),
        Value::Bytes(bytes) => bytes_to_js(env, bytes),
        Value::List(items) => list_to_js(env, items),
        Value::Record(fields) => record_to_js(env, fields),
    }
}

/// Calls a Node-API function that writes its result through a pointer. Returns that result.
pub(crate) fn create_value(
    make: impl FnOnce(*mut sys::napi_value) -> sys::napi_status,
) -> Result<sys::napi_value> {
    let mut result = ptr::null_mut();
    let status = make(&raw mut result);
    check_status!(status)?;
    Ok(result)
}

pub(crate) fn text_to_js(env: sys::napi_env, text: &str) -> Result<sys::napi_value> {
    let mut result = ptr::null_mut();
    // SAFETY: `env` is current on this thread. The pointer and length are those of the text, which
    // Node-API copies.
    check_status!(unsafe {
        sys::napi_create_string_utf8(
            env,
            text.as_ptr().cast(),
            text.len().cast_signed(),
            &raw mut result,
        )
    })?;
    Ok(result)
}

/// Creates an array.
pub(crate) fn list_to_js(
    env: sys::napi_env,
    items: impl IntoIterator<Item = Value>,
) -> Result<sys::napi_value> {
    let mut array = ptr::null_mut();
    // SAFETY: `env` is current on this thread.
    check_status!(unsafe { sys::napi_create_array(env, &raw mut array) })?;
    for (index, item) in (0..).zip(items) {
        let item = to_js(env, item)?;
        // SAFETY: as above, and both values belong to `env`.
        check_status!(unsafe { sys::napi_set_element(env, array, index, item) })?;
    }
    Ok(array)
}

/// Creates an object. Properties are defined rather than set, so no inherited setter is called.
fn record_to_js(env: sys::napi_env, fields: Box<[(Box<str>, Value)]>) -> Result<sys::napi_value> {
    let mut object = ptr::null_mut();
    // SAFETY: `env` is current on this thread, here and below.
    check_status!(unsafe { sys::napi_create_object(env, &raw mut object) })?;
    for (name, value) in fields {
        let property = sys::napi_property_descriptor {
            utf8name: ptr::null(),
            name: text_to_js(env, &name)?,
            method: None,
            getter: None,
            setter: None,
            value: to_js(env, value)?,
            attributes: sys::PropertyAttributes::writable
                | sys::PropertyAttributes::enumerable
                | sys::PropertyAttributes::configurable,
            data: ptr::null_mut(),
        };
        // SAFETY: as above. There is one descriptor, and its values belong to `env`.
        check_status!(unsafe { sys::napi_define_properties(env, object, 1, &raw const property) })?;
    }
    Ok(object)
}

fn bytes_to_js(env: sys::napi_env, bytes: Bytes) -> Result<sys::napi_value> {
    if bytes.len() < MIN_EXTERNAL {
        return copied(env, &bytes);
    }
    let block = Arc::new(Block::from(bytes.into_vec()));
    match block.buffer(env, Shown::Buffer)? {
        Some(buffer) => Ok(buffer),
        None => copied(env, (*block).as_ref()),
    }
}

fn copied(env: sys::napi_env, bytes: &[u8]) -> Result<sys::napi_value> {
    let data = bytes.as_ptr().cast();
    create_value(|result| {
        // SAFETY: `env` is current on this thread. The pointer and length are those of `bytes`,
        // which Node-API copies.
        unsafe { sys::napi_create_buffer_copy(env, bytes.len(), data, ptr::null_mut(), result) }
    })
}
