//! Tasks that a worker has ahead of it, or has taken and not begun: for workers that are no threads of this
//! crate, and far from the queue.

use super::seat::{Assigned, Seat};
use super::{Job, Schedule};
use crate::clock::Timestamp;
use crate::queue::Task;

impl<I> Schedule<I> {
    /// Has the task that is next in the queue wait for the worker in `seat`, which has one, and for no
    /// other: it follows when that has ended. It counts as queued until then, but nothing overtakes it
    /// or takes it out, so it has to be a plain one. `None` if there is nothing of the kind, or if then
    /// each worker that ends its task meanwhile would not find another.
    pub(crate) fn take_ahead(&mut self, seat: usize) -> Option<u32> {
        let is_running = self.seats[seat].running.is_some();
        let is_enough = self.starting.is_empty() && self.queue.len() > self.seats.len();
        if !is_running || !is_enough || !self.queue.is_plain() {
            return None;
        }
        let task = self.queue.pop()?;
        let number = task.number;
        self.seats[seat].ahead.push_back(task);
        self.ahead += 1;
        Some(number)
    }

    /// The last `count` of the tasks that wait for the worker in `seat` wait for any again, before all
    /// others of their like.
    pub(crate) fn recall(&mut self, seat: usize, count: usize) {
        for _ in 0..count {
            let Some(task) = self.seats[seat].ahead.pop_back() else {
                return;
            };
            self.ahead -= 1;
            self.queue.put_back(task);
        }
        self.promote();
    }

    /// Assigns the next task to the worker in `seat`, which is free and will not begin it before something else,
    /// after which [`Schedule::begin`] is called. The task counts as running, but is still waiting for all else.
    pub(crate) fn assign(&mut self, seat: usize, now: Timestamp) -> Option<u32> {
        let task = self.starting.pop_front()?;
        self.free -= 1;
        let number = task.number;
        self.seats[seat].assigned = Some(Assigned { task, since: now });
        Some(number)
    }

    /// The worker in `seat` has begun the task that was assigned to it, if one was: at that time, but not before
    /// that.
    pub(crate) fn begin(&mut self, seat: usize, at: Timestamp) -> Option<Job<I>> {
        let Assigned { task, since } = self.seats[seat].assigned.take()?;
        Some(self.start(seat, task, at.max(since)))
    }

    /// The seat that a task is assigned to.
    pub(crate) fn assigned_to(&self, number: u32) -> Option<usize> {
        let has_it =
            |seat: &Seat<I>| matches!(&seat.assigned, Some(it) if it.task.number == number);
        self.seats.iter().position(has_it)
    }

    /// Until when every task may wait that is assigned; `None` if for ever.
    pub(crate) fn first_assigned_limit(&self) -> Option<Timestamp> {
        self.seats.iter().filter_map(Seat::assigned_limit).min()
    }

    /// The seat of a task that is assigned and has waited for too long.
    pub(crate) fn late_assigned(&self, now: Timestamp) -> Option<usize> {
        let is_late = |seat: &Seat<I>| seat.assigned_limit().is_some_and(|limit| limit <= now);
        self.seats.iter().position(is_late)
    }

    /// The worker in `seat`, for which no other waits, will not run its task after all, and has not begun: the
    /// task is the next.
    pub(crate) fn put_back(&mut self, seat: usize, input: I) {
        let assigned = self.seats[seat].assigned.take().map(|it| it.task);
        let Some(task) = assigned.or_else(|| self.not_begun(seat, input)) else {
            return;
        };
        self.free += 1;
        self.starting.push_front(task);
    }

    /// Takes back the task that runs in `seat`.
    fn not_begun(&mut self, seat: usize, input: I) -> Option<Task<I>> {
        let running = self.take_running(seat)?;
        Some(Task {
            number: running.number,
            input,
            submitted: running.started,
            asked: running.asked,
        })
    }

    /// Takes out all tasks that wait for any worker, which fail.
    pub(crate) fn fail_waiting(&mut self) -> Vec<Task<I>> {
        let mut waiting = Vec::from(std::mem::take(&mut self.starting));
        waiting.extend(std::iter::from_fn(|| self.queue.pop()));
        self.counters.failed += waiting.len() as u64;
        waiting
    }
}
