//! An instance of a user's task. It calls the functions of the task's table.
//!
//! The table is checked, see `user_task`. An instance is used by one thread, and destroyed there
//! once. No call unwinds: the SDK catches panics, and the protocol forbids it to others. What the
//! functions of a [`Task`] do here cannot panic.

use crate::values;
use native_worker_pool_sdk::abi::{self, FAILED, OK, PANICKED, Table};
use native_worker_pool_sdk::boundary::Owned;
use native_worker_pool_workers::{Failure, NativeTask, Task, Value};
use std::ffi::c_void;
use std::panic::resume_unwind;
use std::ptr;

/// An instance on its thread.
pub(crate) struct Instance {
    table: &'static Table,
    state: *mut c_void,
    /// Of the task, for messages.
    name: Box<str>,
}

/// How a call has failed.
enum Failed {
    Failure(Failure),
    /// The instance cannot be used any more.
    Panic(String),
}

impl Instance {
    /// Creates an instance. A panic of the user's code is resumed here, so the thread handles it
    /// like a panic of a built-in task.
    ///
    /// # Errors
    ///
    /// The failure of the user's code.
    pub(crate) fn create(name: &str, table: &'static Table) -> Result<Self, Failure> {
        let mut state = ptr::null_mut();
        if let Some(create) = table.create {
            let mut error = Owned::undefined();
            // SAFETY: a function of the table, with its data, and two places for what it makes.
            let status = unsafe { create(table.data, &raw mut state, error.as_mut_ptr()) };
            check(name, status, error).map_err(go_on)?;
        }
        Ok(Self {
            table,
            state,
            name: name.into(),
        })
    }
}

impl NativeTask for Instance {
    type Input = Value;
    type Output = Value;

    fn run(&mut self, input: Value, task: &Task<'_>) -> Result<Value, Failure> {
        let Some(run) = self.table.run else {
            return Err(Failure::new("The task has no function"));
        };
        let mut input = values::to_table(the_only_field(input));
        let mut output = Owned::undefined();
        let handle = handle_of(task);
        // SAFETY: a function of the table, with an instance that `create` made and nobody else
        // uses. The values and the handle outlive the call.
        let status = unsafe {
            run(
                self.state,
                input.as_mut_ptr(),
                output.as_mut_ptr(),
                &raw const handle,
            )
        };
        drop(input); // what the task has not taken
        let output = check(&self.name, status, output).map_err(go_on)?;
        values::from_table(output).map_err(|problem| {
            let name = &self.name;
            Failure::new(format!("The task {name} returned a value that {problem}"))
                .class("TypeError")
                .code("ERR_INVALID_RETURN_VALUE")
        })
    }
}

impl Drop for Instance {
    fn drop(&mut self) {
        if let Some(destroy) = self.table.destroy {
            // SAFETY: a function of the table, with an instance that `create` made and that is not
            // used afterwards.
            unsafe { destroy(self.state) };
        }
    }
}

/// Data cross as a list of fields, of which a user's task has one.
fn the_only_field(input: Value) -> Value {
    match input {
        Value::List(fields) => fields.into_iter().next().unwrap_or_default(),
        other => other,
    }
}

/// Returns the value that a function has set, if its status is [`OK`].
fn check(name: &str, status: i32, value: Owned) -> Result<Owned, Failed> {
    match status {
        OK => Ok(value),
        FAILED => Err(Failed::Failure(values::failure(value))),
        PANICKED => Err(Failed::Panic(values::message(value))),
        other => Err(Failed::Panic(format!(
            "The task {name} returned the status {other}, which is none of {OK}, {FAILED} and {PANICKED}"
        ))),
    }
}

/// Returns a failure, or resumes a panic. The thread of the pool catches it, like a panic of a
/// built-in task, and drops the instance.
fn go_on(failed: Failed) -> Failure {
    match failed {
        Failed::Failure(failure) => failure,
        // Without the panic hook, which the addon has called.
        Failed::Panic(message) => resume_unwind(Box::new(message)),
    }
}

/// Makes the handle of a running task for the user's code. It is valid while `task` is borrowed.
fn handle_of(task: &Task<'_>) -> abi::Task {
    #[expect(clippy::cast_possible_truncation, reason = "a few dozen bytes")]
    abi::Task {
        size: size_of::<abi::Task>() as u32,
        reserved: 0,
        context: ptr::from_ref(task).cast(),
        is_cancelled,
        report,
    }
}

/// The task behind a handle.
///
/// # Safety
///
/// `handle` was made by [`handle_of`], and the call of `run` that it was made for has not returned.
unsafe fn task_of<'a>(handle: *const abi::Task) -> &'a Task<'a> {
    // SAFETY: the caller's.
    let context = unsafe { (*handle).context };
    // SAFETY: the caller's: the task is borrowed by `run`.
    unsafe { &*context.cast::<Task<'_>>() }
}

unsafe extern "C" fn is_cancelled(handle: *const abi::Task) -> bool {
    // SAFETY: the protocol: called within `run`, on its thread, with its handle.
    let task = unsafe { task_of(handle) };
    task.is_cancelled()
}

unsafe extern "C" fn report(handle: *const abi::Task, done: f64, total: f64) {
    // SAFETY: as above.
    let task = unsafe { task_of(handle) };
    task.report(done, (!total.is_nan()).then_some(total));
}
