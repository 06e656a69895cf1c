//! How long tasks may wait and run.

use super::Schedule;
use crate::clock::Timestamp;
use crate::queue::Task;

impl<I> Schedule<I> {
    /// Whether there is a task that may not wait or run for ever.
    pub(crate) fn has_limits(&self) -> bool {
        self.queue.has_limits() || !self.deadlines.is_empty()
    }

    /// Until when every task may wait; `None` if for ever.
    pub(crate) fn first_limit(&self) -> Option<Timestamp> {
        self.queue.first_limit()
    }

    /// Takes out a task that has waited for too long.
    pub(crate) fn expire(&mut self, now: Timestamp) -> Option<Task<I>> {
        let task = self.queue.pop_late(now)?;
        self.counters.timed_out += 1;
        Some(task)
    }

    /// Until when every task may wait that a free worker is on its way to; `None` if for ever. Of
    /// interest where that can take long.
    pub(crate) fn first_start_limit(&self) -> Option<Timestamp> {
        self.starting.iter().filter_map(Task::limit).min()
    }

    /// Takes out such a task that has waited for too long.
    pub(crate) fn expire_starting(&mut self, now: Timestamp) -> Option<Task<I>> {
        let is_late = |task: &Task<I>| task.limit().is_some_and(|limit| limit <= now);
        let at = self.starting.iter().position(is_late)?;
        let task = self.take_starting(at)?;
        self.counters.timed_out += 1;
        Some(task)
    }

    /// Settles a task that has run for longer than it may: its worker is told to stop. Returns its seat and its
    /// number.
    pub(crate) fn stop_late(&mut self, now: Timestamp) -> Option<(usize, u32)> {
        let &(deadline, seat) = self.deadlines.first()?;
        if deadline > now {
            return None;
        }
        let number = self.stop(seat)?;
        self.counters.timed_out += 1;
        Some((seat, number))
    }

    /// Until when every task may run; `None` if for ever.
    pub(crate) fn first_deadline(&self) -> Option<Timestamp> {
        self.deadlines.first().map(|&(deadline, _)| deadline)
    }
}
