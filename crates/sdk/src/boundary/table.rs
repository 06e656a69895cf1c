//! The functions of a table, which the pool calls with the arguments that `abi` promises.
//!
//! They catch every panic: none may unwind into a caller that has another panic runtime, or none.

use super::value::Owned;
use crate::abi::{self, Value};
use crate::testing::TestPool;
use crate::{NativeTask, Task, de, ser};
use std::any::Any;
use std::ffi::{CStr, c_void};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::{mem, ptr};

// SAFETY: a table is not written to, and its pointers stay valid.
unsafe impl Sync for abi::Table {}

pub(crate) fn as_task(task: &abi::Task) -> &Task {
    // SAFETY: `Task` has the layout of what it wraps.
    unsafe { &*ptr::from_ref(task).cast::<Task>() }
}

pub(crate) fn is_cancelled(task: &abi::Task) -> bool {
    // SAFETY: the pool's function, with the task that it belongs to.
    unsafe { (task.is_cancelled)(task) }
}

pub(crate) fn report(task: &abi::Task, done: f64, total: f64) {
    // SAFETY: as above.
    unsafe { (task.report)(task, done, total) };
}

/// The handle of a task that a test runs. It is valid while `pool` is borrowed.
pub(crate) fn test_task(pool: &TestPool) -> abi::Task {
    unsafe extern "C" fn is_cancelled(task: *const abi::Task) -> bool {
        // SAFETY: the task that `test_task` has made, which is in use.
        let pool = unsafe { (*task).context };
        // SAFETY: set below, and borrowed meanwhile.
        unsafe { &*pool.cast::<TestPool>() }.poll()
    }

    unsafe extern "C" fn report(task: *const abi::Task, done: f64, total: f64) {
        // SAFETY: as above.
        let pool = unsafe { (*task).context };
        // SAFETY: as above.
        unsafe { &*pool.cast::<TestPool>() }.record(done, total);
    }

    abi::Task {
        size: size_u32::<abi::Task>(),
        reserved: 0,
        context: ptr::from_ref(pool).cast(),
        is_cancelled,
        report,
    }
}

/// The size of a struct of a few dozen bytes.
const fn size_u32<T>() -> u32 {
    assert!(size_of::<T>() < 1024);
    #[expect(clippy::cast_possible_truncation, reason = "checked above")]
    let size = size_of::<T>() as u32;
    size
}

/// The table of a task.
#[must_use]
pub const fn table<T: NativeTask + Default>(name: &'static CStr) -> abi::Table {
    abi::Table {
        abi: abi::ABI,
        size: size_u32::<abi::Table>(),
        name: name.as_ptr(),
        flags: 0,
        create: Some(create::<T>),
        run: Some(run::<T>),
        destroy: Some(destroy::<T>),
        data: ptr::null_mut(),
    }
}

unsafe extern "C" fn create<T: NativeTask + Default>(
    _data: *mut c_void,
    instance: *mut *mut c_void,
    error: *mut Value,
) -> i32 {
    match catch(|| Box::new(T::default())) {
        Ok(made) => {
            // SAFETY: the pool's pointer to where the instance is to be.
            unsafe { *instance = Box::into_raw(made).cast() };
            abi::OK
        }
        Err(message) => {
            // SAFETY: the pool's pointer to an undefined value.
            unsafe { *error = Owned::text(message.into()).into_raw() };
            abi::PANICKED
        }
    }
}

unsafe extern "C" fn run<T: NativeTask>(
    instance: *mut c_void,
    input: *mut Value,
    output: *mut Value,
    task: *const abi::Task,
) -> i32 {
    // SAFETY: made by `create` of the same `T`, and used by one call at a time.
    let instance = unsafe { &mut *instance.cast::<T>() };
    // SAFETY: the pool's value, which outlives the call. `Owned` has its layout, and is not dropped
    // here.
    let input = unsafe { &mut *input.cast::<Owned>() };
    // SAFETY: the pool's task, which outlives the call. `Task` has its layout.
    let task = unsafe { &*task.cast::<Task>() };
    let outcome = catch(|| {
        let result = de::from_value(input).and_then(|input| instance.run(input, task));
        match result.and_then(|output| ser::to_value(&output)) {
            Ok(value) => (abi::OK, value),
            Err(failure) => (abi::FAILED, failure.into_owned()),
        }
    });
    let (status, value) = outcome.unwrap_or_else(|message| {
        let message = Owned::text(message.into());
        (abi::PANICKED, message)
    });
    // SAFETY: the pool's pointer to an undefined value.
    unsafe { *output = value.into_raw() };
    status
}

unsafe extern "C" fn destroy<T: NativeTask>(instance: *mut c_void) {
    // SAFETY: made by `create` of the same `T`, and destroyed once.
    let instance = unsafe { Box::from_raw(instance.cast::<T>()) };
    // A panic of a destructor has no task that it could end.
    let _ = catch(|| drop(instance));
}

/// Calls `f`. The error is the message of its panic.
fn catch<T>(f: impl FnOnce() -> T) -> Result<T, String> {
    catch_unwind(AssertUnwindSafe(f)).map_err(|payload| {
        let message = message(payload.as_ref());
        if let Err(payload) = catch_unwind(AssertUnwindSafe(move || drop(payload))) {
            mem::forget(payload); // its destructor may panic, too
        }
        message
    })
}

fn message(payload: &(dyn Any + Send)) -> String {
    if let Some(message) = payload.downcast_ref::<&'static str>() {
        (*message).to_owned()
    } else if let Some(message) = payload.downcast_ref::<String>() {
        message.clone()
    } else {
        "the task panicked without a message".to_owned()
    }
}
