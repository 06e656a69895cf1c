//! What the scheduler requires of the owner of the threads.

use crate::queue::Task;

/// Starts threads and delivers outcomes. Called without the lock, by whichever thread called the
/// scheduler.
pub(crate) trait ThreadHost<I>: Send + Sync {
    /// Starts the thread of a seat. That thread calls [`Scheduler::enter`] and then
    /// [`Scheduler::take`]. The host calls [`Scheduler::thread_started`] or
    /// [`Scheduler::thread_failed`].
    ///
    /// [`Scheduler::enter`]: super::Scheduler::enter
    /// [`Scheduler::take`]: super::Scheduler::take
    /// [`Scheduler::thread_started`]: super::Scheduler::thread_started
    /// [`Scheduler::thread_failed`]: super::Scheduler::thread_failed
    fn start(&self, seat: usize);

    /// Delivers the outcomes of these tasks, and then calls
    /// [`Scheduler::leave`](super::Scheduler::leave).
    fn settled(&self, tasks: Vec<Settled<I>>);
}

/// A task that was settled by the scheduler and not by its worker.
#[derive(Debug)]
pub(crate) struct Settled<I> {
    pub(crate) number: u32,
    /// The input, if the task never ran.
    pub(crate) input: Option<I>,
    pub(crate) reason: SettleReason,
}

/// Why the scheduler settled a task.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SettleReason {
    /// It ran for longer than its timeout.
    TimedOut,
    /// It waited for longer than its queue timeout.
    QueueTimedOut,
    /// The pool was closed by force.
    GivenUp,
}

impl<I> Settled<I> {
    /// A task that runs. Its worker owns the input.
    pub(super) fn running(number: u32, reason: SettleReason) -> Self {
        Self {
            number,
            input: None,
            reason,
        }
    }

    /// A task that was removed before it ran.
    pub(super) fn removed(task: Task<I>, reason: SettleReason) -> Self {
        Self {
            number: task.number,
            input: Some(task.input),
            reason,
        }
    }
}
