//! What can become of a task.

use std::fmt;

/// What became of a task that was admitted. Every admitted task has exactly one outcome, unless it is
/// cancelled before ([`Cancelled`]).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome<T, E> {
    /// The worker returned a result.
    Completed(T),
    /// The worker returned an error; it goes on with the next task.
    Failed(E),
    /// The worker panicked with these words; its thread was replaced.
    Crashed(String),
    /// It ran for longer than its `timeout`.
    TimedOut,
    /// It waited for longer than its `queue_timeout`, and never ran.
    QueueTimedOut,
    /// Its pool was closed by force or dropped before it had ended.
    GivenUp,
}

/// What was done about a task that its caller cancels. Unless it is gone, it is settled by that: no outcome
/// follows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use]
pub enum Cancelled {
    /// It was not running yet, and never will.
    Removed,
    /// It was running. Its worker is told to stop, and is busy until it has; what comes of it does not count.
    Stopping,
    /// It was settled before, or there is no such task. Nothing was done.
    Gone,
}

/// Why a task was not admitted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refused {
    /// Every worker is busy and the queue holds all it may.
    Full,
    /// The pool takes no more tasks.
    Closed,
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Full => "every worker is busy and the task queue is full",
            Self::Closed => "the pool takes no more tasks",
        })
    }
}

impl std::error::Error for Refused {}

impl<T, E> From<Result<T, E>> for Outcome<T, E> {
    fn from(result: Result<T, E>) -> Self {
        match result {
            Ok(output) => Self::Completed(output),
            Err(error) => Self::Failed(error),
        }
    }
}
