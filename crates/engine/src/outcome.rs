//! What can become of a task.

use std::fmt;

/// What became of a task that was admitted. Every admitted task has exactly one outcome, unless its
/// pool is abandoned first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome<T, E> {
    /// The worker returned a result.
    Completed(T),
    /// The worker returned an error; it goes on with the next task.
    Failed(E),
    /// The worker panicked with these words; its thread was replaced.
    Crashed(String),
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
