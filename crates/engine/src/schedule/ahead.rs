//! Tasks that a worker has ahead of it, or has taken and not begun: for workers that are no threads of this
//! crate, and far from the queue.

use super::Schedule;
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

    /// The worker in `seat`, for which no other waits, will not run its task after all, and has not
    /// begun: the task is the next.
    pub(crate) fn put_back(&mut self, seat: usize, input: I) {
        let Some(running) = self.take_running(seat) else {
            return;
        };
        self.free += 1;
        self.starting.push_front(Task {
            number: running.number,
            input,
            submitted: running.started,
            timeout: running.timeout,
            limit: running.limit,
            priority: running.priority,
        });
    }
}
