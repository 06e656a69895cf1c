//! How a task settles.

/// How an admitted task settled. Every admitted task has exactly one outcome, unless it is
/// cancelled before ([`Cancelled`]).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome<T, E> {
    /// The worker returned a result.
    Completed(T),
    /// The worker returned an error. It runs the next task.
    Failed(E),
    /// The worker panicked with this message. Its thread is replaced.
    Crashed(String),
    /// The task ran for longer than its `timeout`.
    TimedOut,
    /// The task waited for longer than its `queue_timeout`, and never ran.
    QueueTimedOut,
    /// The pool was closed by force or dropped before the task had ended.
    GivenUp,
}

/// The result of a cancellation. Unless it is `Gone`, the task is settled by it and no outcome
/// follows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use]
pub enum Cancelled {
    /// The task was waiting. It never runs.
    Removed,
    /// The task was running. Its token is cancelled, and its result does not count. The worker is
    /// busy until it returns.
    Stopping,
    /// The task was settled before, or there is no such task. Nothing was done.
    Gone,
}

impl<T, E> From<Result<T, E>> for Outcome<T, E> {
    fn from(result: Result<T, E>) -> Self {
        match result {
            Ok(output) => Self::Completed(output),
            Err(error) => Self::Failed(error),
        }
    }
}
