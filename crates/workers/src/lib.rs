//! The built-in native workers, one file each, and the trait they implement.
//!
//! To add one: write its file, and add it to [`BUILT_INS`]. If callers pass or receive anything but
//! numbers, add a codec of the same name to the package's `lib/native/codecs/`. It converts the data
//! passed to `run` to an [`Input`], and the [`Output`] to the result.

#![forbid(unsafe_code)]

mod failure;
pub mod fib;
mod payload;
#[cfg(feature = "test-workers")]
pub mod test_workers;

pub use failure::Failure;
use native_worker_pool_engine::{CancelToken, Worker};
pub use payload::Payload;

/// The input of a native worker's task: any number, including NaN.
pub type Input = f64;
/// The result of a native worker's task.
pub type Output = f64;

/// A worker that runs on a Rust thread of the pool.
///
/// A worker may keep state from task to task. After a panic it is dropped and a new one is created.
/// It must neither overflow the stack (2 MiB) nor abort: both end the whole process.
pub trait NativeWorker {
    /// Runs one task.
    ///
    /// A worker whose tasks may take more than a few milliseconds calls
    /// [`CancelToken::is_cancelled`] about once a millisecond, and returns [`Failure::Cancelled`]
    /// when that is true. An aborted or timed-out task is settled at once, but its worker runs no
    /// other task until it returns.
    ///
    /// # Errors
    ///
    /// A [`Failure`] rejects this task only. The worker runs the next task.
    fn run(&mut self, input: Input, token: &CancelToken) -> Result<Output, Failure>;
}

impl Worker for Box<dyn NativeWorker> {
    type Input = Payload;
    type Output = Output;
    type Error = Failure;

    fn run(&mut self, payload: Payload, token: &CancelToken) -> Result<Output, Failure> {
        match payload.input() {
            Some(input) => self.as_mut().run(input, token),
            // JavaScript knows the reason and rejects with it.
            None => Err(Failure::InvalidInput("invalid data".to_owned())),
        }
    }
}

/// A native worker and its name.
#[derive(Debug, Clone, Copy)]
pub struct BuiltIn {
    /// The worker's name in JavaScript, `native:NAME`, and the name of its threads.
    pub name: &'static str,
    /// Creates a worker. Called on the thread that runs it.
    pub make: fn() -> Box<dyn NativeWorker>,
}

/// All native workers of this build.
pub const BUILT_INS: &[BuiltIn] = &[
    BuiltIn {
        name: "native:fib",
        make: || Box::new(fib::Fib),
    },
    #[cfg(feature = "test-workers")]
    BuiltIn {
        name: "native:test-panic",
        make: || Box::new(test_workers::Panic),
    },
    #[cfg(feature = "test-workers")]
    BuiltIn {
        name: "native:test-gate",
        make: || Box::new(test_workers::Gate),
    },
    #[cfg(feature = "test-workers")]
    BuiltIn {
        name: "native:test-deaf",
        make: || Box::new(test_workers::Deaf { panics: false }),
    },
    #[cfg(feature = "test-workers")]
    BuiltIn {
        name: "native:test-deaf-panic",
        make: || Box::new(test_workers::Deaf { panics: true }),
    },
    #[cfg(feature = "test-workers")]
    BuiltIn {
        name: "native:test-storm",
        make: || Box::new(test_workers::Storm),
    },
];

/// The native worker with that name, if this build has one.
#[must_use]
pub fn find(name: &str) -> Option<&'static BuiltIn> {
    BUILT_INS.iter().find(|built_in| built_in.name == name)
}
