//! The handle of a running task.

use crate::{abi, boundary};

/// The handle of a running task: tells it when to stop, and delivers its progress.
///
/// ```
/// use native_worker_pool_sdk::prelude::*;
///
/// fn sum(numbers: &[f64], task: &Task) -> Result<f64, Failure> {
///     let mut sum = 0.0;
///     for (done, number) in numbers.iter().enumerate() {
///         if done % 1000 == 0 {
///             if task.is_cancelled() {
///                 return Err(Failure::cancelled());
///             }
///             task.report(done as f64, numbers.len() as f64);
///         }
///         sum += number;
///     }
///     Ok(sum)
/// }
/// ```
#[derive(Debug)]
#[repr(transparent)]
pub struct Task(abi::Task);

impl Task {
    pub(crate) fn of(raw: &abi::Task) -> &Self {
        boundary::as_task(raw)
    }

    /// Whether the task should stop: its signal was aborted, its time is up, or the pool is closed
    /// by force.
    ///
    /// The promise has rejected by then. The thread is free for the next task when `run` returns,
    /// so a task that may take more than a few milliseconds calls this about once a millisecond,
    /// and returns [`Failure::cancelled`] if it is true. A call costs a few nanoseconds.
    ///
    /// ```
    /// use native_worker_pool_sdk::prelude::*;
    ///
    /// fn wait_for(mut is_there: impl FnMut() -> bool, task: &Task) -> Result<(), Failure> {
    ///     while !is_there() {
    ///         if task.is_cancelled() {
    ///             return Err(Failure::cancelled());
    ///         }
    ///     }
    ///     Ok(())
    /// }
    /// ```
    ///
    /// [`Failure::cancelled`]: crate::Failure::cancelled
    #[must_use]
    pub fn is_cancelled(&self) -> bool {
        boundary::is_cancelled(&self.0)
    }

    /// Reports progress to `onProgress` of `run`, as `{ done, total }` in units of your choice.
    /// `total` is a number, or `None` if it is unknown.
    ///
    /// Report as often as you like: only the latest report is delivered, every 10 ms, and the last
    /// one before the task settles.
    ///
    /// ```
    /// use native_worker_pool_sdk::prelude::*;
    ///
    /// fn run(rows: &[Vec<f64>], task: &Task) {
    ///     for (done, _row) in rows.iter().enumerate() {
    ///         task.report(done as f64, rows.len() as f64);
    ///     }
    ///     task.report(0.0, None);
    /// }
    /// ```
    pub fn report(&self, done: f64, total: impl Into<Option<f64>>) {
        boundary::report(&self.0, done, total.into().unwrap_or(f64::NAN));
    }
}
