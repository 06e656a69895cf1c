//! A reference to a JavaScript value that is strong at some times and weak at others.

use napi::{Env, JsValue, Result, check_status, sys};
use std::cell::Cell;
use std::ptr;

/// A reference that is weak, except between `hold(true)` and `hold(false)`. Used only on its
/// environment's thread.
pub(crate) struct Held {
    env: sys::napi_env,
    reference: sys::napi_ref,
    is_strong: Cell<bool>,
}

impl Held {
    /// Creates a weak reference to `value`.
    ///
    /// # Errors
    ///
    /// If Node-API refuses.
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
            is_strong: Cell::new(false),
        })
    }

    /// Makes the reference strong or weak. To make it strong, the value must not have been
    /// collected.
    pub(crate) fn hold(&self, is_strong: bool) {
        if self.is_strong.replace(is_strong) == is_strong {
            return;
        }
        let mut count = 0;
        if is_strong {
            // SAFETY: only `drop` deletes the reference, and this is its environment's thread.
            let _ = unsafe { sys::napi_reference_ref(self.env, self.reference, &raw mut count) };
        } else {
            // SAFETY: as above.
            let _ = unsafe { sys::napi_reference_unref(self.env, self.reference, &raw mut count) };
        }
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        // SAFETY: created in `new` and deleted once. The environment still exists, since finalizers
        // run before its end.
        let _ = unsafe { sys::napi_delete_reference(self.env, self.reference) };
    }
}
