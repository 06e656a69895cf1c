//! Wakes the event loop from any thread, until its environment ends.
//!
//! A thread-safe function of Node-API may be called from any thread, but not after its environment
//! is gone: then the call is a use after free (nodejs/node#38775, #55706). So it is the bell of a
//! [`Doorbell`], and an environment cleanup hook disconnects it. Hooks run in reverse order of
//! registration. Ours is registered after the hook of the thread-safe function, so it runs first.

use napi::bindgen_prelude::retain_current_module_for_unload_safety;
use napi::{Env, Error, JsValue, Result, Status, bindgen_prelude::Function, sys};
use native_worker_pool_engine::{Bell, Doorbell};
use std::ffi::c_void;
use std::ptr;
use std::sync::Arc;

/// A thread-safe function that has not been released.
pub(crate) struct Handle(sys::napi_threadsafe_function);

// SAFETY: Node-API allows calls of a thread-safe function from any thread. The pointer is used
// under the mutex of a `Doorbell`, or by the one thread that disconnected it.
unsafe impl Send for Handle {}

impl Bell for Handle {
    /// Schedules the callback on the JavaScript thread.
    fn ring(&self) -> bool {
        // SAFETY: the doorbell still owns the handle, and its mutex is held. So the function has
        // not been released, and cannot be before this call returns. The call carries no data.
        let status = unsafe {
            sys::napi_call_threadsafe_function(
                self.0,
                ptr::null_mut(),
                sys::ThreadsafeFunctionCallMode::nonblocking,
            )
        };
        // With this status Node-API forbids any further use.
        status != sys::Status::napi_closing
    }
}

/// Disconnects the handle and releases the function. `false` if it was disconnected before.
fn disconnect(doorbell: &Doorbell<Handle>) -> bool {
    let Some(Handle(function)) = doorbell.disconnect() else {
        return false;
    };
    // SAFETY: this thread disconnected the handle, so no other thread uses it. This is its last
    // use.
    let _ = unsafe {
        sys::napi_release_threadsafe_function(function, sys::ThreadsafeFunctionReleaseMode::abort)
    };
    true
}

/// The owner of a doorbell, which never leaves the JavaScript thread. It decides whether the
/// doorbell keeps the process alive, and disconnects it when dropped.
pub(crate) struct DoorbellOwner {
    doorbell: Arc<Doorbell<Handle>>,
    env: sys::napi_env,
    /// A reference to the doorbell. The cleanup hook owns it while it is registered.
    hook_data: *mut c_void,
}

impl DoorbellOwner {
    /// Creates a doorbell that calls `callback` without arguments. It does not keep the process
    /// alive until [`DoorbellOwner::keep_alive`] is called.
    ///
    /// # Errors
    ///
    /// If Node-API refuses the thread-safe function or the hook.
    pub(crate) fn new(env: Env, callback: &Function<'_, (), ()>) -> Result<Self> {
        // Worker threads may run code of this image after the environment that loaded it has ended,
        // so the image must stay loaded.
        retain_current_module_for_unload_safety();
        let name = env.create_string("native-worker-pool")?;
        let env = env.raw();
        let mut function = ptr::null_mut();
        // SAFETY: `env` is current on this thread, the values belong to it, and the null pointers
        // are optional parameters. Without a native callback Node-API calls the JavaScript function
        // itself, and only while the environment exists.
        check(unsafe {
            sys::napi_create_threadsafe_function(
                env,
                callback.raw(),
                ptr::null_mut(),
                name.raw(),
                0, // no queue limit: only a few rings are pending at a time
                1, // released once, by `disconnect`
                ptr::null_mut(),
                None,
                ptr::null_mut(),
                None,
                &raw mut function,
            )
        })?;
        let doorbell = Arc::new(Doorbell::new(Handle(function)));
        let hook_data = Arc::into_raw(Arc::clone(&doorbell)).cast_mut().cast();
        // From here on, dropping the owner releases the function and the reference.
        let owner = Self {
            doorbell,
            env,
            hook_data,
        };
        // SAFETY: `env` is current on this thread. `hook_data` is valid until the hook has run or
        // `Drop` has removed the hook.
        check(unsafe { sys::napi_add_env_cleanup_hook(env, Some(environment_ends), hook_data) })?;
        owner.keep_alive(false)?;
        Ok(owner)
    }

    /// The doorbell, which any thread may ring.
    pub(crate) fn doorbell(&self) -> &Arc<Doorbell<Handle>> {
        &self.doorbell
    }

    /// Sets whether the doorbell keeps the event loop, and so the process, alive.
    pub(crate) fn keep_alive(&self, keep: bool) -> Result<()> {
        let set = |&Handle(function): &Handle| {
            if keep {
                // SAFETY: the doorbell owns the handle, so the function has not been released. This
                // is the environment's thread, which an owner never leaves.
                check(unsafe { sys::napi_ref_threadsafe_function(self.env, function) })
            } else {
                // SAFETY: as above.
                check(unsafe { sys::napi_unref_threadsafe_function(self.env, function) })
            }
        };
        self.doorbell.with(set).unwrap_or(Ok(()))
    }
}

impl Drop for DoorbellOwner {
    fn drop(&mut self) {
        if !disconnect(&self.doorbell) {
            // The hook has run and dropped its reference.
            return;
        }
        // SAFETY: the hook has not run, so the environment still exists, on this thread.
        let _ = unsafe {
            sys::napi_remove_env_cleanup_hook(self.env, Some(environment_ends), self.hook_data)
        };
        // SAFETY: the pointer comes from `Arc::into_raw`, and the hook that owned it has been
        // removed.
        drop(unsafe { Arc::from_raw(self.hook_data.cast::<Doorbell<Handle>>().cast_const()) });
    }
}

/// The cleanup hook. It waits for the mutex, hence for one ring at most, and never for a task.
unsafe extern "C" fn environment_ends(hook_data: *mut c_void) {
    // SAFETY: the pointer comes from `Arc::into_raw` in `DoorbellOwner::new`. A hook runs at most
    // once, and not after its removal.
    let doorbell = unsafe { Arc::from_raw(hook_data.cast::<Doorbell<Handle>>().cast_const()) };
    disconnect(&doorbell);
}

fn check(status: sys::napi_status) -> Result<()> {
    match Status::from(status) {
        Status::Ok => Ok(()),
        status => Err(Error::new(
            status,
            "Node-API refused a thread-safe function",
        )),
    }
}
