//! Functions that are called for every task, or every few. A call of a class method costs several
//! hundred nanoseconds, most of them to unwrap `this`. A closure that owns its state costs sixty.

use napi::bindgen_prelude::{FunctionCallContext, Object, ToNapiValue};
use napi::{Env, Result};
use native_worker_pool_engine::TaskOptions;
use std::rc::Rc;
use std::time::Duration;

/// Adds functions to an object. Each owns a reference to the shared state.
pub(crate) struct Functions<'a, 'env, T> {
    env: &'env Env,
    object: &'a mut Object<'env>,
    inner: &'a Rc<T>,
}

impl<'a, 'env, T: 'static> Functions<'a, 'env, T> {
    pub(crate) fn of(env: &'env Env, object: &'a mut Object<'env>, inner: &'a Rc<T>) -> Self {
        Self { env, object, inner }
    }

    /// Adds a function that calls `body` with the shared state. napi-rs throws a panic of `body` as
    /// an error.
    ///
    /// # Errors
    ///
    /// If Node-API cannot create the function.
    pub(crate) fn function<R: ToNapiValue>(
        &mut self,
        name: &str,
        body: impl Fn(&T, FunctionCallContext<'_>) -> Result<R> + 'static,
    ) -> Result<()> {
        let inner = Rc::clone(self.inner);
        let function = self
            .env
            .create_function_from_closure::<(), _, _>(name, move |call| body(&inner, call))?;
        self.object.set(name, function)
    }
}

/// A time limit in milliseconds; `None`, hence no limit, for `Infinity` and all else that is no
/// duration.
pub(crate) fn span(milliseconds: f64) -> Option<Duration> {
    Duration::try_from_secs_f64(milliseconds / 1e3).ok()
}

/// The options of a task, from the third argument on: priority, timeout and queue timeout, both in
/// milliseconds.
///
/// # Errors
///
/// If an argument is no number.
pub(crate) fn options(call: &FunctionCallContext<'_>) -> Result<TaskOptions> {
    Ok(TaskOptions {
        #[expect(clippy::cast_possible_truncation, reason = "a safe integer")]
        priority: call.get::<f64>(2)? as i64,
        timeout: span(call.get(3)?),
        queue_timeout: span(call.get(4)?),
    })
}

/// Saturates at `u32::MAX`.
pub(crate) fn count(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}

/// A limit from JavaScript: not negative, infinite for none.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "not negative; the cast saturates, and the largest value means no limit"
)]
pub(crate) fn limit(limit: f64) -> usize {
    limit as usize
}
