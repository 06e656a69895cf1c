//! Native tasks of other addons: Externals of JavaScript around a table of the SDK.
//!
//! An External holds a pointer that means nothing to others than the addon that made it. So its
//! type tag is checked first.

use napi::{Env, Error, JsValue, Result, Unknown, check_status, sys};
use napi_derive::napi;
use native_worker_pool_table::{TYPE_TAG_LOWER, TYPE_TAG_UPPER, UserTask};
use std::ffi::c_void;
use std::ptr::{self, NonNull};

static TAG: sys::napi_type_tag = sys::napi_type_tag {
    lower: TYPE_TAG_LOWER,
    upper: TYPE_TAG_UPPER,
};

/// Returns the name of a native task of another addon, which is an External. Returns an empty text
/// for another External, and null for any other value.
///
/// # Errors
///
/// If the task is one that this version cannot run; the message is the end of a sentence that
/// begins with its name.
#[napi(catch_unwind)]
pub fn user_task_name(env: Env, value: Unknown<'_>) -> Result<Option<String>> {
    if !is_external(env.raw(), value.raw())? {
        return Ok(None);
    }
    let task = of(env, &value)?;
    let name = task.as_ref().map_or("", UserTask::name);
    Ok(Some(name.to_owned()))
}

/// The native task in a value; `None` if the value is not a task.
///
/// # Errors
///
/// As [`user_task_name`].
pub(crate) fn of(env: Env, value: &Unknown<'_>) -> Result<Option<UserTask>> {
    let Some(table) = table(env.raw(), value.raw())? else {
        return Ok(None);
    };
    // SAFETY: what a tagged External points to.
    let task = unsafe { UserTask::of(table) };
    task.map(Some)
        .map_err(|refused| Error::from_reason(refused.to_string()))
}

/// What a tagged External points to.
fn table(env: sys::napi_env, value: sys::napi_value) -> Result<Option<NonNull<c_void>>> {
    if !is_external(env, value)? {
        return Ok(None);
    }
    let mut is_tagged = false;
    // SAFETY: `env` is current on this thread, and the value belongs to it; here and below.
    let status =
        unsafe { sys::napi_check_object_type_tag(env, value, &raw const TAG, &raw mut is_tagged) };
    if status != sys::Status::napi_ok || !is_tagged {
        return Ok(None);
    }
    let mut data = ptr::null_mut();
    // SAFETY: as above.
    check_status!(unsafe { sys::napi_get_value_external(env, value, &raw mut data) })?;
    Ok(NonNull::new(data))
}

fn is_external(env: sys::napi_env, value: sys::napi_value) -> Result<bool> {
    let mut kind = sys::ValueType::napi_undefined;
    // SAFETY: `env` is current on this thread, and the value belongs to it.
    check_status!(unsafe { sys::napi_typeof(env, value, &raw mut kind) })?;
    Ok(kind == sys::ValueType::napi_external)
}
