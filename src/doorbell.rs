//! Wakes the event loop from any thread, until its environment ends.
//!
//! A thread-safe function of Node-API may be used from any thread, but not after its environment is
//! gone: there the call is a use after free (nodejs/node#38775, #55706). So it is the bell of a
//! [`Doorbell`], from which an environment cleanup hook takes it away. Hooks run in reverse order of
//! their registration, so ours, registered after the thread-safe function's own, comes before it.

use napi::bindgen_prelude::retain_current_module_for_unload_safety;
use napi::{Env, Error, JsValue, Result, Status, bindgen_prelude::Function, sys};
use native_worker_pool_engine::{Bell, Doorbell};
use std::ffi::c_void;
use std::ptr;
use std::sync::Arc;

/// A thread-safe function that has not been released.
pub(crate) struct Handle(sys::napi_threadsafe_function);

// SAFETY: Node-API makes thread-safe functions to be called from any thread; the pointer is used
// under the mutex of a `Doorbell` only, or once taken out of it.
unsafe impl Send for Handle {}

impl Bell for Handle {
    /// Has the callback run soon on the JavaScript thread.
    fn ring(&self) -> bool {
        // SAFETY: the doorbell still has the handle, so the function has not been released, and
        // cannot be before this call returns. It carries no data.
        let status = unsafe {
            sys::napi_call_threadsafe_function(
                self.0,
                ptr::null_mut(),
                sys::ThreadsafeFunctionCallMode::nonblocking,
            )
        };
        // Said once; after that Node-API forbids any further use.
        status != sys::Status::napi_closing
    }
}

/// Takes the handle away and releases it; `false` if that was done before.
fn disconnect(doorbell: &Doorbell<Handle>) -> bool {
    let Some(Handle(function)) = doorbell.disconnect() else {
        return false;
    };
    // SAFETY: nobody else has it any more, and here it is used for the last time.
    let _ = unsafe {
        sys::napi_release_threadsafe_function(function, sys::ThreadsafeFunctionReleaseMode::abort)
    };
    true
}

/// The part that stays on the JavaScript thread: it made the doorbell, says whether that keeps the
/// process alive, and takes it down when dropped.
pub(crate) struct DoorbellOwner {
    doorbell: Arc<Doorbell<Handle>>,
    env: sys::napi_env,
    /// One reference to the doorbell, owned by the cleanup hook while that is registered.
    hook_data: *mut c_void,
}

impl DoorbellOwner {
    /// Makes a doorbell that calls `callback` without arguments. It does not keep the process alive
    /// until [`DoorbellOwner::keep_alive`] says so.
    pub(crate) fn new(env: Env, callback: &Function<'_, (), ()>) -> Result<Self> {
        // Worker threads may still run code of this image when the environment that loaded it is
        // gone, so the image must stay.
        retain_current_module_for_unload_safety();
        let name = env.create_string("native-worker-pool")?;
        let env = env.raw();
        let mut function = ptr::null_mut();
        // SAFETY: `env` is current on this thread, the values belong to it, and the null pointers
        // stand for optional parameters. Without a callback of ours Node-API calls the JavaScript
        // function itself, and only while there is an environment.
        check(unsafe {
            sys::napi_create_threadsafe_function(
                env,
                callback.raw(),
                ptr::null_mut(),
                name.raw(),
                0, // no limit: at most a few rings are pending at a time
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
        // From here on dropping the owner undoes what has been done.
        let owner = Self {
            doorbell,
            env,
            hook_data,
        };
        // SAFETY: `env` is current on this thread; `hook_data` stays valid until the hook has run
        // or `Drop` has removed it.
        check(unsafe { sys::napi_add_env_cleanup_hook(env, Some(environment_ends), hook_data) })?;
        owner.keep_alive(false)?;
        Ok(owner)
    }

    /// The part that any thread may ring.
    pub(crate) fn doorbell(&self) -> &Arc<Doorbell<Handle>> {
        &self.doorbell
    }

    /// Whether the event loop, and with it the process, stays alive for the doorbell.
    pub(crate) fn keep_alive(&self, keep: bool) -> Result<()> {
        let set = |&Handle(function): &Handle| {
            if keep {
                // SAFETY: the function has not been released and this is the environment's thread: an
                // owner never leaves it.
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
            // The hook has run, and took its reference with it.
            return;
        }
        // SAFETY: the hook has not run, so the environment still is, on this thread.
        let _ = unsafe {
            sys::napi_remove_env_cleanup_hook(self.env, Some(environment_ends), self.hook_data)
        };
        // SAFETY: made by `Arc::into_raw`, and the hook that would take it will not run any more.
        drop(unsafe { Arc::from_raw(self.hook_data.cast::<Doorbell<Handle>>().cast_const()) });
    }
}

/// The cleanup hook. It waits for the mutex at most as long as one ring takes, never for a task.
unsafe extern "C" fn environment_ends(hook_data: *mut c_void) {
    // SAFETY: made by `Arc::into_raw` in `DoorbellOwner::new`; a hook runs at most once, and not
    // after it was removed.
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
