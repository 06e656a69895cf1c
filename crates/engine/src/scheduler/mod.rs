//! The schedule behind a lock, shared by the threads of a pool.
//!
//! - `intake`: moves tasks from the submission ring to the queue
//! - `sleep`: how free workers spin and sleep, and how many are awake
//! - `spin_backoff`: whether spinning is worth it
//! - `follow_up`: what is due after a change: workers to wake, threads to start, an alarm
//! - `presence`: when the pool has ended
//! - `host`: what the scheduler requires of the owner of the threads
//!
//! Tasks that exceeded a time limit are settled by the next thread that takes the lock. If no other
//! thread does in time, the alarm rings and the timer thread takes it.

mod follow_up;
mod host;
mod intake;
mod presence;
mod sleep;
mod spin_backoff;

pub(crate) use self::host::{SettleReason, Settled, ThreadHost};
pub(crate) use self::intake::Intake;
use self::presence::Presence;
use self::sleep::FreeWorkers;
use crate::alarm::Alarm;
use crate::builder::ByteLimit;
use crate::clock::{Clock, LazyNow, Timestamp};
use crate::outcome::Cancelled;
use crate::queue::Task;
use crate::roster::Roster;
use crate::schedule::{
    Decision, Job, Load, QueuedBytes, Refused, RunEnd, Schedule, TaskOptions, Verdict,
};
use crate::stats::{Buckets, Stats, WorkerState, WorkerStats};
use crate::sync::{AtomicBool, Mutex, MutexGuard, lock};
use crate::token::CancelToken;
use std::time::{Duration, Instant};

pub(crate) struct Scheduler<I> {
    shared: Mutex<Shared<I>>,
    intake: Option<Intake<I>>,
    /// Set when a spinning worker has to take the lock.
    stop_spin: AtomicBool,
    /// How long threads above the minimum may be idle; `None` for no limit.
    idle_timeout: Option<Duration>,
    clock: Clock,
    /// Calls [`Scheduler::on_alarm`].
    alarm: Alarm,
    host: Box<dyn ThreadHost<I>>,
}

struct Shared<I> {
    schedule: Schedule<I>,
    free: FreeWorkers,
    roster: Roster,
    presence: Presence,
    /// The value of the ring's flag.
    needs_wakeup: bool,
    /// The last submission was refused, and another thread could have run the task.
    has_refused: bool,
    /// The time for which the alarm is armed.
    alarm_at: Option<Timestamp>,
    /// Tasks whose outcomes are not delivered yet.
    settled: Vec<Settled<I>>,
}

/// How the number of threads changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Elasticity {
    /// How many threads do not end when they are idle.
    pub min_size: usize,
    /// How long the others may be idle; `None` for no limit.
    pub idle_timeout: Option<Duration>,
}

/// The time that a worker spends without a task.
#[derive(Debug)]
pub(crate) struct Idle {
    /// After how long to return [`Taken::Rest`], once.
    pub(crate) rest_after: Option<Duration>,
    /// The time so far.
    time: Duration,
}

impl Idle {
    pub(crate) fn new(rest_after: Option<Duration>) -> Self {
        Self {
            rest_after,
            time: Duration::ZERO,
        }
    }
}

/// What a searching worker gets.
pub(crate) enum Taken<I> {
    /// This task.
    Job(Job<I>),
    /// There was none for as long as the worker keeps what it uses. The worker is still searching.
    Rest,
    /// There will be none for this worker, whose thread ends.
    End,
}

impl<I> Scheduler<I> {
    /// Creates a scheduler of `size` workers, all of them missing. `alarm` must call
    /// [`Scheduler::on_alarm`].
    pub(crate) fn new(
        size: usize,
        elasticity: Elasticity,
        (max_queue, byte_limit): (usize, Option<ByteLimit<I>>),
        intake: Option<Intake<I>>,
        alarm: Alarm,
        host: Box<dyn ThreadHost<I>>,
    ) -> Self {
        let Elasticity {
            min_size,
            idle_timeout,
        } = elasticity;
        let mut schedule = Schedule::new(size, max_queue);
        if let Some((max_bytes, measure)) = byte_limit {
            schedule.limit_bytes(max_bytes, measure);
        }
        Self {
            shared: Mutex::new(Shared {
                schedule,
                free: FreeWorkers::new(size),
                roster: Roster::new(size, min_size),
                presence: Presence::of_open_pool(),
                needs_wakeup: false,
                has_refused: false,
                alarm_at: None,
                settled: Vec::new(),
            }),
            intake,
            stop_spin: AtomicBool::new(false),
            idle_timeout,
            clock: Clock::start(),
            alarm,
            host,
        }
    }

    /// Reserves the seat of the first thread, which the caller starts.
    pub(crate) fn reserve_first_seat(&self) -> usize {
        // The ring is not drained here: its tasks would start other threads before this one has
        // succeeded.
        let mut shared = lock(&self.shared);
        shared.free.searching += 1;
        shared.presence.enter(1);
        let seats = shared.roster.start(1, || Timestamp::START);
        seats[0]
    }

    /// Records that the thread of `seat` could not be started: it is missing again. Returns whether
    /// this is the first failure since the last success. The caller reports it, and then calls
    /// [`Scheduler::leave`] for that thread.
    pub(crate) fn thread_failed(&self, seat: usize) -> bool {
        let now = self.clock.now();
        let mut shared = self.lock_at(&mut LazyNow::Read(now));
        shared.free.searching -= 1;
        let is_first = shared.roster.failed(seat, now);
        shared.update_absent();
        self.unlock(shared);
        is_first
    }

    /// Records that the thread of `seat` has been started. Returns whether seats were absent until
    /// now.
    pub(crate) fn thread_started(&self, seat: usize) -> bool {
        self.record_start(lock(&self.shared), seat)
    }

    /// Called first by the thread of `seat`, before or after [`Scheduler::thread_started`]. Returns
    /// the cancel token of the tasks that it runs, and whether seats were absent until now.
    pub(crate) fn enter(&self, seat: usize) -> (CancelToken, bool) {
        let shared = lock(&self.shared);
        let token = shared.schedule.token(seat);
        (token, self.record_start(shared, seat))
    }

    fn record_start(&self, mut shared: MutexGuard<'_, Shared<I>>, seat: usize) -> bool {
        let has_recovered = shared.roster.started(seat);
        if has_recovered {
            shared.update_absent();
            self.unlock(shared);
        }
        has_recovered
    }

    /// Admits a task and wakes a worker for it, or returns why it is refused.
    pub(crate) fn submit(&self, number: u32, input: I) -> Result<(), Refused> {
        let now = self.clock.now();
        let mut shared = self.lock_at(&mut LazyNow::Read(now));
        let admitted = shared.schedule.submit(number, input, now);
        shared.note_refusal(&admitted);
        self.unlock(shared);
        // A refused input is dropped here, without the lock: its destructor may call the pool.
        admitted.map_err(|(refused, _)| refused)
    }

    /// Admits a task with options, which can be cancelled while it is queued, or returns why it is
    /// refused.
    pub(crate) fn submit_with(
        &self,
        number: u32,
        input: I,
        options: TaskOptions,
    ) -> Result<(), Refused> {
        let now = self.clock.now();
        let mut shared = self.lock_at(&mut LazyNow::Read(now));
        let admitted = shared.schedule.submit_with(number, input, options, now);
        shared.note_refusal(&admitted);
        self.unlock(shared);
        admitted.map_err(|(refused, _)| refused)
    }

    /// Drains the ring, settles tasks that exceeded a time limit, and wakes workers.
    pub(crate) fn poll(&self) {
        let shared = self.lock();
        self.unlock(shared);
    }

    /// Polls, and arms the alarm again if something else is due.
    pub(crate) fn on_alarm(&self) {
        let mut shared = self.lock();
        shared.alarm_at = None;
        self.unlock(shared);
    }

    /// Cancels the task of that number. Returns the task if it never ran.
    pub(crate) fn cancel(&self, number: u32) -> (Cancelled, Option<Task<I>>) {
        let mut shared = self.lock();
        let cancelled = shared.schedule.cancel(number);
        self.unlock(shared);
        cancelled
    }

    /// Dequeues a task for the searching worker in `seat`, and sleeps until there is one, or until
    /// its time without a task is over.
    pub(crate) fn take(&self, seat: usize, idle: &mut Idle) -> Taken<I> {
        let mut now = LazyNow::Unread;
        let mut shared = self.lock_at(&mut now);
        let mut has_spun = false;
        loop {
            match shared.schedule.take(seat, || now.get(&self.clock)) {
                Decision::Run(job) => {
                    shared.free.searching -= 1;
                    self.unlock(shared);
                    return Taken::Job(job);
                }
                Decision::End => {
                    shared.free.searching -= 1;
                    self.unlock(shared);
                    return Taken::End;
                }
                Decision::Sleep if shared.is_superfluous(idle.time, self.idle_timeout) => {
                    shared.free.searching -= 1;
                    shared.roster.ended(seat);
                    shared.update_absent();
                    self.unlock(shared);
                    return Taken::End;
                }
                Decision::Sleep if !has_spun && shared.free.may_spin() => {
                    has_spun = true;
                    (shared, now) = self.spin(shared);
                }
                Decision::Sleep => {
                    has_spun = false;
                    let end_after = shared.end_after(idle.time, self.idle_timeout);
                    let limit = [idle.rest_after, end_after].into_iter().flatten().min();
                    let is_over;
                    (shared, now, is_over) = self.sleep(seat, shared, limit);
                    if is_over {
                        idle.time += limit.unwrap_or_default();
                        if idle.rest_after == limit {
                            idle.rest_after = None;
                            self.unlock(shared);
                            return Taken::Rest;
                        }
                    }
                }
            }
        }
    }

    /// Ends the task in `seat` and dequeues the next one under the same lock. Without a next task
    /// the worker is searching.
    pub(crate) fn finish_and_take(&self, seat: usize, end: RunEnd) -> (Verdict, Option<Job<I>>) {
        let now = self.clock.now();
        let mut shared = lock(&self.shared);
        // A read of the ring takes its cache lines from the producer, which is writing there. So it
        // is skipped if the next task is known.
        if !shared.schedule.has_plain_next() {
            self.catch_up(&mut shared, &mut LazyNow::Read(now));
        }
        let verdict = shared.schedule.finish(seat, end, now);
        let next = match shared.schedule.take(seat, || now) {
            Decision::Run(job) => Some(job),
            Decision::Sleep | Decision::End => {
                shared.free.searching += 1;
                None
            }
        };
        self.unlock(shared);
        (verdict, next)
    }

    /// Ends the task in `seat`, whose worker panicked. Its thread, or the replacement of that, is
    /// searching from now on.
    pub(crate) fn crash(&self, seat: usize) -> Verdict {
        let now = self.clock.now();
        let mut shared = self.lock_at(&mut LazyNow::Read(now));
        let verdict = shared.schedule.finish(seat, RunEnd::Crashed, now);
        shared.free.searching += 1;
        self.unlock(shared);
        verdict
    }

    /// Counts a replacement that is about to be started for a seat whose thread is still there.
    pub(crate) fn add_replacement(&self) {
        lock(&self.shared).presence.enter(1);
    }

    /// Called when a thread ends, when one could not be started, and after [`ThreadHost::settled`]
    /// has delivered. Returns whether the pool has ended.
    pub(crate) fn leave(&self) -> bool {
        lock(&self.shared).presence.leave(self.clock.now())
    }

    /// Sets how many workers there may be. Threads above that end when they have no task.
    pub(crate) fn resize(&self, size: usize) {
        let now = self.clock.now();
        let mut shared = self.lock_at(&mut LazyNow::Read(now));
        shared.schedule.resize(size, now);
        shared.free.add_seats(size);
        shared.roster.resize(size);
        shared.update_absent();
        self.wake_all(&mut shared);
        self.unlock(shared);
    }

    /// How many threads there are.
    pub(crate) fn threads(&self) -> usize {
        lock(&self.shared).roster.threads()
    }

    /// Refuses tasks from now on. Workers end when the queue is empty. Returns whether the pool has
    /// ended, since it had no threads.
    pub(crate) fn close(&self) -> bool {
        let mut shared = self.lock();
        let was_open = shared.schedule.close();
        self.end(shared, was_open)
    }

    /// Refuses tasks from now on and settles all tasks. Workers end when they have stopped. Returns
    /// as [`Scheduler::close`].
    pub(crate) fn give_up(&self) -> bool {
        let mut shared = self.lock();
        let was_open = shared.schedule.close();
        let (running, waiting) = shared.schedule.give_up();
        let running = running
            .into_iter()
            .map(|number| Settled::running(number, SettleReason::GivenUp));
        let waiting = waiting
            .into_iter()
            .map(|task| Settled::removed(task, SettleReason::GivenUp));
        shared.settled.extend(running.chain(waiting));
        self.end(shared, was_open)
    }

    /// Refuses tasks from now on and settles the queued ones. Workers end when they have finished
    /// the others. Returns as [`Scheduler::close`].
    pub(crate) fn drop_queued(&self) -> bool {
        let mut shared = self.lock();
        let was_open = shared.schedule.close();
        let queued = shared.schedule.drop_queued();
        let queued = queued
            .into_iter()
            .map(|task| Settled::removed(task, SettleReason::GivenUp));
        shared.settled.extend(queued);
        self.end(shared, was_open)
    }

    /// Wakes all workers of a pool that was closed, and unlocks the schedule. `was_open` is whether
    /// it was closed just now. Returns whether it has ended, since it had no threads.
    fn end(&self, mut shared: MutexGuard<'_, Shared<I>>, was_open: bool) -> bool {
        self.wake_all(&mut shared);
        let follow_up = self.follow_up(&mut shared);
        let has_ended = was_open && shared.presence.leave(self.clock.now());
        drop(shared);
        self.perform(follow_up);
        has_ended
    }

    pub(crate) fn load(&self) -> Load {
        let shared = self.lock();
        let load = shared.schedule.load();
        self.unlock(shared);
        load
    }

    pub(crate) fn queued_bytes(&self) -> QueuedBytes {
        let shared = self.lock();
        let bytes = shared.schedule.queued_bytes();
        self.unlock(shared);
        bytes
    }

    /// The counts so far, and the distribution of the times by `bounds`. With `reset`, the times start
    /// anew.
    pub(crate) fn stats(&self, bounds: &[Duration], reset: bool) -> (Stats, Buckets) {
        let mut shared = self.lock();
        let until = shared.presence.ended().unwrap_or_else(|| self.clock.now());
        let snapshot = shared.schedule.snapshot(until);
        if reset {
            shared.schedule.reset_times();
        }
        self.unlock(shared);
        let buckets = snapshot.buckets(bounds);
        (snapshot.stats(), buckets)
    }

    /// What each worker has done so far, by seat.
    pub(crate) fn workers(&self) -> Vec<WorkerStats> {
        let shared = self.lock();
        let now = shared.presence.ended().unwrap_or_else(|| self.clock.now());
        let mut workers = shared.schedule.workers(now);
        for seat in shared.roster.vacant() {
            workers[seat].state = WorkerState::Vacant;
        }
        self.unlock(shared);
        workers
    }

    /// Time since the scheduler was created.
    pub(crate) fn age(&self) -> Duration {
        self.clock.age()
    }

    /// The deadline of a task on the machine's clock; `None` if that clock does not reach so far.
    pub(crate) fn instant(&self, deadline: Timestamp) -> Option<Instant> {
        self.clock.instant(deadline)
    }

    /// Locks the schedule, drains the ring and settles tasks that exceeded a time limit.
    fn lock(&self) -> MutexGuard<'_, Shared<I>> {
        self.lock_at(&mut LazyNow::Unread)
    }

    /// Like [`Scheduler::lock`], for callers that need the time too.
    fn lock_at(&self, now: &mut LazyNow) -> MutexGuard<'_, Shared<I>> {
        let mut shared = lock(&self.shared);
        self.catch_up(&mut shared, now);
        shared
    }

    fn catch_up(&self, shared: &mut Shared<I>, now: &mut LazyNow) {
        self.admit_posted(shared, now);
        if shared.schedule.has_limits() {
            let now = now.get(&self.clock);
            while let Some((_, number)) = shared.schedule.stop_late(now) {
                let late = Settled::running(number, SettleReason::TimedOut);
                shared.settled.push(late);
            }
            while let Some(task) = shared.schedule.expire(now) {
                let late = Settled::removed(task, SettleReason::QueueTimedOut);
                shared.settled.push(late);
            }
        }
    }
}

impl<I> Shared<I> {
    /// Whether the thread of a worker that finds no task ends: there are too many, or it has been
    /// idle for long enough.
    fn is_superfluous(&self, idle_time: Duration, idle_timeout: Option<Duration>) -> bool {
        let may_end = idle_timeout.is_some_and(|timeout| idle_time >= timeout);
        self.roster.is_above_size() || (may_end && self.roster.is_above_minimum())
    }

    /// After how long a worker that falls asleep may end; `None` if it may not.
    fn end_after(&self, idle_time: Duration, idle_timeout: Option<Duration>) -> Option<Duration> {
        let timeout = idle_timeout.filter(|_| self.roster.is_above_minimum())?;
        Some(timeout.saturating_sub(idle_time))
    }

    /// Records whether a submission was refused for lack of room.
    fn note_refusal<T>(&mut self, admitted: &Result<(), (Refused, T)>) {
        self.has_refused = matches!(admitted, Err((Refused::Full, _)));
    }

    /// Passes the number of absent seats on to the schedule, after a change of the roster.
    fn update_absent(&mut self) {
        self.schedule.set_absent(self.roster.absent());
    }
}
