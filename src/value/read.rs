//! Copies values of JavaScript to memory of Rust.

use super::Moves;
use super::buffers::memory;
use napi::{Error, Result, Status, check_status, sys};
use native_worker_pool_workers::{Bytes, Value};
use std::ptr;
use std::slice;
use zeroize::Zeroize;

/// Maximum nesting depth of lists and records. Dropping deeper ones could overflow the stack of a
/// thread.
const MAX_DEPTH: u32 = 100;

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
