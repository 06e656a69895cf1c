//! The schedule behind a lock, with a place for workers to sleep until there is work.
//!
//! A worker without a task is *looking*, *asleep* or *missing*. A looking worker is awake, or being woken, and will see
//! every task that has arrived by then. So a worker has to be woken only when there are more tasks than looking workers.
//! The submitter does that, and so does a looking worker that takes a task and leaves others behind. A sleeping worker is
//! notified; for a missing one a thread is started. A looking worker that finds nothing for a while ([`SPIN`]) goes to
//! sleep.
//!
//! A task that has waited or run for too long is settled by the next who takes the lock. When an alarm rings,
//! that is the timer thread.

use crate::alarm::Alarm;
use crate::clock::{Clock, Timestamp};
use crate::outcome::{Cancelled, Refused};
use crate::queue::Task;
use crate::ring::SubmissionRing;
use crate::roster::Roster;
use crate::schedule::{Decision, Job, Load, RunEnd, Schedule, TaskOptions, Verdict};
use crate::stats::Stats;
use crate::sync::{
    Arc, AtomicBool, Condvar, Mutex, MutexGuard, Ordering, lock, spin_pays, spin_until, wait,
};
use crate::token::CancelToken;
use std::mem;
use std::time::{Duration, Instant};

/// How long a worker looks for work before it sleeps: about what it takes to wake one.
///
/// One worker of a pool at a time does so, and none on a machine with a single core: the others, and
/// who gives the tasks, need the cores.
const SPIN: Duration = Duration::from_micros(50);

pub(crate) struct Scheduler<I> {
    shared: Mutex<Shared<I>>,
    /// Notified for each worker that is woken.
    work: Condvar,
    intake: Option<Intake<I>>,
    /// Something has changed under the lock that a spinning worker has to see.
    news: AtomicBool,
    clock: Clock,
    /// Calls [`Scheduler::ring`].
    alarm: Alarm,
    host: Box<dyn ThreadHost<I>>,
}

/// Where tasks come from beside [`Scheduler::submit`].
pub(crate) struct Intake<I> {
    pub(crate) ring: Arc<SubmissionRing>,
    pub(crate) decode: Box<dyn Fn(u64) -> I + Send + Sync>,
}

/// What a scheduler asks for, of whoever calls it and without its lock.
pub(crate) trait ThreadHost<I>: Send + Sync {
    /// Starts the thread of a seat, which calls [`Scheduler::enter`] and then [`Scheduler::take`]. The host
    /// calls [`Scheduler::thread_started`] or [`Scheduler::thread_failed`].
    fn start(&self, seat: usize);

    /// Delivers what has become of these tasks, and calls [`Scheduler::leave`] then.
    fn settled(&self, tasks: Vec<Settled<I>>);
}

/// A task that was settled, and not by its worker.
#[derive(Debug)]
pub(crate) struct Settled<I> {
    pub(crate) number: u32,
    /// What it was given, if it never ran.
    pub(crate) input: Option<I>,
    pub(crate) end: End,
}

/// How a task was settled, and not by its worker.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum End {
    /// It ran for too long.
    TimedOut,
    /// It waited for too long.
    QueueTimedOut,
    /// The pool was closed by force.
    GivenUp,
}

struct Shared<I> {
    schedule: Schedule<I>,
    /// Free workers that are awake or being woken, and threads that are starting.
    looking: usize,
    /// Workers inside `wait` that have not been woken.
    asleep: usize,
    /// Workers that have been woken and do not know yet.
    notified: usize,
    spinning: bool,
    roster: Roster,
    /// Threads that are there or about to be, and callers that have an outcome to tell: the pool has
    /// ended when all have left, so that nothing is told after its end.
    present: usize,
    /// When the last of them left.
    ended: Option<Timestamp>,
    /// What the producer of the ring was told last.
    needs_wakeup: bool,
    /// A task was refused that another thread could have run.
    has_refused: bool,
    /// When the alarm will ring.
    alarm_at: Option<Timestamp>,
    /// Not delivered yet.
    settled: Vec<Settled<I>>,
}

/// What follows from something that has been done under the lock.
struct FollowUp<I> {
    /// Workers to be notified.
    notify: usize,
    /// Seats to be given a thread.
    started: Vec<usize>,
    settled: Vec<Settled<I>>,
}

/// The time during a stay under the lock: read when it is asked for and then no more, since that takes
/// as long as most that is done there.
#[derive(Clone, Copy)]
enum Now {
    Unread,
    At(Timestamp),
}

impl Now {
    fn read(&mut self, clock: &Clock) -> Timestamp {
        if let Self::At(timestamp) = *self {
            return timestamp;
        }
        let timestamp = clock.now();
        *self = Self::At(timestamp);
        timestamp
    }
}

impl<I> Scheduler<I> {
    /// A scheduler for `size` workers, all of them missing. When `alarm` rings it calls [`Scheduler::ring`].
    pub(crate) fn new(
        size: usize,
        max_queue: usize,
        intake: Option<Intake<I>>,
        alarm: Alarm,
        host: Box<dyn ThreadHost<I>>,
    ) -> Self {
        Self {
            shared: Mutex::new(Shared {
                schedule: Schedule::new(size, max_queue),
                looking: 0,
                asleep: 0,
                notified: 0,
                spinning: false,
                roster: Roster::new(size),
                present: 0,
                ended: None,
                needs_wakeup: false,
                has_refused: false,
                alarm_at: None,
                settled: Vec::new(),
            }),
            work: Condvar::new(),
            intake,
            news: AtomicBool::new(false),
            clock: Clock::start(),
            alarm,
            host,
        }
    }

    /// Takes one of the missing workers' seats for a thread that the caller starts.
    pub(crate) fn first_seat(&self) -> usize {
        // Nothing is admitted yet that would have other threads started: this one may fail.
        let mut shared = lock(&self.shared);
        shared.looking += 1;
        shared.present += 1;
        let seats = shared.roster.start(1, || Timestamp::START);
        seats[0]
    }

    /// The thread of a seat could not be started: it is missing again. Returns whether this is news.
    /// When that has been told, the caller calls [`Scheduler::leave`] in the thread's stead.
    pub(crate) fn thread_failed(&self, seat: usize) -> bool {
        let now = self.clock.now();
        let mut shared = self.lock_at(&mut Now::At(now));
        shared.looking -= 1;
        let is_news = shared.roster.failed(seat, now);
        shared.update_absent();
        self.unlock(shared);
        is_news
    }

    /// The thread of `seat` has been started. Returns whether seats were absent until now.
    pub(crate) fn thread_started(&self, seat: usize) -> bool {
        self.arrived(lock(&self.shared), seat)
    }

    /// The thread of `seat` begins, before or after that is known to who has started it. Returns the cancel
    /// token of what it will run, and whether seats were absent until now.
    pub(crate) fn enter(&self, seat: usize) -> (CancelToken, bool) {
        let shared = lock(&self.shared);
        let token = shared.schedule.token(seat);
        (token, self.arrived(shared, seat))
    }

    fn arrived(&self, mut shared: MutexGuard<'_, Shared<I>>, seat: usize) -> bool {
        let is_news = shared.roster.arrived(seat);
        if is_news {
            shared.update_absent();
            self.unlock(shared);
        }
        is_news
    }

    /// Admits a task and wakes a worker for it, or says why not.
    pub(crate) fn submit(&self, number: u32, input: I) -> Result<(), Refused> {
        let now = self.clock.now();
        let mut shared = self.lock_at(&mut Now::At(now));
        let admitted = shared.schedule.submit(number, input, now);
        shared.note(&admitted);
        self.unlock(shared);
        // An input that is refused is dropped here, without the lock.
        admitted.map_err(|(refused, _)| refused)
    }

    /// The same with options. The task can be cancelled while it waits.
    pub(crate) fn submit_with(
        &self,
        number: u32,
        input: I,
        options: TaskOptions,
    ) -> Result<(), Refused> {
        let now = self.clock.now();
        let mut shared = self.lock_at(&mut Now::At(now));
        let admitted = shared.schedule.submit_with(number, input, options, now);
        shared.note(&admitted);
        self.unlock(shared);
        admitted.map_err(|(refused, _)| refused)
    }

    /// Admits what is in the ring, settles what has waited or run for too long, and wakes workers.
    pub(crate) fn poll(&self) {
        let shared = self.lock();
        self.unlock(shared);
    }

    /// Does the same when the alarm rings.
    pub(crate) fn ring(&self) {
        let mut shared = self.lock();
        shared.alarm_at = None;
        self.unlock(shared);
    }

    /// Cancels a task of that number; the input of one that never runs is handed back.
    pub(crate) fn cancel(&self, number: u32) -> (Cancelled, Option<Task<I>>) {
        let mut shared = self.lock();
        let cancelled = shared.schedule.cancel(number);
        self.unlock(shared);
        cancelled
    }

    /// The next task for the worker in `seat`, which is looking, and sleeps until there is one; `None`
    /// when the worker should end.
    pub(crate) fn take(&self, seat: usize) -> Option<Job<I>> {
        let mut now = Now::Unread;
        let mut shared = self.lock_at(&mut now);
        let mut spin = spin_pays();
        loop {
            match shared.schedule.take(seat, || now.read(&self.clock)) {
                Decision::Run(job) => {
                    shared.looking -= 1;
                    self.unlock(shared);
                    return Some(job);
                }
                Decision::End => {
                    shared.looking -= 1;
                    self.unlock(shared);
                    return None;
                }
                Decision::Sleep if spin && !shared.spinning => {
                    spin = false;
                    (shared, now) = self.spin(shared);
                }
                Decision::Sleep => {
                    spin = spin_pays();
                    (shared, now) = self.sleep(shared);
                }
            }
        }
    }

    /// The task in `seat` has ended. The worker takes the next one under the same lock if there is one, and is
    /// looking if not.
    pub(crate) fn finish_and_take(&self, seat: usize, ran: RunEnd) -> (Verdict, Option<Job<I>>) {
        let now = self.clock.now();
        let mut shared = lock(&self.shared);
        // To look into the ring takes its memory from the producer, who is writing there.
        if !shared.schedule.knows_next() {
            self.catch_up(&mut shared, &mut Now::At(now));
        }
        let verdict = shared.schedule.finish(seat, ran, now);
        let next = match shared.schedule.take(seat, || now) {
            Decision::Run(job) => Some(job),
            Decision::Sleep | Decision::End => {
                shared.looking += 1;
                None
            }
        };
        self.unlock(shared);
        (verdict, next)
    }

    /// The worker in `seat` has died of its task. Its thread, or one that takes its place, is looking
    /// from now on.
    pub(crate) fn crash(&self, seat: usize) -> Verdict {
        let now = self.clock.now();
        let mut shared = self.lock_at(&mut Now::At(now));
        let verdict = shared.schedule.finish(seat, RunEnd::Crashed, now);
        shared.looking += 1;
        self.unlock(shared);
        verdict
    }

    /// Another thread is about to be started for a seat that has one.
    pub(crate) fn replacement_comes(&self) {
        lock(&self.shared).present += 1;
    }

    /// A thread ends or was not started after all, or settled tasks have been delivered. Returns whether this is
    /// the end of the pool.
    pub(crate) fn leave(&self) -> bool {
        lock(&self.shared).leave(self.clock.now())
    }

    /// Admits nothing from now on; workers end when the queue is empty.
    pub(crate) fn close(&self) {
        let mut shared = self.lock();
        shared.schedule.close();
        self.wake_all(shared);
    }

    /// Admits nothing from now on and settles all tasks; workers end when they have stopped.
    pub(crate) fn give_up(&self) {
        let mut shared = self.lock();
        let (running, waiting) = shared.schedule.give_up();
        let stopped = running.into_iter().map(|number| Settled {
            number,
            input: None,
            end: End::GivenUp,
        });
        let removed = waiting
            .into_iter()
            .map(|task| Settled::removed(task, End::GivenUp));
        shared.settled.extend(stopped.chain(removed));
        self.wake_all(shared);
    }

    pub(crate) fn load(&self) -> Load {
        let shared = self.lock();
        let load = shared.schedule.load();
        self.unlock(shared);
        load
    }

    pub(crate) fn stats(&self) -> Stats {
        let shared = self.lock();
        let until = shared.ended.unwrap_or_else(|| self.clock.now());
        let snapshot = shared.schedule.snapshot(until);
        self.unlock(shared);
        snapshot.stats()
    }

    /// How long ago the scheduler was made.
    pub(crate) fn age(&self) -> Duration {
        self.clock.age()
    }

    /// When a task has to be stopped that may run until then.
    pub(crate) fn instant(&self, deadline: Timestamp) -> Option<Instant> {
        self.clock.instant(deadline)
    }

    /// Locks the schedule, with all admitted that has been posted, and all settled that may not wait or run any
    /// longer.
    fn lock(&self) -> MutexGuard<'_, Shared<I>> {
        self.lock_at(&mut Now::Unread)
    }

    /// The same for who needs the time too.
    fn lock_at(&self, now: &mut Now) -> MutexGuard<'_, Shared<I>> {
        let mut shared = lock(&self.shared);
        self.catch_up(&mut shared, now);
        shared
    }

    fn catch_up(&self, shared: &mut Shared<I>, now: &mut Now) {
        self.admit_posted(shared, now);
        if shared.schedule.has_limits() {
            let now = now.read(&self.clock);
            while let Some((_, number)) = shared.schedule.stop_late(now) {
                shared.settled.push(Settled {
                    number,
                    input: None,
                    end: End::TimedOut,
                });
            }
            while let Some(task) = shared.schedule.expire(now) {
                let late = Settled::removed(task, End::QueueTimedOut);
                shared.settled.push(late);
            }
        }
    }

    fn admit_posted(&self, shared: &mut Shared<I>, now: &mut Now) {
        if let Some(Intake { ring, decode }) = &self.intake
            && !ring.is_empty()
        {
            let now = now.read(&self.clock);
            ring.drain(|number, input, time| {
                let submitted = if time == 0 { now } else { now.last_at(time) };
                // Refused only after the end of the pool, when nothing should have been posted.
                let _ = shared.schedule.submit(number, decode(input), submitted);
            });
        }
    }

    /// Unlocks the schedule, with a worker looking or woken for each task that waits.
    fn unlock(&self, mut shared: MutexGuard<'_, Shared<I>>) {
        let follow_up = self.wake_workers(&mut shared);
        if shared.spinning && shared.schedule.waiting() > 0 {
            self.news.store(true, Ordering::Relaxed);
        }
        drop(shared);
        self.follow(follow_up);
    }

    /// What has to be done without the lock.
    fn follow(&self, follow_up: FollowUp<I>) {
        for _ in 0..follow_up.notify {
            self.work.notify_one();
        }
        for seat in follow_up.started {
            self.host.start(seat);
        }
        if !follow_up.settled.is_empty() {
            self.host.settled(follow_up.settled);
        }
    }

    /// Chooses who has to be woken, and tells the producer whether it has to call.
    fn wake_workers(&self, shared: &mut Shared<I>) -> FollowUp<I> {
        let mut woken = shared.wake_needed();
        let mut started = self.start_missing(shared);
        let needs_wakeup = shared.would_be_unseen();
        if let Some(Intake { ring, .. }) = &self.intake
            && needs_wakeup != shared.needs_wakeup
        {
            shared.needs_wakeup = needs_wakeup;
            ring.set_unseen(needs_wakeup);
            if needs_wakeup {
                // What was posted before the producer was told is seen here.
                self.admit_posted(shared, &mut Now::Unread);
                woken += shared.wake_needed();
                started.extend(self.start_missing(shared));
                if !shared.would_be_unseen() {
                    shared.needs_wakeup = false;
                    ring.set_unseen(false);
                }
            }
        }
        self.set_alarm(shared);
        let settled = mem::take(&mut shared.settled);
        // The end of the pool waits until they have been delivered.
        shared.present += usize::from(!settled.is_empty());
        FollowUp {
            notify: woken,
            started,
            settled,
        }
    }

    /// Takes seats for the threads that have to be started.
    fn start_missing(&self, shared: &mut Shared<I>) -> Vec<usize> {
        let needed = shared.needed() + usize::from(mem::take(&mut shared.has_refused));
        let seats = shared.roster.start(needed, || self.clock.now());
        shared.looking += seats.len();
        shared.present += seats.len();
        seats
    }

    /// Sets the alarm for the next thing that is due, if that comes before what it is set for.
    fn set_alarm(&self, shared: &mut Shared<I>) {
        let Some(due) = shared.due() else { return };
        if shared.alarm_at.is_some_and(|at| at <= due) {
            return;
        }
        // Under the lock, so that alarms are set in the order in which they were found to be due.
        if let Some(instant) = self.clock.instant(due) {
            shared.alarm_at = Some(due);
            self.alarm.arm(instant);
        }
    }

    /// Unlocks the schedule and watches for a task, for a while.
    fn spin<'a>(
        &'a self,
        mut shared: MutexGuard<'a, Shared<I>>,
    ) -> (MutexGuard<'a, Shared<I>>, Now) {
        shared.spinning = true;
        // What is asked for here is seen under the lock; this only ends the spin in time.
        self.news.store(false, Ordering::Relaxed);
        self.unlock(shared);
        spin_until(SPIN, || {
            self.news.load(Ordering::Relaxed)
                || self
                    .intake
                    .as_ref()
                    .is_some_and(|intake| !intake.ring.is_empty())
        });
        let mut now = Now::Unread;
        let mut shared = self.lock_at(&mut now);
        shared.spinning = false;
        (shared, now)
    }

    /// Sleeps until woken.
    fn sleep<'a>(
        &'a self,
        mut shared: MutexGuard<'a, Shared<I>>,
    ) -> (MutexGuard<'a, Shared<I>>, Now) {
        shared.looking -= 1;
        shared.asleep += 1;
        let follow_up = self.wake_workers(&mut shared);
        if !follow_up.started.is_empty() || !follow_up.settled.is_empty() {
            // Rare: the lock must not be held for it.
            drop(shared);
            self.follow(follow_up);
            shared = lock(&self.shared);
        } else {
            // One of those it wakes may be this very worker.
            for _ in 1..follow_up.notify {
                self.work.notify_one();
            }
        }
        while shared.notified == 0 {
            shared = wait(&self.work, shared);
        }
        shared.notified -= 1;
        let mut now = Now::Unread;
        self.catch_up(&mut shared, &mut now);
        (shared, now)
    }

    fn wake_all(&self, mut shared: MutexGuard<'_, Shared<I>>) {
        let all = shared.asleep;
        shared.wake(all);
        // Before what unlocking entails, which may take its time.
        self.work.notify_all();
        self.news.store(true, Ordering::Relaxed);
        self.unlock(shared);
    }
}

impl<I> Settled<I> {
    fn removed(task: Task<I>, end: End) -> Self {
        Self {
            number: task.number,
            input: Some(task.input),
            end,
        }
    }
}

impl<I> Shared<I> {
    /// Counts sleeping workers as awake, as many as there are tasks that nobody would take. Returns how many must be
    /// notified.
    fn wake_needed(&mut self) -> usize {
        let woken = self.needed().min(self.asleep);
        self.wake(woken);
        woken
    }

    /// How many more workers could take a task now.
    fn needed(&self) -> usize {
        self.schedule.waiting().saturating_sub(self.looking)
    }

    /// Notes whether a task was refused for want of room.
    fn note<T>(&mut self, admitted: &Result<(), (Refused, T)>) {
        self.has_refused = matches!(admitted, Err((Refused::Full, _)));
    }

    /// The threads that cannot be started are others now.
    fn update_absent(&mut self) {
        self.schedule.set_absent(self.roster.absent());
    }

    /// When somebody has to look, if nobody does before.
    fn due(&self) -> Option<Timestamp> {
        let retry = self.roster.retry_at();
        if retry.is_none() && !self.schedule.has_limits() {
            return None; // as most often
        }
        let moments = [
            retry.filter(|_| self.needed() > 0),
            self.schedule.first_limit(),
            self.schedule.first_deadline(),
        ];
        moments.into_iter().flatten().min()
    }

    fn wake(&mut self, count: usize) {
        self.asleep -= count;
        self.looking += count;
        self.notified += count;
    }

    /// Whether nobody would come for a task that is posted now, though somebody could.
    fn would_be_unseen(&self) -> bool {
        self.looking == 0 && (self.asleep > 0 || self.roster.has_missing())
    }

    fn leave(&mut self, now: Timestamp) -> bool {
        self.present -= 1;
        let is_last = self.present == 0;
        if is_last {
            self.ended = Some(now);
        }
        is_last
    }
}
