//! A schedule for workers that are no threads of this crate: whoever has them takes tasks for them and
//! says how each has ended.

use crate::clock::{Clock, Timestamp};
use crate::outcome::{Cancelled, Refused};
use crate::schedule::{Decision, Load, RunEnd, Schedule, TaskOptions, Verdict};
use crate::stats::Stats;
use std::time::Duration;

/// The queue of a number of workers, and what each of them is doing; the workers themselves are the
/// owner's. Each has a seat, from 0 to the size less one.
#[derive(Debug)]
pub struct ExternalSchedule {
    schedule: Schedule<()>,
    clock: Clock,
    ended: Option<Timestamp>,
}

impl ExternalSchedule {
    /// For `size` workers, all of them free. `max_queue` tasks may wait while all are busy,
    /// `usize::MAX` for no limit.
    #[must_use]
    pub fn new(size: usize, max_queue: usize) -> Self {
        Self {
            schedule: Schedule::new(size, max_queue),
            clock: Clock::start(),
            ended: None,
        }
    }

    /// Admits a task. `task` is the caller's own number for it.
    ///
    /// # Errors
    ///
    /// [`Refused`] when the task is not admitted.
    pub fn submit(&mut self, task: u32) -> Result<(), Refused> {
        let admitted = self.schedule.submit(task, (), self.clock.now());
        admitted.map_err(|(refused, ())| refused)
    }

    /// Admits a task with options. It can be cancelled while it is queued, too. Its number must not be that of another
    /// task that has not ended.
    ///
    /// # Errors
    ///
    /// As [`ExternalSchedule::submit`].
    pub fn submit_with(&mut self, task: u32, options: TaskOptions) -> Result<(), Refused> {
        let now = self.clock.now();
        let admitted = self.schedule.submit_with(task, (), options, now);
        admitted.map_err(|(refused, ())| refused)
    }

    /// The next task for the worker in `seat`, which has none; `None` if there is nothing to start.
    pub fn take(&mut self, seat: usize) -> Option<u32> {
        match self.schedule.take(seat, || self.clock.now()) {
            Decision::Run(job) => Some(job.number),
            Decision::Sleep | Decision::End => None,
        }
    }

    /// The same for a worker that is still starting: it will call [`ExternalSchedule::begin`]. The task counts as
    /// running, but the time until then is time that it has waited.
    pub fn assign(&mut self, seat: usize) -> Option<u32> {
        self.schedule.assign(seat, self.clock.now())
    }

    /// The worker in `seat` has begun the task that was assigned to it, if one was, so long `ago`.
    pub fn begin(&mut self, seat: usize, ago: Duration) {
        self.schedule.begin(seat, self.clock.now().before(ago));
    }

    /// The task that follows when that of the worker in `seat` has ended: it waits for this worker from
    /// now on, and for no other. Only a task that was admitted by [`ExternalSchedule::submit`]; `None` while any
    /// other waits, and if then each worker that ends its task meanwhile would not find another.
    pub fn take_ahead(&mut self, seat: usize) -> Option<u32> {
        self.schedule.take_ahead(seat)
    }

    /// The last `count` of the tasks that wait for the worker in `seat` wait for any again.
    pub fn recall(&mut self, seat: usize, count: usize) {
        self.schedule.recall(seat, count);
    }

    /// The worker in `seat`, for which no other waits, will not run its task after all, and has not
    /// begun: the task is the next.
    pub fn put_back(&mut self, seat: usize) {
        self.schedule.put_back(seat, ());
    }

    /// The task in `seat` has ended, after `took` if that is known better than from when this is
    /// called; the next that waits for this worker has started then. If none does, the worker is free from
    /// now on.
    pub fn finish(&mut self, seat: usize, ran: RunEnd, took: Option<Duration>) -> Verdict {
        let now = self.clock.now();
        self.schedule.begin(seat, now);
        let ended = self.schedule.started(seat).zip(took);
        let ended = ended.map_or(now, |(started, took)| started.after(took).min(now));
        self.schedule.finish(seat, ran, ended)
    }

    /// A worker has died that had no task.
    pub fn died(&mut self) {
        self.schedule.died();
    }

    /// Cancels a task that was admitted by [`ExternalSchedule::submit_with`], or that runs. It is settled then, but
    /// the worker that runs it has to be stopped.
    pub fn cancel(&mut self, task: u32) -> Cancelled {
        if let Some(seat) = self.seat_of(task) {
            self.schedule.begin(seat, self.clock.now());
        }
        self.schedule.cancel(task).0
    }

    /// The seat of the worker that runs a task, or to which it is assigned.
    #[must_use]
    pub fn seat_of(&self, task: u32) -> Option<usize> {
        let seat = self.schedule.seat_of(task);
        seat.or_else(|| self.schedule.assigned_to(task))
    }

    /// The seat of a worker whose task was assigned to it and has waited for too long. Unless the worker has begun it
    /// ([`ExternalSchedule::begin`]), it has to be put back for [`ExternalSchedule::expire`].
    #[must_use]
    pub fn late_assigned(&self) -> Option<usize> {
        self.schedule.late_assigned(self.clock.now())
    }

    /// Takes out a task that has waited for too long, be it that its worker is not there yet.
    pub fn expire(&mut self) -> Option<u32> {
        let now = self.clock.now();
        let late = self.schedule.expire(now);
        let task = late.or_else(|| self.schedule.expire_starting(now))?;
        Some(task.number)
    }

    /// Settles a task that has run for longer than it may. Returns the seat of its worker, which has to be
    /// stopped.
    pub fn stop_late(&mut self) -> Option<usize> {
        let (seat, _) = self.schedule.stop_late(self.clock.now())?;
        Some(seat)
    }

    /// After what time [`ExternalSchedule::expire`] or [`ExternalSchedule::stop_late`] will have something, if
    /// nothing ends before.
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

    /// Admits no more tasks.
    pub fn close(&mut self) {
        self.schedule.close();
    }

    /// Admits no more tasks, and settles all there are, which are returned: first those that run, whose workers
    /// have to be stopped.
    pub fn give_up(&mut self) -> Vec<u32> {
        let now = self.clock.now();
        for seat in 0..self.schedule.size() {
            self.schedule.begin(seat, now);
        }
        let (mut tasks, waiting) = self.schedule.give_up();
        tasks.extend(waiting.iter().map(|task| task.number));
        tasks
    }

    /// So many seats have no worker, and none can be started for them now: they are not free.
    pub fn set_absent(&mut self, absent: usize) {
        self.schedule.set_absent(absent);
    }

    /// There is no worker, and none can be started: all tasks that wait fail, which are returned.
    pub fn fail_waiting(&mut self) -> Vec<u32> {
        let waiting = self.schedule.fail_waiting();
        waiting.iter().map(|task| task.number).collect()
    }

    /// The workers are gone: no time passes for [`ExternalSchedule::stats`] any more.
    pub fn end(&mut self) {
        self.ended.get_or_insert_with(|| self.clock.now());
    }

    /// How many tasks have been admitted and do not run: those that [`ExternalSchedule::take`] would give to
    /// a free worker, and those that are queued.
    #[must_use]
    pub fn waiting(&self) -> usize {
        self.schedule.waiting()
    }

    /// How busy the workers are now.
    #[must_use]
    pub fn load(&self) -> Load {
        self.schedule.load()
    }

    /// What has become of the tasks so far.
    #[must_use]
    pub fn stats(&self) -> Stats {
        let until = self.ended.unwrap_or_else(|| self.clock.now());
        self.schedule.snapshot(until).stats()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn timeout(milliseconds: u64) -> TaskOptions {
        TaskOptions {
            timeout: Some(Duration::from_millis(milliseconds)),
            ..TaskOptions::default()
        }
    }

    #[test]
    fn tasks_are_taken_in_order_and_end_as_is_said() {
        let mut schedule = ExternalSchedule::new(2, usize::MAX);
        for task in 0..4 {
            assert_eq!(schedule.submit(task), Ok(()));
        }
        assert_eq!((schedule.take(1), schedule.take(0)), (Some(0), Some(1)));
        assert_eq!(schedule.seat_of(0), Some(1));
        assert_eq!(schedule.waiting(), 2);
        assert_eq!(schedule.finish(1, RunEnd::Completed, None), Verdict::Counts);
        assert_eq!(schedule.take(1), Some(2));
        assert_eq!(schedule.finish(0, RunEnd::Crashed, None), Verdict::Counts);
        let stats = schedule.stats();
        assert_eq!((stats.completed, stats.failed, stats.crashes), (1, 1, 1));
        assert_eq!((stats.running, stats.queued), (2, 0));
    }

    #[test]
    fn a_task_that_is_put_back_is_the_next() {
        let mut schedule = ExternalSchedule::new(1, usize::MAX);
        assert_eq!(schedule.submit_with(0, timeout(0)), Ok(()));
        assert_eq!(schedule.submit(1), Ok(()));
        assert_eq!(schedule.take(0), Some(0));
        schedule.put_back(0);
        assert_eq!(schedule.seat_of(0), None);
        assert_eq!(schedule.load().queued, 1);
        assert_eq!(schedule.take(0), Some(0));
        assert_eq!(
            schedule.stop_late(),
            Some(0),
            "its limit holds all the same"
        );
        assert_eq!(schedule.finish(0, RunEnd::Failed, None), Verdict::Settled);
        assert_eq!(schedule.take(0), Some(1));
    }

    #[test]
    fn a_task_that_is_put_back_may_not_wait_for_longer() {
        let mut schedule = ExternalSchedule::new(1, usize::MAX);
        let options = TaskOptions {
            queue_timeout: Some(Duration::from_millis(1)),
            ..TaskOptions::default()
        };
        assert_eq!(schedule.submit_with(0, options), Ok(()));
        assert_eq!(schedule.take(0), Some(0));
        std::thread::sleep(Duration::from_millis(2));
        assert_eq!(schedule.expire(), None, "it has begun");
        schedule.put_back(0);
        assert_eq!(schedule.first_limit(), Some(Duration::ZERO));
        assert_eq!(schedule.expire(), Some(0));
        assert_eq!(schedule.stats().timed_out, 1);
    }

    #[test]
    fn a_task_that_is_assigned_to_a_worker_that_starts_runs_from_when_that_begins_it() {
        let mut schedule = ExternalSchedule::new(1, 0);
        assert_eq!(schedule.submit_with(0, timeout(5)), Ok(()));
        assert_eq!(schedule.assign(0), Some(0));
        assert_eq!((schedule.assign(0), schedule.take(0)), (None, None));
        assert_eq!(schedule.submit(1), Err(Refused::Full), "it runs");
        assert_eq!(
            (schedule.seat_of(0), schedule.stats().running),
            (Some(0), 1)
        );
        std::thread::sleep(Duration::from_millis(10));
        assert_eq!(schedule.stop_late(), None);
        assert_eq!(schedule.first_limit(), None);
        schedule.begin(0, Duration::from_millis(1));
        assert!(schedule.first_limit() <= Some(Duration::from_millis(4)));
        let took = Some(Duration::from_millis(1));
        assert_eq!(schedule.finish(0, RunEnd::Completed, took), Verdict::Counts);
        let stats = schedule.stats();
        assert!(stats.wait_time.max >= Duration::from_millis(9), "{stats:?}");
        assert!(stats.run_time.max <= Duration::from_millis(1), "{stats:?}");
    }

    #[test]
    fn a_task_begins_no_earlier_than_it_was_assigned() {
        let mut schedule = ExternalSchedule::new(1, 0);
        std::thread::sleep(Duration::from_millis(2));
        assert_eq!(schedule.submit_with(0, timeout(60_000)), Ok(()));
        assert_eq!(schedule.assign(0), Some(0));
        schedule.begin(0, Duration::MAX);
        assert!(schedule.first_limit() > Some(Duration::from_secs(50)));
    }

    #[test]
    fn a_task_that_is_assigned_may_wait_no_longer_than_others() {
        let mut schedule = ExternalSchedule::new(2, usize::MAX);
        let options = TaskOptions {
            queue_timeout: Some(Duration::from_millis(1)),
            ..TaskOptions::default()
        };
        for task in 0..2 {
            assert_eq!(schedule.submit_with(task, options), Ok(()));
            assert_eq!(schedule.assign(task as usize), Some(task));
        }
        assert_eq!(schedule.submit(2), Ok(()));
        std::thread::sleep(Duration::from_millis(2));
        assert_eq!(schedule.expire(), None);
        assert_eq!(schedule.first_limit(), Some(Duration::ZERO));
        assert_eq!(schedule.late_assigned(), Some(0));
        schedule.begin(0, Duration::ZERO);
        assert_eq!(schedule.late_assigned(), Some(1));
        schedule.put_back(1);
        assert_eq!(
            (schedule.late_assigned(), schedule.expire()),
            (None, Some(1))
        );
        assert_eq!(schedule.take(1), Some(2), "there is a place for it");
        let stats = schedule.stats();
        assert_eq!((stats.timed_out, stats.running, stats.queued), (1, 2, 0));
    }

    #[test]
    fn a_task_that_is_assigned_is_cancelled_and_given_up_like_one_that_runs() {
        let mut schedule = ExternalSchedule::new(2, usize::MAX);
        for task in 0..2 {
            assert_eq!(schedule.submit(task), Ok(()));
            assert_eq!(schedule.assign(task as usize), Some(task));
        }
        assert_eq!(schedule.cancel(0), Cancelled::Stopping);
        assert_eq!(schedule.give_up(), [1]);
        let stats = schedule.stats();
        assert_eq!((stats.aborted, stats.stopping, stats.idle), (2, 2, 0));
        for seat in 0..2 {
            let verdict = schedule.finish(seat, RunEnd::Failed, None);
            assert_eq!(verdict, Verdict::Settled);
        }
        assert_eq!(schedule.stats().idle, 2);
    }

    #[test]
    fn all_that_wait_fail_when_there_is_no_worker() {
        let mut schedule = ExternalSchedule::new(3, usize::MAX);
        for task in 0..4 {
            assert_eq!(schedule.submit_with(task, timeout(1)), Ok(()));
        }
        assert_eq!(schedule.take(0), Some(0));
        schedule.set_absent(2);
        let stats = schedule.stats();
        assert_eq!((stats.idle, stats.running, stats.queued), (0, 1, 3));
        assert_eq!(schedule.fail_waiting(), [1, 2, 3]);
        assert_eq!(schedule.stats().failed, 3);
        schedule.set_absent(0);
        assert_eq!(schedule.stats().idle, 2);
    }

    #[test]
    fn a_task_that_ran_for_too_long_is_stopped_once() {
        let mut schedule = ExternalSchedule::new(2, usize::MAX);
        assert_eq!(schedule.submit_with(7, timeout(0)), Ok(()));
        assert_eq!(schedule.submit_with(8, timeout(1_000_000)), Ok(()));
        assert_eq!((schedule.take(0), schedule.take(1)), (Some(7), Some(8)));
        assert_eq!(schedule.first_limit(), Some(Duration::ZERO));
        assert_eq!(schedule.stop_late(), Some(0));
        assert_eq!(schedule.stop_late(), None);
        assert!(schedule.first_limit() > Some(Duration::from_secs(900)));
        assert_eq!(schedule.stats().timed_out, 1, "at once");
        let verdict = schedule.finish(0, RunEnd::Completed, None);
        assert_eq!(verdict, Verdict::Settled);
        assert_eq!(schedule.stats().timed_out, 1);
    }

    #[test]
    fn a_worker_is_busy_until_it_has_ended_a_task_that_is_settled() {
        let mut schedule = ExternalSchedule::new(1, usize::MAX);
        assert_eq!(schedule.submit(0), Ok(()));
        assert_eq!(schedule.take(0), Some(0));
        assert_eq!(schedule.cancel(0), Cancelled::Stopping);
        assert_eq!(schedule.cancel(0), Cancelled::Gone);
        assert_eq!(schedule.submit(0), Ok(()), "its number is free");
        let stats = schedule.stats();
        assert_eq!((stats.idle, stats.running, stats.stopping), (0, 0, 1));
        assert_eq!((stats.aborted, stats.queued), (1, 1));
        assert_eq!((schedule.seat_of(0), schedule.take(0)), (None, None));
        let verdict = schedule.finish(0, RunEnd::Completed, None);
        assert_eq!(verdict, Verdict::Settled);
        assert_eq!(schedule.take(0), Some(0));
        assert_eq!(schedule.finish(0, RunEnd::Completed, None), Verdict::Counts);
        let stats = schedule.stats();
        assert_eq!((stats.idle, stats.running, stats.stopping), (1, 0, 0));
        assert_eq!((stats.aborted, stats.completed), (1, 1));
    }

    #[test]
    fn what_a_worker_says_of_the_time_counts() {
        let mut schedule = ExternalSchedule::new(1, usize::MAX);
        assert_eq!(schedule.submit_with(0, timeout(5)), Ok(()));
        assert_eq!(schedule.take(0), Some(0));
        std::thread::sleep(Duration::from_millis(10));
        // It ended in time, and only its message was late.
        let took = Duration::from_millis(2);
        assert_eq!(
            schedule.finish(0, RunEnd::Completed, Some(took)),
            Verdict::Counts
        );
        assert_eq!(schedule.stats().run_time.max, took);
    }

    #[test]
    fn what_waits_is_given_up_and_so_is_what_runs() {
        let mut schedule = ExternalSchedule::new(1, usize::MAX);
        for task in 0..3 {
            assert_eq!(schedule.submit(task), Ok(()));
        }
        assert_eq!(schedule.take(0), Some(0));
        assert_eq!(schedule.give_up(), [0, 1, 2]);
        assert_eq!(schedule.submit(3), Err(Refused::Closed));
        assert_eq!(schedule.stats().stopping, 1);
        let verdict = schedule.finish(0, RunEnd::Completed, None);
        assert_eq!(verdict, Verdict::Settled);
        assert_eq!(schedule.take(0), None);
        schedule.died();
        schedule.end();
        let stats = schedule.stats();
        assert_eq!((stats.aborted, stats.refused, stats.crashes), (3, 1, 1));
    }
}
