//! What the tests need beside the workers of a test build.

use napi_derive::napi;
use native_worker_pool_engine::ThreadMain;
use std::io;
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread::{Builder, JoinHandle};

/// Opens a gate of the worker `native:test-gate`.
#[napi]
pub fn open_gate(number: f64) {
    native_worker_pool_workers::test_workers::open_gate(number);
}

/// Whether a task has come to a gate of that worker.
#[must_use]
#[napi]
pub fn is_reached(number: f64) -> bool {
    native_worker_pool_workers::test_workers::is_reached(number)
}

/// How many of the next threads cannot be started.
static FAILING_SPAWNS: AtomicU32 = AtomicU32::new(0);

/// Has so many of the process's next attempts to start a worker thread fail.
#[napi]
pub fn fail_spawns(count: u32) {
    FAILING_SPAWNS.store(count, Ordering::Relaxed);
}

/// Starts a thread, unless [`fail_spawns`] says not to.
pub(crate) fn spawn(name: &str, main: ThreadMain) -> io::Result<JoinHandle<()>> {
    let fails = |left: u32| left.checked_sub(1);
    let counted = FAILING_SPAWNS.fetch_update(Ordering::Relaxed, Ordering::Relaxed, fails);
    if counted.is_ok() {
        return Err(io::Error::other("the test has it fail"));
    }
    Builder::new().name(name.to_owned()).spawn(main)
}
