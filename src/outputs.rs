//! Where a collection puts what belongs to its records: an array of values, and an arena.
//!
//! Most results of native tasks are short: hashes, say. To create a value of JavaScript for each
//! costs more than all else on their way, so short bytes and texts are written one after the other
//! to a buffer of JavaScript's, which slices them.

use crate::arena::ShortResult;
use crate::completion::Attachment;
use crate::protocol::outcome::FAILED;
use crate::value;
use napi::bindgen_prelude::{FunctionCallContext, Uint8ArraySlice};
use napi::{JsValue, Result, Unknown, check_status, sys};
use native_worker_pool_workers::{Failure, Value};
use std::ptr;

/// The second and the third argument of `collect`.
pub(crate) struct Outputs<'a> {
    call: &'a FunctionCallContext<'a>,
    /// How many values the array has.
    values: u32,
    /// How much of the arena is used, in bytes.
    used: usize,
}

impl<'a> Outputs<'a> {
    pub(crate) fn of(call: &'a FunctionCallContext<'a>) -> Self {
        Self {
            call,
            values: 0,
            used: 0,
        }
    }

    /// Puts what belongs to a record where JavaScript finds it, and says so in the record. A result
    /// that JavaScript cannot have becomes an error.
    pub(crate) fn attach(&mut self, record: &mut [f64], attachment: Attachment) {
        if let Attachment::Value(value) = &attachment
            && let Some((kind, at)) = self.write_short(value)
        {
            record[1] = f64::from(kind);
            record[2] = at;
            return;
        }
        if self.push(attachment.into_value()).is_ok() {
            return;
        }
        self.clear_exception();
        record[1] = f64::from(FAILED);
        let failure = Failure::too_large("The result of the task is too large for JavaScript");
        // Cannot fail: it is short.
        let _ = self.push(Attachment::Failure(failure).into_value());
    }

    /// Writes a short result to the arena. Returns the record's kind and its encoded position.
    fn write_short(&mut self, value: &Value) -> Option<(i8, f64)> {
        let short = ShortResult::of(value)?;
        let mut arena: Uint8ArraySlice<'_> = self.call.get(2).ok()?;
        // SAFETY: the array belongs to JavaScript, which does not run until `collect` returns. No
        // other thread has access to it.
        let arena = unsafe { arena.as_mut() };
        let position = short.write(arena, &mut self.used)?;
        Some((short.kind(), position))
    }

    fn push(&mut self, value: Value) -> Result<()> {
        let env = self.call.env.raw();
        let value = value::to_js(env, value)?;
        let array: Unknown<'_> = self.call.get(1)?;
        // SAFETY: `env` is current on this thread, and the values belong to it.
        check_status!(unsafe { sys::napi_set_element(env, array.raw(), self.values, value) })?;
        self.values += 1;
        Ok(())
    }

    fn clear_exception(&self) {
        let mut exception = ptr::null_mut();
        // SAFETY: `env` is current on this thread.
        let _ = unsafe {
            sys::napi_get_and_clear_last_exception(self.call.env.raw(), &raw mut exception)
        };
    }
}
