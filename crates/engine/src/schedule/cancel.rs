//! Tasks that are settled without a run, or before its end.

use super::Schedule;
use super::seat::Running;
use crate::outcome::Cancelled;
use crate::queue::Task;

impl<I> Schedule<I> {
    /// Cancels the task of that number, which settles it. Returns the task if it never ran.
    pub(crate) fn cancel(&mut self, number: u32) -> (Cancelled, Option<Task<I>>) {
        let removed = self
            .queue
            .remove(number)
            .or_else(|| self.remove_starting(number));
        if removed.is_some() {
            self.counters.aborted += 1;
            return (Cancelled::Removed, removed);
        }
        if self
            .seat_of(number)
            .and_then(|seat| self.stop(seat))
            .is_none()
        {
            return (Cancelled::Gone, None);
        }
        self.counters.aborted += 1;
        (Cancelled::Stopping, None)
    }

    /// Settles the task that runs in `seat`, if there is one, and cancels its token. The worker is
    /// stopping until [`Schedule::finish`]. Returns the number of the task, which another task may
    /// have from now on.
    pub(super) fn stop(&mut self, seat: usize) -> Option<u32> {
        let Running {
            number, started, ..
        } = self.take_running(seat)?;
        let seat = &mut self.seats[seat];
        seat.cancel.cancel();
        seat.stopping = Some(started);
        Some(number)
    }

    fn remove_starting(&mut self, number: u32) -> Option<Task<I>> {
        let has_number = |task: &Task<I>| task.number == number;
        let at = self.starting.iter().position(has_number)?;
        self.take_starting(at)
    }

    /// Removes the starting task at that index.
    pub(super) fn take_starting(&mut self, at: usize) -> Option<Task<I>> {
        let task = self.starting.remove(at);
        self.promote();
        task
    }

    /// Refuses tasks from now on and settles all tasks. Returns the numbers of the running ones,
    /// whose tokens are cancelled, and the others.
    pub(crate) fn give_up(&mut self) -> (Vec<u32>, Vec<Task<I>>) {
        self.is_open = false;
        let seats = 0..self.seats.len();
        let running: Vec<u32> = seats.filter_map(|seat| self.stop(seat)).collect();
        let mut waiting = Vec::from(std::mem::take(&mut self.starting));
        waiting.extend(self.seats.iter_mut().flat_map(|seat| seat.ahead.drain(..)));
        self.ahead = 0;
        waiting.extend(std::iter::from_fn(|| self.queue.pop()));
        self.counters.aborted += (running.len() + waiting.len()) as u64;
        (running, waiting)
    }

    /// Refuses tasks from now on and removes the queued tasks, which settles them. Running and
    /// starting tasks stay, and tasks that are reserved for a worker.
    pub(crate) fn drop_queued(&mut self) -> Vec<Task<I>> {
        self.is_open = false;
        let queued: Vec<_> = std::iter::from_fn(|| self.queue.pop()).collect();
        self.counters.aborted += queued.len() as u64;
        queued
    }

    /// Removes all tasks that wait for any worker, and counts them as failed.
    pub(crate) fn fail_waiting(&mut self) -> Vec<Task<I>> {
        let mut waiting = Vec::from(std::mem::take(&mut self.starting));
        waiting.extend(std::iter::from_fn(|| self.queue.pop()));
        self.counters.failed += waiting.len() as u64;
        waiting
    }
}
