//! What is called for every task, or every few. A method of a class costs several hundred nanoseconds,
//! most of them for finding out what it was called on; a function that knows costs sixty.

use napi::bindgen_prelude::{FunctionCallContext, Object, ToNapiValue};
use napi::{Env, Result};
use native_worker_pool_engine::{Refused, TaskOptions};
use std::rc::Rc;
use std::time::Duration;

/// Adds functions to an object, each with its own hold on what it works on.
pub(crate) struct Functions<'a, 'env, T> {
    env: &'env Env,
    object: &'a mut Object<'env>,
    inner: &'a Rc<T>,
}

impl<'a, 'env, T: 'static> Functions<'a, 'env, T> {
    pub(crate) fn of(env: &'env Env, object: &'a mut Object<'env>, inner: &'a Rc<T>) -> Self {
        Self { env, object, inner }
    }

    /// Adds a function that works on what the object was made for. A panic of `body` is thrown as an error, by
    /// napi-rs.
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

/// The code of the error that a caller gets for a task that was not admitted.
pub(crate) fn code(admitted: std::result::Result<(), Refused>) -> Option<&'static str> {
    match admitted {
        Ok(()) => None,
        Err(Refused::Full) => Some("ERR_POOL_QUEUE_FULL"),
        Err(Refused::Closed) => Some("ERR_POOL_CLOSED"),
    }
}

/// A time limit as JavaScript says it; `None` for one that is out of all bounds.
pub(crate) fn span(milliseconds: f64) -> Option<Duration> {
    Duration::try_from_secs_f64(milliseconds / 1e3).ok()
}

/// The options of a task, from the third argument on: priority, timeout and queue timeout.
pub(crate) fn options(call: &FunctionCallContext<'_>) -> Result<TaskOptions> {
    Ok(TaskOptions {
        #[expect(clippy::cast_possible_truncation, reason = "a safe integer")]
        priority: call.get::<f64>(2)? as i64,
        timeout: span(call.get(3)?),
        queue_timeout: span(call.get(4)?),
    })
}

/// As many as JavaScript is told of at most.
pub(crate) fn count(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}
