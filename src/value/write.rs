//! Makes values of JavaScript from those of Rust.

use crate::block::{Block, Shown};
use napi::{Result, check_status, sys};
use native_worker_pool_workers::{Bytes, Value};
use std::ptr;
use std::sync::Arc;

/// Minimum size, in bytes, of results that become external buffers. Below it, a copy is faster than
/// collecting an external buffer as garbage; see `docs/performance.md`.
const MIN_EXTERNAL: usize = 4 << 20;

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

fn text_to_js(env: sys::napi_env, text: &str) -> Result<sys::napi_value> {
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
fn list_to_js(
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
