//! What the owner of a pool provides: workers, and where the outcomes of their tasks go.

use crate::outcome::Outcome;
use crate::token::CancelToken;
use std::{fmt, io};

/// What runs the tasks of one thread.
///
/// A worker is made on its thread, for its first task, and never leaves it. After a panic it is
/// dropped and its thread replaced, so it may keep state (buffers, say) without guarding it.
pub trait Worker: 'static {
    /// What a task is given.
    type Input: Send + 'static;
    /// What a task results in.
    type Output: Send + 'static;
    /// Why a task failed.
    type Error: Send + 'static;

    /// Runs one task.
    ///
    /// If it may take more than a few milliseconds it looks at `token` about once a millisecond and
    /// returns when that is cancelled; with what does not matter then.
    ///
    /// # Errors
    ///
    /// Whatever the worker has to say about this input. It is called again for the next task.
    fn run(&mut self, input: Self::Input, token: &CancelToken)
    -> Result<Self::Output, Self::Error>;
}

/// Where a pool delivers what becomes of its tasks. Called from worker threads, from a timer thread and from
/// whoever calls the pool, one after the other or at once; must not panic and should not block.
pub trait Bridge<W: Worker>: Send + Sync + 'static {
    /// The task that was submitted with this number is settled. When this is called, the worker that ran it is
    /// free or busy with another task, or it is stopping: then it was told to stop and has not ended yet.
    fn finished(&self, task: u32, outcome: Outcome<W::Output, W::Error>);

    /// A worker panicked with these words while it was stopping. Its task is settled.
    fn worker_crashed(&self, words: String);

    /// A thread that tasks need cannot be started. The pool goes on with those it has, and tries again
    /// when a task needs one, not before 100 ms. Said once until it succeeds.
    fn thread_missing(&self, error: SpawnError);

    /// There may be room for a task though none has settled: a worker has stopped, or a thread has been started after
    /// others could not be.
    fn room_freed(&self) {}

    /// The last thread is about to end; no call follows.
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
