//! The memory of buffers and of views of them.

use napi::{Error, Result, Status, check_status, sys};
use std::ffi::c_void;
use std::ptr;

/// The address and length, in bytes, of the memory of an `ArrayBuffer` or of a view; `None` for any
/// other value.
pub(super) fn memory(
    env: sys::napi_env,
    value: sys::napi_value,
) -> Result<Option<(*mut c_void, usize)>> {
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
