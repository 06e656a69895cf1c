//! The schedule behind a lock, with a place for workers to sleep until there is work.
//!
//! A worker without a task is *looking* or *asleep*. Who looks is awake, or on its way to be, and
//! will see every task that has come by then. So a task needs somebody woken for it only when there
//! are more tasks than workers that look; and whoever makes that so wakes one, be it who submits, or
//! a looking worker that takes a task and leaves others behind. A looking worker goes to sleep when
//! it has found nothing for a while ([`SPIN`]).

use crate::inbox::Inbox;
use crate::outcome::Refused;
use crate::schedule::{Load, Next, Schedule};
use crate::sync::{
    Arc, AtomicBool, Condvar, Mutex, MutexGuard, Ordering, lock, spin_pays, spin_until, wait,
};
use std::collections::VecDeque;
use std::time::Duration;

/// How long a worker looks for work before it sleeps: about what it takes to wake one.
///
/// One worker of a pool at a time does so, and none on a machine with a single core: the others, and
/// who gives the tasks, need the cores.
const SPIN: Duration = Duration::from_micros(50);

pub(crate) struct Scheduler<T> {
    shared: Mutex<Shared<T>>,
    /// Notified for each worker that is woken.
    work: Condvar,
    intake: Option<Intake<T>>,
    /// Something has changed under the lock that a spinning worker has to see.
    news: AtomicBool,
}

/// Where tasks come from beside [`Scheduler::submit`].
pub(crate) struct Intake<T> {
    pub(crate) inbox: Arc<Inbox>,
    /// Makes a task of a number and an input.
    pub(crate) decode: Box<dyn Fn(u32, u64) -> T + Send + Sync>,
}

struct Shared<T> {
    schedule: Schedule<T>,
    /// Free workers that are awake or being woken, and threads that are starting.
    looking: usize,
    /// Workers inside `wait` that have not been woken.
    asleep: usize,
    /// Workers that have been woken and do not know yet.
    woken: usize,
    spinning: bool,
    /// What the producer of the inbox was told last.
    unseen: bool,
}

impl<T> Scheduler<T> {
    pub(crate) fn new(size: usize, max_queue: usize, intake: Option<Intake<T>>) -> Self {
        Self {
            shared: Mutex::new(Shared {
                schedule: Schedule::new(size, max_queue),
                looking: size,
                asleep: 0,
                woken: 0,
                spinning: false,
                unseen: false,
            }),
            work: Condvar::new(),
            intake,
            news: AtomicBool::new(false),
        }
    }

    /// Admits `task` and wakes a worker for it, or says why not.
    pub(crate) fn submit(&self, task: T) -> Result<(), Refused> {
        let mut shared = self.lock();
        shared.schedule.submit(task)?;
        self.unlock(shared);
        Ok(())
    }

    /// Admits what is in the inbox and wakes workers for it.
    pub(crate) fn look(&self) {
        self.unlock(self.lock());
    }

    /// The next task for a worker that is looking, which sleeps until there is one; `None` when the
    /// worker should end.
    pub(crate) fn take(&self) -> Option<T> {
        let mut shared = self.lock();
        let mut spin = spin_pays();
        loop {
            match shared.schedule.take() {
                Next::Run(task) => {
                    shared.looking -= 1;
                    self.unlock(shared);
                    return Some(task);
                }
                Next::End => return None,
                Next::Sleep if spin && !shared.spinning => {
                    spin = false;
                    shared = self.spin(shared);
                }
                Next::Sleep => {
                    spin = spin_pays();
                    shared = self.sleep(shared);
                }
            }
        }
    }

    /// The worker's task has ended; it takes the next one under the same lock if there is one, and
    /// is looking if not.
    pub(crate) fn finish_and_take(&self) -> Option<T> {
        let mut shared = self.lock();
        shared.schedule.finish();
        let next = match shared.schedule.take() {
            Next::Run(task) => Some(task),
            Next::Sleep | Next::End => {
                shared.looking += 1;
                None
            }
        };
        self.unlock(shared);
        next
    }

    /// The worker's task has ended and so will its thread: another one takes its place, and is
    /// looking from now on.
    pub(crate) fn finish(&self) {
        let mut shared = self.lock();
        shared.schedule.finish();
        shared.looking += 1;
        self.unlock(shared);
    }

    /// Admits nothing from now on; workers end when the queue is empty.
    pub(crate) fn close(&self) {
        let mut shared = self.lock();
        shared.schedule.close();
        self.wake_all(shared);
    }

    /// Admits nothing from now on and hands back what waits; workers end after their task.
    pub(crate) fn abandon(&self) -> VecDeque<T> {
        let mut shared = self.lock();
        let waiting = shared.schedule.abandon();
        self.wake_all(shared);
        waiting
    }

    pub(crate) fn load(&self) -> Load {
        let shared = self.lock();
        let load = shared.schedule.load();
        self.unlock(shared);
        load
    }

    /// Locks the schedule, with all admitted that has been posted.
    fn lock(&self) -> MutexGuard<'_, Shared<T>> {
        let mut shared = lock(&self.shared);
        self.admit_posted(&mut shared);
        shared
    }

    fn admit_posted(&self, shared: &mut Shared<T>) {
        if let Some(Intake { inbox, decode }) = &self.intake {
            inbox.drain(|number, input| {
                // Refused only after the end of the pool, when nothing should have been posted.
                let _ = shared.schedule.submit(decode(number, input));
            });
        }
    }

    /// Unlocks the schedule, with a worker looking or woken for each task that waits.
    fn unlock(&self, mut shared: MutexGuard<'_, Shared<T>>) {
        let woken = self.rouse(&mut shared);
        if shared.spinning && shared.schedule.waiting() > 0 {
            self.news.store(true, Ordering::Relaxed);
        }
        drop(shared);
        for _ in 0..woken {
            self.work.notify_one();
        }
    }

    /// Chooses how many workers have to be notified, and tells the producer whether it has to call.
    fn rouse(&self, shared: &mut Shared<T>) -> usize {
        let woken = shared.rouse();
        let Some(Intake { inbox, .. }) = &self.intake else {
            return woken;
        };
        let unseen = shared.looking == 0 && shared.asleep > 0;
        if unseen == shared.unseen {
            return woken;
        }
        shared.unseen = unseen;
        inbox.set_unseen(unseen);
        if !unseen {
            return woken;
        }
        // What was posted before the producer was told is seen here.
        self.admit_posted(shared);
        let also_woken = shared.rouse();
        if also_woken > 0 {
            shared.unseen = false;
            inbox.set_unseen(false);
        }
        woken + also_woken
    }

    /// Unlocks the schedule and watches for a task, for a while.
    fn spin<'a>(&'a self, mut shared: MutexGuard<'a, Shared<T>>) -> MutexGuard<'a, Shared<T>> {
        shared.spinning = true;
        // What is asked for here is seen under the lock; this only ends the spin in time.
        self.news.store(false, Ordering::Relaxed);
        self.unlock(shared);
        spin_until(SPIN, || {
            self.news.load(Ordering::Relaxed)
                || self
                    .intake
                    .as_ref()
                    .is_some_and(|intake| !intake.inbox.is_empty())
        });
        let mut shared = self.lock();
        shared.spinning = false;
        shared
    }

    /// Sleeps until woken.
    fn sleep<'a>(&'a self, mut shared: MutexGuard<'a, Shared<T>>) -> MutexGuard<'a, Shared<T>> {
        shared.looking -= 1;
        shared.asleep += 1;
        // One of those it wakes may be this very worker.
        for _ in 1..self.rouse(&mut shared) {
            self.work.notify_one();
        }
        while shared.woken == 0 {
            shared = wait(&self.work, shared);
        }
        shared.woken -= 1;
        self.admit_posted(&mut shared);
        shared
    }

    fn wake_all(&self, mut shared: MutexGuard<'_, Shared<T>>) {
        let all = shared.asleep;
        shared.wake(all);
        self.news.store(true, Ordering::Relaxed);
        drop(shared);
        self.work.notify_all();
    }
}

impl<T> Shared<T> {
    /// Has as many workers look as there are tasks; returns how many must be notified for that.
    fn rouse(&mut self) -> usize {
        let missing = self.schedule.waiting().saturating_sub(self.looking);
        let woken = missing.min(self.asleep);
        self.wake(woken);
        woken
    }

    fn wake(&mut self, count: usize) {
        self.asleep -= count;
        self.looking += count;
        self.woken += count;
    }
}
