//! Controls for the JavaScript tests. Only in builds with the feature `test-workers`.

use crate::functions::Functions;
use crate::protocol::{outcome, record, ring, schedule};
use crate::value::array_buffer_memory;
use napi::bindgen_prelude::Object;
use napi::{Env, Error, JsValue, Result, Unknown};
use napi_derive::napi;
use native_worker_pool_engine::ThreadMain;
use std::io;
use std::panic::resume_unwind;
use std::rc::Rc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread::{Builder, JoinHandle};

/// Opens a gate of the worker `native:test-gate` for good.
#[napi(catch_unwind)]
pub fn open_gate(number: f64) {
    native_worker_pool_workers::test_workers::open_gate(number);
}

/// Whether a task has reached a gate of that worker.
#[must_use]
#[napi(catch_unwind)]
pub fn is_reached(number: f64) -> bool {
    native_worker_pool_workers::test_workers::is_reached(number)
}

/// How many of the next attempts to start a thread fail.
static FAILING_SPAWNS: AtomicU32 = AtomicU32::new(0);

/// Makes the next `count` attempts of the process to start a worker thread fail.
#[napi(catch_unwind)]
pub fn fail_spawns(count: u32) {
    FAILING_SPAWNS.store(count, Ordering::Relaxed);
}

/// Starts a thread, or fails as [`fail_spawns`] requested.
///
/// # Errors
///
/// If [`fail_spawns`] or the operating system refuses it.
pub(crate) fn spawn(name: &str, main: ThreadMain) -> io::Result<JoinHandle<()>> {
    let fails = |left: u32| left.checked_sub(1);
    let counted = FAILING_SPAWNS.fetch_update(Ordering::Relaxed, Ordering::Relaxed, fails);
    if counted.is_ok() {
        return Err(io::Error::other("the test has it fail"));
    }
    Builder::new().name(name.to_owned()).spawn(main)
}

/// Where the memory of an `ArrayBuffer` is.
///
/// # Errors
///
/// If the value is none.
#[napi(catch_unwind)]
pub fn address_of(value: Unknown<'_>) -> Result<f64> {
    let memory = array_buffer_memory(value.value().env, value.raw())?;
    let (data, _) = memory.ok_or_else(|| Error::from_reason("no ArrayBuffer"))?;
    #[expect(
        clippy::cast_precision_loss,
        reason = "addresses have less than 53 bits"
    )]
    let address = data as usize as f64;
    Ok(address)
}

/// The numbers of `protocol`, by group and name.
///
/// # Errors
///
/// If Node-API cannot create the object.
#[napi(catch_unwind)]
pub fn protocol(env: &Env) -> Result<Object<'_>> {
    let mut groups = Object::new(env)?;
    for (name, numbers) in [
        ("OUTCOME", outcome::all()),
        ("RECORD", record::all()),
        ("RING", ring::all()),
        ("SCHEDULE", schedule::all()),
    ] {
        let mut group = Object::new(env)?;
        for (name, number) in numbers {
            group.set(name, number)?;
        }
        groups.set(name, group)?;
    }
    Ok(groups)
}

/// An exported function that panics.
#[napi(catch_unwind)]
pub fn panic_in_function() {
    panic("a function");
}

/// A class whose exports all panic.
#[napi]
#[derive(Debug)]
pub struct Panicking;

#[napi]
impl Panicking {
    /// Panics if `now` is true.
    #[napi(constructor, catch_unwind)]
    #[must_use]
    pub fn new(now: bool) -> Self {
        if now {
            panic("a constructor");
        }
        Self
    }

    /// Panics.
    #[napi(catch_unwind)]
    pub fn method(&self) {
        panic("a method");
    }

    /// Panics.
    #[napi(getter, catch_unwind)]
    #[must_use]
    pub fn getter(&self) -> u32 {
        panic("a getter")
    }

    /// Returns an object with a function that panics.
    ///
    /// # Errors
    ///
    /// If Node-API cannot create it.
    #[napi(catch_unwind)]
    pub fn functions<'env>(&self, env: &'env Env) -> Result<Object<'env>> {
        let mut functions = Object::new(env)?;
        Functions::of(env, &mut functions, &Rc::new(()))
            .function("closure", |(), _| -> Result<()> { panic("a closure") })?;
        Ok(functions)
    }
}

/// Unlike `panic!` this does not print through the panic hook.
fn panic(place: &str) -> ! {
    resume_unwind(Box::new(format!("panic in {place}")))
}
