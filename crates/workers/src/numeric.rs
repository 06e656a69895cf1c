//! Workers that compute a number of a number.

use crate::{Failure, Payload};
use native_worker_pool_engine::{CancelToken, Worker};

/// The input of a numeric worker's task: any number, including NaN.
pub type Input = f64;
/// The result of a numeric worker's task.
pub type Output = f64;

/// A worker whose tasks take a number and result in one.
///
/// A worker may keep state from task to task; after a panic it is dropped and a new one made. It
/// must neither overflow the stack (2 MiB) nor abort: those end the process.
pub trait NumericWorker {
    /// Runs one task.
    ///
    /// A worker whose tasks may take more than a few milliseconds calls
    /// [`CancelToken::is_cancelled`] about once a millisecond, and
    /// returns [`Failure::cancelled`] when that is true. An aborted or timed-out task is settled at
    /// once, but its worker runs no other task until it returns.
    ///
    /// # Errors
    ///
    /// A [`Failure`] rejects this task only; the worker runs the next.
    fn run(&mut self, input: Input, token: &CancelToken) -> Result<Output, Failure>;
}

impl Worker for Box<dyn NumericWorker> {
    type Input = Payload;
    type Output = Output;
    type Error = Failure;

    fn run(&mut self, payload: Payload, token: &CancelToken) -> Result<Output, Failure> {
        match payload.input() {
            Some(input) => self.as_mut().run(input, token),
            // JavaScript knows the reason and rejects with it.
            None => Err(Failure::invalid_value("invalid data")),
        }
    }
}
