//! What the owner of a pool provides: workers, and a bridge that receives the outcomes of their
//! tasks.

use crate::outcome::Outcome;
use crate::token::CancelToken;
use std::time::Duration;
use std::{fmt, io};

/// Runs the tasks of one thread.
///
/// A worker is created on its thread, for its first task, and never leaves it. After a panic it is
/// dropped and the thread is replaced, so it may keep state, such as buffers, from task to task.
pub trait Worker: 'static {
    /// The input of a task.
    type Input: Send + 'static;
    /// The result of a task.
    type Output: Send + 'static;
    /// Why a task failed.
    type Error: Send + 'static;

    /// Runs one task.
    ///
    /// If the task may take more than a few milliseconds, the worker polls `token` about once a
    /// millisecond and returns when it is cancelled. The returned value does not matter then.
    ///
    /// # Errors
    ///
    /// The error fails this task only. The worker runs the next task.
    fn run(&mut self, input: Self::Input, token: &CancelToken)
    -> Result<Self::Output, Self::Error>;

    /// Called when the worker has had no task for [`Worker::REST_AFTER`]: it frees what it keeps for the next task.
    fn rest(&mut self) {}

    /// How long a worker is idle before [`Worker::rest`]; `None` for never.
    const REST_AFTER: Option<Duration> = None;
}

/// Receives the outcomes of a pool's tasks, and its events. Called concurrently from worker
/// threads, from the timer thread and from the threads that call the pool. It must not panic and
/// should not block.
pub trait Bridge<W: Worker>: Send + Sync + 'static {
    /// The task with this number is settled. The worker that ran it is free by now, or has its next
    /// task; or it is stopping, if the task was settled while it ran.
    fn finished(&self, task: u32, outcome: Outcome<W::Output, W::Error>);

    /// A worker panicked with this message, which is not the outcome of its task: the task has been
    /// cancelled or given up, or has timed out.
    fn worker_crashed(&self, message: String);

    /// A thread that tasks need cannot be started. The pool goes on with the threads that it has.
    /// It retries after 100 ms if tasks still need one. Not called again until an attempt succeeds.
    fn thread_missing(&self, error: SpawnError);

    /// There may be room for a task although no task has settled: a worker has stopped, or starting
    /// threads has succeeded again.
    fn room_freed(&self) {}

    /// The pool has ended: the last thread is about to exit, or a pool without threads was closed. No
    /// call follows.
    fn closed(&self);
}

/// A worker thread could not be started.
#[derive(Debug)]
pub struct SpawnError(pub(crate) io::Error);

impl fmt::Display for SpawnError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "cannot start a worker thread: {}", self.0)
    }
}

impl std::error::Error for SpawnError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.0)
    }
}
