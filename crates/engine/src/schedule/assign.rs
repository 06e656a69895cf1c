//! Tasks of workers that are still starting. For workers that are no threads of this crate.

use super::seat::{Assigned, Seat};
use super::{Job, Schedule};
use crate::clock::Timestamp;
use crate::queue::Task;

impl<I> Schedule<I> {
    /// Assigns the next task to the free worker in `seat`, which begins it when it has started, see
    /// [`Schedule::begin`]. The task counts as running, but its waiting time and its queue limit go
    /// on.
    pub(crate) fn assign(&mut self, seat: usize, now: Timestamp) -> Option<u32> {
        let task = self.starting.pop_front()?;
        self.occupied += 1;
        let number = task.number;
        self.seats[seat].assigned = Some(Assigned { task, since: now });
        Some(number)
    }

    /// Starts the task assigned to the worker in `seat`, if there is one. It began at `at`, or when
    /// it was assigned if that is later.
    pub(crate) fn begin(&mut self, seat: usize, at: Timestamp) -> Option<Job<I>> {
        let Assigned { task, since } = self.seats[seat].assigned.take()?;
        Some(self.start(seat, task, at.max(since)))
    }

    /// The seat to which a task is assigned.
    pub(crate) fn assigned_to(&self, number: u32) -> Option<usize> {
        let has_it = |seat: &Seat<I>| matches!(&seat.assigned, Some(assigned) if assigned.task.number == number);
        self.seats.iter().position(has_it)
    }

    /// The earliest queue limit among assigned tasks.
    pub(crate) fn first_assigned_limit(&self) -> Option<Timestamp> {
        self.seats.iter().filter_map(Seat::assigned_limit).min()
    }

    /// The seat of an assigned task that has exceeded its queue limit.
    pub(crate) fn late_assigned(&self, now: Timestamp) -> Option<usize> {
        let is_late = |seat: &Seat<I>| seat.assigned_limit().is_some_and(|limit| limit <= now);
        self.seats.iter().position(is_late)
    }

    /// Settles the task assigned to the worker in `seat`, which has exceeded its queue limit and
    /// cannot be put back. The worker is stopping until [`Schedule::finish`].
    pub(crate) fn expire_assigned(&mut self, seat: usize, now: Timestamp) {
        if self.seats[seat].assigned.take().is_some() {
            self.seats[seat].stopping = Some(now);
            self.counters.timed_out += 1;
        }
    }

    /// Returns the task of the worker in `seat`, which has not begun it, to the front of all
    /// waiting tasks. No tasks may be reserved for the worker.
    pub(crate) fn put_back(&mut self, seat: usize, input: I) {
        let assigned = self.seats[seat].assigned.take().map(|it| it.task);
        let Some(task) = assigned.or_else(|| self.take_unbegun(seat, input)) else {
            return;
        };
        self.occupied -= 1;
        self.starting.push_front(task);
        self.fit();
    }

    /// Removes the running task from `seat`. Its waiting time counts from its start.
    fn take_unbegun(&mut self, seat: usize, input: I) -> Option<Task<I>> {
        let running = self.take_running(seat)?;
        Some(Task {
            number: running.number,
            input,
            submitted: running.started,
            attributes: running.attributes,
        })
    }
}
