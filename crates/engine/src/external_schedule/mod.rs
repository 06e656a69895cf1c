//! A schedule for workers that are no threads of this crate. Their owner dequeues tasks for them
//! and reports how each run ended.

#[cfg(test)]
mod tests;

use crate::clock::{Clock, Timestamp};
use crate::outcome::Cancelled;
use crate::schedule::Refused;
use crate::schedule::{Decision, Load, RunEnd, Schedule, TaskOptions, Verdict};
use crate::stats::{Buckets, Stats, WorkerStats};
use std::time::Duration;

/// The queue of some workers, and the state of each. Each worker has a seat, numbered from 0.
#[derive(Debug)]
pub struct ExternalSchedule {
    schedule: Schedule<()>,
    clock: Clock,
    ended: Option<Timestamp>,
}

impl ExternalSchedule {
    /// A schedule for `size` free workers. `max_queue` tasks may wait while all workers are busy;
    /// `usize::MAX` means no limit.
    #[must_use]
    pub fn new(size: usize, max_queue: usize) -> Self {
        Self {
            schedule: Schedule::new(size, max_queue),
            clock: Clock::start(),
            ended: None,
        }
    }

    /// Admits a task. `task` is the caller's number for it.
    ///
    /// # Errors
    ///
    /// [`Refused`] if the task is not admitted.
    pub fn submit(&mut self, task: u32) -> Result<(), Refused> {
        let admitted = self.schedule.submit(task, (), self.clock.now());
        admitted.map_err(|(refused, ())| refused)
    }

    /// Admits a task with options, which can be cancelled while it is queued. No unsettled task may
    /// have the same number.
    ///
    /// # Errors
    ///
    /// [`Refused`] if the task is not admitted.
    pub fn submit_with(&mut self, task: u32, options: TaskOptions) -> Result<(), Refused> {
        let now = self.clock.now();
        let admitted = self.schedule.submit_with(task, (), options, now);
        admitted.map_err(|(refused, ())| refused)
    }

    /// Dequeues the next task for the free worker in `seat`, and starts it. `None` if no task
    /// waits.
    pub fn take(&mut self, seat: usize) -> Option<u32> {
        match self.schedule.take(seat, || self.clock.now()) {
            Decision::Run(job) => Some(job.number),
            Decision::Sleep | Decision::End => None,
        }
    }

    /// Dequeues the next task for a worker that is still starting. The owner calls
    /// [`ExternalSchedule::begin`] when the worker begins it. The task counts as running, but its
    /// waiting time goes on until then.
    pub fn assign(&mut self, seat: usize) -> Option<u32> {
        self.schedule.assign(seat, self.clock.now())
    }

    /// Starts the task assigned to the worker in `seat`, if there is one. The worker began it this
    /// long `ago`.
    pub fn begin(&mut self, seat: usize, ago: Duration) {
        self.schedule.begin(seat, self.clock.now().before(ago));
    }

    /// Reserves the next queued task for the busy worker in `seat`, which runs it after its current
    /// task. `None` while a task with options is queued, or if the queue would drop below one task
    /// per worker.
    pub fn take_ahead(&mut self, seat: usize) -> Option<u32> {
        self.schedule.take_ahead(seat)
    }

    /// Returns the last `count` tasks reserved for the worker in `seat` to the front of the queue.
    pub fn recall(&mut self, seat: usize, count: usize) {
        self.schedule.recall(seat, count);
    }

    /// Returns the task of the worker in `seat`, which has not begun it, to the front of the queue.
    /// No tasks may be reserved for the worker.
    pub fn put_back(&mut self, seat: usize) {
        self.schedule.put_back(seat, ());
    }

    /// Ends the task in `seat`. Its run `took` this long; without a value it ended now. The next
    /// task reserved for the worker starts at that time. Without one the worker is free.
    pub fn finish(&mut self, seat: usize, end: RunEnd, took: Option<Duration>) -> Verdict {
        let now = self.clock.now();
        self.schedule.begin(seat, now);
        let ended = self.schedule.started(seat).zip(took);
        let ended = ended.map_or(now, |(started, took)| started.after(took).min(now));
        self.schedule.finish(seat, end, ended)
    }

    /// Counts the death of a worker that had no task.
    pub fn died(&mut self) {
        self.schedule.died();
    }

    /// Cancels a task that was admitted by [`ExternalSchedule::submit_with`], or that runs. The
    /// task is settled; the owner has to stop the worker that runs it.
    pub fn cancel(&mut self, task: u32) -> Cancelled {
        if let Some(seat) = self.seat_of(task) {
            self.schedule.begin(seat, self.clock.now());
        }
        self.schedule.cancel(task).0
    }

    /// The seat of the worker that runs a task, or to which the task is assigned.
    #[must_use]
    pub fn seat_of(&self, task: u32) -> Option<usize> {
        let seat = self.schedule.seat_of(task);
        seat.or_else(|| self.schedule.assigned_to(task))
    }

    /// The seat of a worker whose assigned task has exceeded its queue timeout. Unless the worker
    /// has begun the task ([`ExternalSchedule::begin`]), the owner puts it back and
    /// [`ExternalSchedule::expire`] removes it.
    #[must_use]
    pub fn late_assigned(&self) -> Option<usize> {
        self.schedule.late_assigned(self.clock.now())
    }

    /// Settles the task assigned to the worker in `seat`, whose owner cannot put it back. The owner
    /// has to keep the worker from running it, and to call [`ExternalSchedule::finish`].
    pub fn expire_assigned(&mut self, seat: usize) {
        self.schedule.expire_assigned(seat, self.clock.now());
    }

    /// Settles a task that has exceeded its queue timeout, and removes it from the queue. Assigned
    /// tasks are excluded.
    pub fn expire(&mut self) -> Option<u32> {
        let now = self.clock.now();
        let late = self.schedule.expire(now);
        let task = late.or_else(|| self.schedule.expire_starting(now))?;
        Some(task.number)
    }

    /// Settles a task that has run for longer than its timeout. Returns the seat of its worker,
    /// which the owner has to stop.
    pub fn stop_late(&mut self) -> Option<usize> {
        let (seat, _) = self.schedule.stop_late(self.clock.now())?;
        Some(seat)
    }

    /// The time until the next time limit passes; `None` if no task has one. Then
    /// [`ExternalSchedule::expire`], [`ExternalSchedule::late_assigned`] or
    /// [`ExternalSchedule::stop_late`] returns something.
    #[must_use]
    pub fn first_limit(&self) -> Option<Duration> {
        let limits = [
            self.schedule.first_limit(),
            self.schedule.first_start_limit(),
            self.schedule.first_assigned_limit(),
            self.schedule.first_deadline(),
        ];
        let first = limits.into_iter().flatten().min()?;
        Some(Duration::from_nanos(first.since(self.clock.now())))
    }

    /// Refuses tasks from now on.
    pub fn close(&mut self) {
        self.schedule.close();
    }

    /// Refuses tasks from now on and settles the queued ones, without those reserved for a worker.
    /// Returns their numbers.
    pub fn drop_queued(&mut self) -> Vec<u32> {
        let queued = self.schedule.drop_queued();
        queued.iter().map(|task| task.number).collect()
    }

    /// Refuses tasks from now on and settles all tasks. Returns their numbers, running tasks first.
    /// The owner has to stop the workers of those.
    pub fn give_up(&mut self) -> Vec<u32> {
        let now = self.clock.now();
        for seat in 0..self.schedule.seat_count() {
            self.schedule.begin(seat, now);
        }
        let (mut tasks, waiting) = self.schedule.give_up();
        tasks.extend(waiting.iter().map(|task| task.number));
        tasks
    }

    /// Sets how many workers there may be, and adds seats until there are as many. The owner decides
    /// which seats have a worker. If more workers are busy, they finish their tasks.
    pub fn resize(&mut self, size: usize) {
        self.schedule.resize(size, self.clock.now());
    }

    /// Sets how many seats have no worker and cannot get one now. Absent seats are not free.
    pub fn set_absent(&mut self, absent: usize) {
        self.schedule.set_absent(absent);
    }

    /// Settles all waiting tasks as failed, since there is no worker and none can be started.
    /// Returns their numbers.
    pub fn fail_waiting(&mut self) -> Vec<u32> {
        let waiting = self.schedule.fail_waiting();
        waiting.iter().map(|task| task.number).collect()
    }

    /// Stops the clock of [`ExternalSchedule::stats`]. To be called when the workers have ended.
    pub fn end(&mut self) {
        self.ended.get_or_insert_with(|| self.clock.now());
    }

    /// How many tasks could be dequeued: those that [`ExternalSchedule::take`] returns for free
    /// workers, and queued ones.
    #[must_use]
    pub fn waiting(&self) -> usize {
        self.schedule.waiting()
    }

    /// How busy the workers are now.
    #[must_use]
    pub fn load(&self) -> Load {
        self.schedule.load()
    }

    /// The counts so far.
    #[must_use]
    pub fn stats(&self) -> Stats {
        self.schedule.snapshot(self.until()).stats()
    }

    /// The counts so far, and how many durations were at most as long as each of `bounds`, to one
    /// percent. With `reset`, the times start anew.
    #[must_use]
    pub fn stats_with_buckets(&mut self, bounds: &[Duration], reset: bool) -> (Stats, Buckets) {
        let snapshot = self.schedule.snapshot(self.until());
        if reset {
            self.schedule.reset_times();
        }
        let buckets = snapshot.buckets(bounds);
        (snapshot.stats(), buckets)
    }

    /// What each worker has done so far, by seat.
    #[must_use]
    pub fn workers(&self) -> Vec<WorkerStats> {
        self.schedule.workers(self.until())
    }

    fn until(&self) -> Timestamp {
        self.ended.unwrap_or_else(|| self.clock.now())
    }
}
