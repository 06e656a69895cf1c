//! The built-in native workers, one file each, and the trait they implement.
//!
//! To add one: write its file, add it to [`BUILT_INS`], and give it a codec of the same name in the
//! package's `lib/codecs/`, which turns what a caller passes to `run` into the [`Input`] and the
//! [`Output`] into what the caller gets.

#![forbid(unsafe_code)]

mod failure;
pub mod fib;
#[cfg(feature = "test-workers")]
pub mod test_workers;

pub use failure::Failure;
use native_worker_pool_engine::{CancelToken, Worker};

mod payload;

pub use payload::Payload;

/// What a task of a native worker is given: any number, also NaN.
pub type Input = f64;
/// What a task of a native worker results in.
pub type Output = f64;

/// A worker that runs on a Rust thread of the pool.
///
/// A worker may keep state from task to task; after a panic it is dropped and a new one made. It
/// must neither overflow the stack (2 MiB) nor abort: those end the whole process.
pub trait NativeWorker {
    /// Runs one task.
    ///
    /// A worker whose tasks may take more than a few milliseconds calls [`CancelToken::is_cancelled`]
    /// about once a millisecond and returns [`Failure::Cancelled`] when it says so. A task that is aborted or
    /// runs for too long is settled at once; its worker is of no use to others until it has returned.
    ///
    /// # Errors
    ///
    /// A [`Failure`] rejects this task only; the worker goes on with the next.
    fn run(&mut self, input: Input, token: &CancelToken) -> Result<Output, Failure>;
}

impl Worker for Box<dyn NativeWorker> {
    type Input = Payload;
    type Output = Output;
    type Error = Failure;

    fn run(&mut self, payload: Payload, token: &CancelToken) -> Result<Output, Failure> {
        match payload.input() {
            Some(input) => self.as_mut().run(input, token),
            // What was wrong with it is known where it was submitted.
            None => Err(Failure::InvalidInput("invalid data".to_owned())),
        }
    }
}

/// A native worker that can be asked for by name.
#[derive(Debug, Clone, Copy)]
pub struct BuiltIn {
    /// How JavaScript names the worker: `native:NAME`. Its threads have this name too.
    pub name: &'static str,
    /// Makes a worker; called on the thread that will run it.
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

/// The native worker of that name, if this build has one.
#[must_use]
pub fn find(name: &str) -> Option<&'static BuiltIn> {
    BUILT_INS.iter().find(|built_in| built_in.name == name)
}
