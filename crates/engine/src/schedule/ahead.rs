//! Tasks reserved for a busy worker. For workers that are no threads of this crate, where a message
//! from the queue to a worker takes long.

use super::Schedule;

impl<I> Schedule<I> {
    /// Reserves the next queued task for the busy worker in `seat`, which runs it after its current
    /// task. The task counts as queued until then. `None` if a task with options is waiting, since
    /// a reserved task can be neither overtaken nor removed. `None`, too, if the queue would drop
    /// below one task per worker, since the other workers would then run out of tasks.
    pub(crate) fn take_ahead(&mut self, seat: usize) -> Option<u32> {
        let is_running = self.seats[seat].running.is_some();
        let is_enough = self.starting.is_empty() && self.queue.len() > self.size;
        if !is_running || !is_enough || !self.queue.is_plain() {
            return None;
        }
        let task = self.queue.pop()?;
        let number = task.number;
        self.seats[seat].ahead.push_back(task);
        self.ahead += 1;
        Some(number)
    }

    /// Returns the last `count` tasks reserved for the worker in `seat` to the front of the queue.
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
}
