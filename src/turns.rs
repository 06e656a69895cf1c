//! Turns of libuv's event loop, requested as Node.js does for `setImmediate`. An idle handle keeps
//! the loop from sleeping, and a check handle calls back in each turn. That takes no system call;
//! ringing a thread-safe function takes two.
//!
//! libuv closes a handle in a later turn of the loop, and the memory must stay until then. When the
//! environment ends, an asynchronous cleanup hook makes Node.js wait for that.

use crate::libuv::{CHECK, Handle, HandleMemory, IDLE, Libuv};
use napi::bindgen_prelude::Function;
use napi::{Env, JsValue, Result, check_status, sys};
use std::cell::Cell;
use std::ffi::c_void;
use std::ptr;
use std::rc::Rc;

/// Calls a JavaScript function in every turn of the event loop, from `start` until `stop`. While
/// the function returns true, it is called again in the same turn; promise reactions run in
/// between. Between `start` and `stop` the loop, and so the process, stays alive.
pub(crate) struct Turns(Rc<Inner>);

/// The loop owns a reference to this until both handles are closed.
struct Inner {
    libuv: Libuv,
    check: HandleMemory,
    idle: HandleMemory,
    env: sys::napi_env,
    callback: sys::napi_ref,
    context: sys::napi_async_context,
    hook: Cell<sys::napi_async_cleanup_hook_handle>,
    is_running: Cell<bool>,
    is_closing: Cell<bool>,
    /// How many handles libuv has not closed yet.
    open: Cell<u8>,
}

impl Turns {
    /// `callback` is called without arguments. Returns `None` in a runtime without libuv.
    ///
    /// # Errors
    ///
    /// If Node-API refuses.
    pub(crate) fn new(env: Env, callback: &Function<'_, (), ()>) -> Result<Option<Self>> {
        let Some(libuv) = Libuv::find() else {
            return Ok(None);
        };
        let mut event_loop = ptr::null_mut();
        // SAFETY: `env` is current on this thread, here and below.
        let status = unsafe { sys::napi_get_uv_event_loop(env.raw(), &raw mut event_loop) };
        if status != sys::Status::napi_ok {
            return Ok(None);
        }
        let name = env.create_string("native-worker-pool")?.raw();
        let mut context = ptr::null_mut();
        // SAFETY: the name belongs to `env`. Node-API creates the resource itself if there is none.
        check_status!(unsafe {
            sys::napi_async_init(env.raw(), ptr::null_mut(), name, &raw mut context)
        })?;
        let mut reference = ptr::null_mut();
        // SAFETY: the function belongs to `env`.
        check_status!(unsafe {
            sys::napi_create_reference(env.raw(), callback.raw(), 1, &raw mut reference)
        })?;
        // SAFETY: `CHECK` is a type of handles.
        let check = HandleMemory::new(unsafe { (libuv.uv_handle_size)(CHECK) });
        // SAFETY: `IDLE` is a type of handles.
        let idle = HandleMemory::new(unsafe { (libuv.uv_handle_size)(IDLE) });
        let inner = Rc::new(Inner {
            libuv,
            check,
            idle,
            env: env.raw(),
            callback: reference,
            context,
            hook: Cell::new(ptr::null_mut()),
            is_running: Cell::new(false),
            is_closing: Cell::new(false),
            open: Cell::new(2),
        });
        inner.open(event_loop)?;
        Ok(Some(Self(inner)))
    }

    /// Starts calls in every turn. If called from the callback, the calls start in the next turn.
    pub(crate) fn start(&self) {
        let inner = &*self.0;
        if inner.is_closing.get() || inner.is_running.replace(true) {
            return;
        }
        // SAFETY: the handle is initialized and not closing. The call cannot fail.
        let _ = unsafe { (inner.libuv.uv_idle_start)(inner.idle.handle(), on_idle) };
        // SAFETY: as above.
        let _ = unsafe { (inner.libuv.uv_check_start)(inner.check.handle(), on_check) };
    }

    /// Stops the calls.
    pub(crate) fn stop(&self) {
        let inner = &*self.0;
        if inner.is_closing.get() || !inner.is_running.replace(false) {
            return;
        }
        // SAFETY: the handle is initialized and not closing. The call cannot fail.
        let _ = unsafe { (inner.libuv.uv_idle_stop)(inner.idle.handle()) };
        // SAFETY: as above.
        let _ = unsafe { (inner.libuv.uv_check_stop)(inner.check.handle()) };
    }
}

impl Drop for Turns {
    fn drop(&mut self) {
        self.0.close();
    }
}

impl Inner {
    /// Initializes the handles on this loop.
    fn open(self: &Rc<Self>, event_loop: *mut sys::uv_loop_s) -> Result<()> {
        let mut hook = ptr::null_mut();
        let data = Rc::into_raw(Rc::clone(self)).cast_mut().cast();
        // SAFETY: `env` is current on this thread. `data` is valid until both handles are closed,
        // and the hook is removed before it is dropped.
        let status = unsafe {
            sys::napi_add_async_cleanup_hook(self.env, Some(environment_ends), data, &raw mut hook)
        };
        if status != sys::Status::napi_ok {
            // SAFETY: the pointer comes from `Rc::into_raw` above. Without a hook nothing else uses
            // it.
            drop(unsafe { Rc::from_raw(data.cast::<Self>().cast_const()) });
            return check_status!(status);
        }
        self.hook.set(hook);
        let libuv = &self.libuv;
        for (handle, init) in [
            (self.check.handle(), libuv.uv_check_init),
            (self.idle.handle(), libuv.uv_idle_init),
        ] {
            // SAFETY: the loop is the one of this thread, and the memory has the size that libuv
            // reports. The call cannot fail.
            let _ = unsafe { init(event_loop, handle) };
            // SAFETY: the handle is initialized, and its first field belongs to its user.
            unsafe { *handle = data };
        }
        // Only the idle handle keeps the loop alive.
        // SAFETY: the handle is initialized.
        unsafe { (libuv.uv_unref)(self.check.handle()) };
        Ok(())
    }

    /// Closes the handles. Called on the loop's thread, while the environment exists.
    fn close(&self) {
        // Without a hook the handles were never initialized.
        if self.hook.get().is_null() || self.is_closing.replace(true) {
            return;
        }
        for handle in [self.check.handle(), self.idle.handle()] {
            // SAFETY: the handle is initialized, and is closed only here and once.
            unsafe { (self.libuv.uv_close)(handle, Some(on_closed)) };
        }
        // SAFETY: created in `Turns::new`, and deleted only here and once.
        let _ = unsafe { sys::napi_delete_reference(self.env, self.callback) };
        // SAFETY: as above.
        let _ = unsafe { sys::napi_async_destroy(self.env, self.context) };
    }

    /// Calls the callback, after which Node.js runs promise reactions. An exception is reported as
    /// uncaught. Returns the boolean that the callback returns, or false.
    fn call(&self) -> bool {
        let mut scope = ptr::null_mut();
        // SAFETY: `env` is current on this thread, here and below.
        let _ = unsafe { sys::napi_open_handle_scope(self.env, &raw mut scope) };
        let mut callback = ptr::null_mut();
        // SAFETY: the reference is deleted when the handles are closed, and a closed handle makes
        // no calls.
        let _ =
            unsafe { sys::napi_get_reference_value(self.env, self.callback, &raw mut callback) };
        let mut global = ptr::null_mut();
        // SAFETY: as above.
        let _ = unsafe { sys::napi_get_global(self.env, &raw mut global) };
        let mut result = ptr::null_mut();
        // SAFETY: the values belong to the scope.
        let status = unsafe {
            sys::napi_make_callback(
                self.env,
                self.context,
                global,
                callback,
                0,
                ptr::null(),
                &raw mut result,
            )
        };
        let mut again = false;
        if status == sys::Status::napi_ok {
            // SAFETY: the result belongs to the scope.
            let _ = unsafe { sys::napi_get_value_bool(self.env, result, &raw mut again) };
        }
        let mut error = ptr::null_mut();
        if status == sys::Status::napi_pending_exception {
            // SAFETY: as above.
            let _ = unsafe { sys::napi_get_and_clear_last_exception(self.env, &raw mut error) };
        }
        // A thread that is being terminated has no exception.
        if !error.is_null() {
            // SAFETY: the error belongs to the scope.
            let _ = unsafe { sys::napi_fatal_exception(self.env, error) };
        }
        // SAFETY: opened above.
        let _ = unsafe { sys::napi_close_handle_scope(self.env, scope) };
        again
    }
}

unsafe extern "C" fn on_idle(_handle: *mut Handle) {}

unsafe extern "C" fn on_check(handle: *mut Handle) {
    // SAFETY: libuv passes an open handle, whose first field was set when it was initialized.
    let data = unsafe { *handle }.cast::<Inner>();
    // SAFETY: the field points to the `Inner` that owns the handle.
    let inner = unsafe { &*data };
    while inner.call() {}
}

/// Called when libuv does not use the handle any more.
unsafe extern "C" fn on_closed(handle: *mut Handle) {
    // SAFETY: the field points to the `Inner` that owns the handle, which is valid until both
    // handles are closed.
    let data = unsafe { *handle }.cast::<Inner>().cast_const();
    // SAFETY: as above.
    let inner = unsafe { &*data };
    inner.open.set(inner.open.get() - 1);
    if inner.open.get() > 0 {
        return;
    }
    // SAFETY: the hook was added in `Inner::open`, and is removed only here and once.
    let _ = unsafe { sys::napi_remove_async_cleanup_hook(inner.hook.get()) };
    // SAFETY: the pointer comes from `Rc::into_raw` in `Inner::open`. Both handles are closed, so
    // this is its last use.
    drop(unsafe { Rc::from_raw(data) });
}

/// The cleanup hook.
unsafe extern "C" fn environment_ends(
    _hook: sys::napi_async_cleanup_hook_handle,
    data: *mut c_void,
) {
    // SAFETY: the hook is removed before `data` is dropped.
    let inner = unsafe { &*data.cast::<Inner>() };
    inner.close();
}
