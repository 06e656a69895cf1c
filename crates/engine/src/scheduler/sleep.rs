//! How free workers wait for tasks.
//!
//! A worker without a task is *searching*, *asleep* or *missing*. A searching worker is awake or
//! being woken, and polls the queue and the ring before it sleeps. So a worker has to be woken only
//! if there are more tasks than searching workers. The submitter wakes it, or a searching worker
//! that dequeues a task and leaves others behind. A sleeping worker is notified; for a missing one
//! a thread is started. A searching worker that finds no task for [`SPIN_TIME`] goes to sleep.

use super::spin_backoff::SpinBackoff;
use super::{Scheduler, Shared};
use crate::clock::LazyNow;
use crate::sync::{MutexGuard, Ordering, lock, spin_pays, spin_until, wait};
use std::time::Duration;

/// How long a worker polls for tasks before it sleeps: about the time that it takes to wake one.
///
/// Only one worker of a pool spins at a time, and none on a machine with a single core: other
/// workers and the producer need the cores.
const SPIN_TIME: Duration = Duration::from_micros(50);

/// How many workers without a task there are, by state.
#[derive(Debug, Default)]
pub(super) struct FreeWorkers {
    /// Workers that are awake or being woken, and threads that are being started.
    pub(super) searching: usize,
    /// Workers that wait for a notification and have not been woken.
    pub(super) asleep: usize,
    /// Notifications that no worker has consumed yet.
    notified: usize,
    pub(super) is_spinning: bool,
    backoff: SpinBackoff,
}

impl FreeWorkers {
    /// Whether a worker that finds no task should spin before it sleeps.
    pub(super) fn may_spin(&mut self) -> bool {
        spin_pays() && !self.is_spinning && self.backoff.allows()
    }

    /// Counts sleeping workers as searching. The caller notifies as many.
    pub(super) fn wake(&mut self, count: usize) {
        self.asleep -= count;
        self.searching += count;
        self.notified += count;
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

    /// Sleeps until a notification is consumed, or for `limit`. Returns whether the time is up.
    pub(super) fn sleep<'a>(
        &'a self,
        mut shared: MutexGuard<'a, Shared<I>>,
        limit: Option<Duration>,
    ) -> (MutexGuard<'a, Shared<I>>, LazyNow, bool) {
        shared.free.searching -= 1;
        shared.free.asleep += 1;
        let follow_up = self.follow_up(&mut shared);
        if follow_up.needs_unlock() {
            // Rare: starting threads and delivering outcomes needs the lock released.
            drop(shared);
            self.perform(follow_up);
            shared = lock(&self.shared);
        } else {
            // One less: this worker consumes a notification without a wait.
            for _ in 1..follow_up.notify {
                self.work.notify_one();
            }
        }
        let mut is_over = false;
        while shared.free.notified == 0 && !is_over {
            (shared, is_over) = wait(&self.work, shared, limit);
        }
        is_over = shared.free.notified == 0;
        if is_over {
            shared.free.asleep -= 1;
            shared.free.searching += 1;
        } else {
            shared.free.notified -= 1;
        }
        let mut now = LazyNow::Unread;
        self.catch_up(&mut shared, &mut now);
        (shared, now, is_over)
    }

    /// Wakes all workers and unlocks the schedule.
    pub(super) fn wake_all(&self, mut shared: MutexGuard<'_, Shared<I>>) {
        let all = shared.free.asleep;
        shared.free.wake(all);
        // Notified before the follow-up, which may take long.
        self.work.notify_all();
        self.stop_spin.store(true, Ordering::Relaxed);
        self.unlock(shared);
    }
}
