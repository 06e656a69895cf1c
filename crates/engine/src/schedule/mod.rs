//! The rules of the pool as plain data, without locks and threads.
//!
//! - `admission`: which tasks are admitted
//! - `run`: which task a worker runs next, and what its end means
//! - `cancel`: tasks that are settled without a run, or before its end
//! - `limits`: time limits
//! - `ahead`: tasks reserved for a busy worker
//! - `assign`: tasks of workers that are still starting
//! - `seat`: the state of one worker
//!
//! A task that is submitted while a worker is free is *starting* until a thread dequeues it. It
//! counts as running from its submission on, and no task overtakes it. There are never more
//! starting tasks than free workers; all others wait in the [`Queue`].

mod admission;
mod ahead;
mod assign;
mod cancel;
mod limits;
mod run;
mod seat;
#[cfg(test)]
mod tests;

pub use self::admission::{Refused, TaskOptions};
pub(crate) use self::run::{Decision, Job};
pub use self::run::{RunEnd, Verdict};
use self::seat::Seat;
use crate::clock::Timestamp;
use crate::queue::{Queue, Task};
use crate::stats::{Counters, Snapshot, WorkerStats};
use std::collections::{BTreeSet, VecDeque};

/// How busy a pool is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Load {
    /// Workers without a task.
    pub idle: usize,
    /// Tasks that wait for a worker.
    pub queued: usize,
}

/// The size of the inputs of waiting tasks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct QueuedBytes {
    /// In bytes; 0 in a pool without a byte limit.
    pub bytes: usize,
    /// Whether the limit would admit an input of the size that it refused last, or of one byte.
    pub has_room: bool,
}

/// The state of a pool's tasks and workers.
#[derive(Debug)]
pub(crate) struct Schedule<I> {
    /// Tasks that free workers will dequeue, in order of submission.
    starting: VecDeque<Task<I>>,
    /// Tasks for which no worker is free.
    queue: Queue<I>,
    /// The seats of all workers. There may be more than `size`, after [`Schedule::resize`].
    seats: Vec<Seat<I>>,
    /// How many workers there may be.
    size: usize,
    /// Seats in which a task runs or stops. May exceed `size` until these tasks have ended.
    occupied: usize,
    /// Seats without a thread for which none can be started. No task runs there.
    absent: usize,
    /// Deadlines of running tasks, with their seats.
    deadlines: BTreeSet<(Timestamp, usize)>,
    /// Tasks reserved for one worker: the sum over all seats.
    ahead: usize,
    /// How many tasks may wait while every worker is busy, and the size of their inputs in bytes.
    max_queue: usize,
    max_bytes: usize,
    /// The size of the input that was refused last, for want of bytes.
    refused_bytes: usize,
    is_open: bool,
    /// When `size` was set.
    resized: Timestamp,
    counters: Counters,
}

impl<I> Schedule<I> {
    /// A schedule for `size` free workers.
    pub(crate) fn new(size: usize, max_queue: usize) -> Self {
        Self {
            starting: VecDeque::new(),
            queue: Queue::new(),
            seats: (0..size).map(|_| Seat::new()).collect(),
            size,
            occupied: 0,
            absent: 0,
            deadlines: BTreeSet::new(),
            ahead: 0,
            max_queue,
            max_bytes: usize::MAX,
            refused_bytes: 0,
            is_open: true,
            resized: Timestamp::START,
            counters: Counters::default(),
        }
    }

    /// Limits the inputs of waiting tasks to `max_bytes` in total. An input that is larger by itself
    /// is admitted while no other task waits. `measure` returns the size of an input.
    pub(crate) fn limit_bytes(&mut self, max_bytes: usize, measure: fn(&I) -> usize) {
        self.max_bytes = max_bytes;
        self.queue.measure(measure);
    }

    /// The number of seats. After a reduction there are more than workers.
    pub(crate) fn seat_count(&self) -> usize {
        self.seats.len()
    }

    /// How many seats tasks can be started in: they have a thread, or can get one, and no task runs
    /// or stops there.
    fn free(&self) -> usize {
        self.size.saturating_sub(self.occupied + self.absent)
    }

    /// Sets how many seats have no thread and cannot get one. Absent seats are not free. Tasks that
    /// were starting there are queued again: they may time out or be overtaken as any queued task.
    pub(crate) fn set_absent(&mut self, absent: usize) {
        self.absent = absent;
        self.fit();
    }

    /// Sets how many workers there may be, and adds seats for new ones. If more than `size` are
    /// busy, they finish their tasks and get no others.
    pub(crate) fn resize(&mut self, size: usize, now: Timestamp) {
        self.counters.available += self.available(now);
        self.resized = now;
        self.size = size;
        let seats = self.seats.len().max(size);
        self.seats.resize_with(seats, Seat::new);
        self.fit();
    }

    /// Adapts the starting tasks to a change of the free seats.
    fn fit(&mut self) {
        while self.starting.len() > self.free()
            && let Some(task) = self.starting.pop_back()
        {
            self.queue.put_back(task);
        }
        self.promote();
    }

    /// Starts queued tasks on free workers.
    fn promote(&mut self) {
        while self.starting.len() < self.free() {
            let Some(task) = self.queue.pop() else {
                return;
            };
            self.starting.push_back(task);
        }
    }

    /// How many tasks any worker could dequeue: starting and queued ones, without those reserved
    /// for one worker.
    pub(crate) fn waiting(&self) -> usize {
        self.starting.len() + self.queue.len()
    }

    pub(crate) fn load(&self) -> Load {
        Load {
            idle: self.free() - self.starting.len(),
            queued: self.queued(),
        }
    }

    pub(crate) fn queued_bytes(&self) -> QueuedBytes {
        QueuedBytes {
            bytes: self.queue.bytes(),
            has_room: self.admits_bytes(self.refused_bytes.max(1)),
        }
    }

    fn queued(&self) -> usize {
        self.queue.len() + self.ahead
    }

    /// Seats whose worker still runs a task that is settled.
    fn stopping(&self) -> usize {
        let is_stopping = |seat: &&Seat<I>| seat.stopping.is_some();
        self.seats.iter().filter(is_stopping).count()
    }

    /// Nanoseconds that the workers have had since the last change of their number, summed up.
    fn available(&self, now: Timestamp) -> u128 {
        u128::from(now.since(self.resized)) * self.size as u128
    }

    /// Starts the times of the counts anew.
    pub(crate) fn reset_times(&mut self) {
        self.counters.reset_times();
    }

    /// What each worker has done up to `now`, by seat.
    pub(crate) fn workers(&self, now: Timestamp) -> Vec<WorkerStats> {
        self.seats.iter().map(|seat| seat.stats(now)).collect()
    }

    /// The counts up to `now`.
    pub(crate) fn snapshot(&self, now: Timestamp) -> Snapshot {
        let Load { idle, queued } = self.load();
        let so_far = |seat: &Seat<I>| Some(now.since(seat.started()?));
        let stopping = self.stopping();
        Snapshot {
            size: self.size,
            idle,
            running: self.occupied - stopping + self.starting.len(),
            stopping,
            queued,
            counters: self.counters.clone(),
            available: self.counters.available + self.available(now),
            running_for: self.seats.iter().filter_map(so_far).map(u128::from).sum(),
        }
    }
}
