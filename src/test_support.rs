//! What the tests need beside the workers of a test build.

use napi_derive::napi;

/// Opens a gate of the worker `native:test-gate`.
#[napi]
pub fn open_gate(number: f64) {
    native_worker_pool_workers::test_workers::open_gate(number);
}
