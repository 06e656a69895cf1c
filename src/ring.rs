//! Exposes the memory of an engine's ring to JavaScript, which posts tasks by writing to it.

use napi::{Env, Result, Unknown, bindgen_prelude::FromNapiValue, check_status, sys};
use native_worker_pool_engine::SubmissionRing;
use std::ffi::c_void;
use std::ptr;
use std::sync::Arc;

/// An `ArrayBuffer` over the ring. `None` in a runtime that forbids buffers over foreign memory
/// (Electron).
///
/// # Errors
///
/// If Node-API refuses for another reason.
pub(crate) fn array_buffer(
    env: Env,
    ring: Arc<SubmissionRing>,
) -> Result<Option<Unknown<'static>>> {
    let memory = Arc::into_raw(ring).cast_mut().cast::<c_void>();
    let mut buffer = ptr::null_mut();
    // SAFETY: `env` is current on this thread. The memory is valid while there is a reference to
    // the ring; the buffer owns one, which `release` drops. All fields are atomic integers, for
    // which any bytes that JavaScript writes are valid.
    let status = unsafe {
        sys::napi_create_external_arraybuffer(
            env.raw(),
            memory,
            size_of::<SubmissionRing>(),
            Some(release),
            ptr::null_mut(),
            &raw mut buffer,
        )
    };
    if status != sys::Status::napi_ok {
        // SAFETY: the pointer comes from `Arc::into_raw`. No buffer was created, so `release` is
        // not called.
        drop(unsafe { Arc::from_raw(memory.cast::<SubmissionRing>().cast_const()) });
    }
    if status == sys::Status::napi_no_external_buffers_allowed {
        return Ok(None);
    }
    check_status!(status)?;
    // SAFETY: Node-API has just created the value in this environment.
    unsafe { Unknown::from_napi_value(env.raw(), buffer) }.map(Some)
}

/// The buffer's finalizer.
unsafe extern "C" fn release(_env: sys::napi_env, memory: *mut c_void, _hint: *mut c_void) {
    // SAFETY: the pointer comes from `Arc::into_raw` in `array_buffer`. A finalizer runs once.
    drop(unsafe { Arc::from_raw(memory.cast::<SubmissionRing>().cast_const()) });
}
