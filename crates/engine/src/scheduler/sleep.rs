//! How free workers wait for tasks.
//!
//! A worker without a task is *searching*, *asleep* or *missing*. A searching worker is awake or
//! being woken, and polls the queue and the ring before it sleeps. So a worker has to be woken only
//! if there are more tasks than searching workers. The submitter wakes it, or a searching worker
//! that dequeues a task and leaves others behind. A sleeping worker is notified; for a missing one
//! a thread is started. A searching worker that finds no task for [`SPIN_TIME`] goes to sleep.
//!
//! The worker that fell asleep last is woken first: its core and its caches are warm. The others
//! stay idle, and their threads may end. A worker that is about to fall asleep while another one is
//! being woken changes places with it: it is awake already, and waking takes longer than a task.

use super::spin_backoff::SpinBackoff;
use super::{Scheduler, Shared};
use crate::clock::LazyNow;
use crate::sync::{Arc, Condvar, MutexGuard, Ordering, lock, spin_pays, spin_until, wait};
use std::time::Duration;

/// How long a worker polls for tasks before it sleeps: about the time that it takes to wake one.
///
/// Only one worker of a pool spins at a time, and none on a machine with a single core: other
/// workers and the producer need the cores.
const SPIN_TIME: Duration = Duration::from_micros(50);

/// The workers without a task, by state.
#[derive(Debug)]
pub(super) struct FreeWorkers {
    /// Workers that are awake or being woken, and threads that are being started.
    pub(super) searching: usize,
    /// The seats of workers that sleep and have not been woken, in the order in which they fell
    /// asleep.
    asleep: Vec<usize>,
    /// The seats of workers that were woken and have not run since.
    waking: Vec<usize>,
    /// How each worker sleeps, by seat.
    beds: Vec<Bed>,
    pub(super) is_spinning: bool,
    backoff: SpinBackoff,
}

/// How a worker sleeps.
#[derive(Debug)]
struct Bed {
    /// Notified when the worker is woken. Shared, since it is notified without the lock.
    wakeup: Arc<Condvar>,
    /// The worker sleeps and has not been woken.
    is_asleep: bool,
}

/// Workers to notify, without the lock.
pub(super) type Wakeups = Vec<Arc<Condvar>>;

impl FreeWorkers {
    pub(super) fn new(seats: usize) -> Self {
        let mut workers = Self {
            searching: 0,
            asleep: Vec::new(),
            waking: Vec::new(),
            beds: Vec::new(),
            is_spinning: false,
            backoff: SpinBackoff::default(),
        };
        workers.add_seats(seats);
        workers
    }

    /// Adds seats until there are `count`.
    pub(super) fn add_seats(&mut self, count: usize) {
        let count = count.max(self.beds.len());
        self.beds.resize_with(count, || Bed {
            wakeup: Arc::new(Condvar::new()),
            is_asleep: false,
        });
    }

    /// How many workers sleep and have not been woken.
    pub(super) fn asleep(&self) -> usize {
        self.asleep.len()
    }

    /// Whether a worker that finds no task should spin before it sleeps.
    pub(super) fn may_spin(&mut self) -> bool {
        spin_pays() && !self.is_spinning && self.backoff.allows()
    }

    /// Counts the last `count` workers that fell asleep as searching. The caller notifies them.
    pub(super) fn wake(&mut self, count: usize, wakeups: &mut Wakeups) {
        for _ in 0..count {
            let Some(seat) = self.asleep.pop() else {
                return;
            };
            let bed = &mut self.beds[seat];
            bed.is_asleep = false;
            wakeups.push(Arc::clone(&bed.wakeup));
            self.waking.push(seat);
            self.searching += 1;
        }
    }

    /// Counts the worker in `seat`, which was searching, as asleep. Returns what wakes it.
    fn fall_asleep(&mut self, seat: usize) -> Arc<Condvar> {
        self.searching -= 1;
        self.asleep.push(seat);
        let bed = &mut self.beds[seat];
        bed.is_asleep = true;
        Arc::clone(&bed.wakeup)
    }

    /// Lets a worker that is being woken sleep on, for one that is awake.
    /// Returns whether there was one.
    fn change_places(&mut self) -> bool {
        let Some(seat) = self.waking.pop() else {
            return false;
        };
        self.searching -= 1;
        self.beds[seat].is_asleep = true;
        self.asleep.push(seat);
        true
    }

    /// Counts the worker in `seat` as searching, unless it was woken.
    fn wake_up(&mut self, seat: usize) {
        if std::mem::replace(&mut self.beds[seat].is_asleep, false) {
            self.asleep.retain(|&other| other != seat);
            self.searching += 1;
        } else {
            self.waking.retain(|&other| other != seat);
        }
    }
}

impl<I> Scheduler<I> {
    /// Unlocks the schedule and polls for a task for at most [`SPIN_TIME`].
    pub(super) fn spin<'a>(
        &'a self,
        mut shared: MutexGuard<'a, Shared<I>>,
    ) -> (MutexGuard<'a, Shared<I>>, LazyNow) {
        shared.free.is_spinning = true;
        // Relaxed: the flag only shortens the spin. Whatever was changed is read under the lock
        // afterwards.
        self.stop_spin.store(false, Ordering::Relaxed);
        self.unlock(shared);
        let took = spin_until(SPIN_TIME, || {
            self.stop_spin.load(Ordering::Relaxed)
                || self
                    .intake
                    .as_ref()
                    .is_some_and(|intake| !intake.ring.is_empty())
        });
        let mut now = LazyNow::Unread;
        let mut shared = self.lock_at(&mut now);
        shared.free.is_spinning = false;
        // If it took longer, the system suspended this worker, and the task may have waited for it.
        if shared.schedule.waiting() > 0 && took < 2 * SPIN_TIME {
            shared.free.backoff.hit();
        } else {
            shared.free.backoff.missed();
        }
        (shared, now)
    }

    /// Sleeps until the worker in `seat` is woken, or for `limit`. Returns whether the time is up.
    pub(super) fn sleep<'a>(
        &'a self,
        seat: usize,
        mut shared: MutexGuard<'a, Shared<I>>,
        limit: Option<Duration>,
    ) -> (MutexGuard<'a, Shared<I>>, LazyNow, bool) {
        if shared.free.change_places() {
            let mut now = LazyNow::Unread;
            self.catch_up(&mut shared, &mut now);
            return (shared, now, false);
        }
        let wakeup = shared.free.fall_asleep(seat);
        let follow_up = self.follow_up(&mut shared);
        if !follow_up.is_empty() {
            // Rare.
            drop(shared);
            self.perform(follow_up);
            shared = lock(&self.shared);
        }
        let mut is_over = false;
        while shared.free.beds[seat].is_asleep && !is_over {
            (shared, is_over) = wait(&wakeup, shared, limit);
        }
        is_over = shared.free.beds[seat].is_asleep;
        shared.free.wake_up(seat);
        let mut now = LazyNow::Unread;
        self.catch_up(&mut shared, &mut now);
        (shared, now, is_over)
    }

    /// Wakes all workers.
    pub(super) fn wake_all(&self, shared: &mut Shared<I>) {
        let mut wakeups = Wakeups::new();
        shared.free.wake(usize::MAX, &mut wakeups);
        // Each has to see the change itself, so none changes places.
        shared.free.waking.clear();
        for wakeup in wakeups {
            wakeup.notify_one();
        }
        self.stop_spin.store(true, Ordering::Relaxed);
    }
}
