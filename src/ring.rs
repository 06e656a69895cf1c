//! Shows the memory of an engine's ring to JavaScript, which posts tasks by writing to it.

use napi::{Env, Result, Unknown, bindgen_prelude::FromNapiValue, check_status, sys};
use native_worker_pool_engine::SubmissionRing;
use std::ffi::c_void;
use std::ptr;
use std::sync::Arc;

/// An `ArrayBuffer` over the ring, or `None` in a runtime that does not let JavaScript see memory
/// that is not its own (Electron).
pub(crate) fn array_buffer(
    env: Env,
    ring: Arc<SubmissionRing>,
) -> Result<Option<Unknown<'static>>> {
    let memory = Arc::into_raw(ring).cast_mut().cast::<c_void>();
    let mut buffer = ptr::null_mut();
    // SAFETY: `env` is current on this thread. The memory is valid for as long as there is a
    // reference to the ring; the buffer has one of its own, which `release` gives back. All of it
    // that JavaScript writes and Rust reads is atomic, so that any bytes are valid there.
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
        // SAFETY: made by `Arc::into_raw`; a buffer that was not made does not release it.
        drop(unsafe { Arc::from_raw(memory.cast::<SubmissionRing>().cast_const()) });
    }
    if status == sys::Status::napi_no_external_buffers_allowed {
        return Ok(None);
    }
    check_status!(status)?;
    // SAFETY: a value that Node-API has just made in this environment.
    unsafe { Unknown::from_napi_value(env.raw(), buffer) }.map(Some)
}

/// The buffer's finalizer.
unsafe extern "C" fn release(_env: sys::napi_env, memory: *mut c_void, _hint: *mut c_void) {
    // SAFETY: made by `Arc::into_raw` in `array_buffer`; a finalizer runs once.
    drop(unsafe { Arc::from_raw(memory.cast::<SubmissionRing>().cast_const()) });
}
