//! Time limits: how long tasks may wait and run.

use super::Schedule;
use crate::clock::Timestamp;
use crate::queue::Task;

impl<I> Schedule<I> {
    /// Whether any queued or running task has a time limit.
    pub(crate) fn has_limits(&self) -> bool {
        self.queue.has_limits() || !self.deadlines.is_empty()
    }

    /// The earliest queue limit among queued tasks.
    pub(crate) fn first_limit(&self) -> Option<Timestamp> {
        self.queue.first_limit()
    }

    /// Removes a queued task that has exceeded its queue limit.
    pub(crate) fn expire(&mut self, now: Timestamp) -> Option<Task<I>> {
        let task = self.queue.pop_late(now)?;
        self.counters.timed_out += 1;
        Some(task)
    }

    /// The earliest queue limit among starting tasks. It matters where a start can take long.
    pub(crate) fn first_start_limit(&self) -> Option<Timestamp> {
        self.starting.iter().filter_map(Task::limit).min()
    }

    /// Removes a starting task that has exceeded its queue limit.
    pub(crate) fn expire_starting(&mut self, now: Timestamp) -> Option<Task<I>> {
        let is_late = |task: &Task<I>| task.limit().is_some_and(|limit| limit <= now);
        let at = self.starting.iter().position(is_late)?;
        let task = self.take_starting(at)?;
        self.counters.timed_out += 1;
        Some(task)
    }

    /// Settles a running task that has exceeded its deadline, and cancels its token. Returns its
    /// seat and its number.
    pub(crate) fn stop_late(&mut self, now: Timestamp) -> Option<(usize, u32)> {
        let &(deadline, seat) = self.deadlines.first()?;
        if deadline > now {
            return None;
        }
        let number = self.stop(seat)?;
        self.counters.timed_out += 1;
        Some((seat, number))
    }

    /// The earliest deadline among running tasks.
    pub(crate) fn first_deadline(&self) -> Option<Timestamp> {
        self.deadlines.first().map(|&(deadline, _)| deadline)
    }
}
