//! A value of JavaScript that is held on to at some times, and may be collected at others.

use napi::{Env, JsValue, Result, check_status, sys};
use std::cell::Cell;
use std::ptr;

/// A reference that is weak, except between `hold(true)` and `hold(false)`. Used on its environment's thread only.
pub(crate) struct Held {
    env: sys::napi_env,
    reference: sys::napi_ref,
    holds: Cell<bool>,
}

impl Held {
    /// A weak reference to `value`.
    ///
    /// # Errors
    ///
    /// When Node-API refuses.
    pub(crate) fn new<'env>(env: Env, value: &impl JsValue<'env>) -> Result<Self> {
        let env = env.raw();
        let mut reference = ptr::null_mut();
        // SAFETY: `env` is current on this thread, and the value belongs to it.
        check_status!(unsafe {
            sys::napi_create_reference(env, value.raw(), 0, &raw mut reference)
        })?;
        Ok(Self {
            env,
            reference,
            holds: Cell::new(false),
        })
    }

    /// Whether the value has to stay. It must be there when that begins.
    pub(crate) fn hold(&self, whether: bool) {
        if self.holds.replace(whether) == whether {
            return;
        }
        let mut count = 0;
        if whether {
            // SAFETY: the reference is deleted by `drop` alone, and this is its environment's thread.
            let _ = unsafe { sys::napi_reference_ref(self.env, self.reference, &raw mut count) };
        } else {
            // SAFETY: as above.
            let _ = unsafe { sys::napi_reference_unref(self.env, self.reference, &raw mut count) };
        }
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        // SAFETY: made in `new`, and deleted once, while the environment is: finalizers run before its end.
        let _ = unsafe { sys::napi_delete_reference(self.env, self.reference) };
    }
}
