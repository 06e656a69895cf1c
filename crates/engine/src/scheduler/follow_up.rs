//! What is due after a change under the lock: workers to wake, threads to start, outcomes to
//! deliver, an alarm to arm.

use super::sleep::Wakeups;
use super::{Intake, Scheduler, Settled, Shared};
use crate::clock::{LazyNow, Timestamp};
use crate::sync::{MutexGuard, Ordering};
use std::mem;

/// What has to be done after the lock is released.
pub(super) struct FollowUp<I> {
    wakeups: Wakeups,
    /// Seats whose threads have to be started.
    start: Vec<usize>,
    settled: Vec<Settled<I>>,
}

impl<I> FollowUp<I> {
    pub(super) fn is_empty(&self) -> bool {
        self.wakeups.is_empty() && self.start.is_empty() && self.settled.is_empty()
    }
}

impl<I> Scheduler<I> {
    /// Unlocks the schedule. For each waiting task a worker is searching or is woken.
    pub(super) fn unlock(&self, mut shared: MutexGuard<'_, Shared<I>>) {
        let follow_up = self.follow_up(&mut shared);
        if shared.free.is_spinning && shared.schedule.waiting() > 0 {
            self.stop_spin.store(true, Ordering::Relaxed);
        }
        drop(shared);
        self.perform(follow_up);
    }

    /// Notifies workers, starts threads and delivers outcomes. Called without the lock.
    pub(super) fn perform(&self, follow_up: FollowUp<I>) {
        for wakeup in follow_up.wakeups {
            wakeup.notify_one();
        }
        for seat in follow_up.start {
            self.host.start(seat);
        }
        if !follow_up.settled.is_empty() {
            self.host.settled(follow_up.settled);
        }
    }

    /// Decides which workers are woken, and updates the ring's wakeup flag and the alarm.
    pub(super) fn follow_up(&self, shared: &mut Shared<I>) -> FollowUp<I> {
        let mut wakeups = Wakeups::new();
        shared.wake_needed(&mut wakeups);
        let mut start = self.reserve_missing(shared);
        let needs_wakeup = shared.needs_wakeup();
        if let Some(Intake { ring, .. }) = &self.intake
            && needs_wakeup != shared.needs_wakeup
        {
            shared.needs_wakeup = needs_wakeup;
            ring.set_needs_wakeup(needs_wakeup);
            if needs_wakeup {
                // The producer may have posted before it could read the flag.
                self.admit_posted(shared, &mut LazyNow::Unread);
                shared.wake_needed(&mut wakeups);
                start.extend(self.reserve_missing(shared));
                if !shared.needs_wakeup() {
                    shared.needs_wakeup = false;
                    ring.set_needs_wakeup(false);
                }
            }
        }
        self.arm_alarm(shared);
        let settled = mem::take(&mut shared.settled);
        // The pool must not end before these have been delivered.
        shared.presence.enter(usize::from(!settled.is_empty()));
        FollowUp {
            wakeups,
            start,
            settled,
        }
    }

    /// Reserves the seats whose threads have to be started.
    fn reserve_missing(&self, shared: &mut Shared<I>) -> Vec<usize> {
        let needed = shared.needed() + usize::from(mem::take(&mut shared.has_refused));
        let seats = shared.roster.start(needed, || self.clock.now());
        shared.free.searching += seats.len();
        shared.presence.enter(seats.len());
        seats
    }

    /// Arms the alarm for the next time limit, if that is earlier than the time for which it is
    /// armed.
    fn arm_alarm(&self, shared: &mut Shared<I>) {
        let Some(due) = shared.due() else { return };
        if shared.alarm_at.is_some_and(|at| at <= due) {
            return;
        }
        // Armed under the lock: a thread that found an earlier time must not be overtaken by one
        // that found a later time.
        if let Some(instant) = self.clock.instant(due) {
            shared.alarm_at = Some(due);
            self.alarm.arm(instant);
        }
    }
}

impl<I> Shared<I> {
    /// Wakes a worker for each task that no searching worker will take.
    fn wake_needed(&mut self, wakeups: &mut Wakeups) {
        let needed = self.needed();
        self.free.wake(needed, wakeups);
    }

    /// How many more workers could take a task now.
    fn needed(&self) -> usize {
        self.schedule.waiting().saturating_sub(self.free.searching)
    }

    /// Whether a task that is posted now would be polled by no worker although one is asleep or
    /// missing.
    fn needs_wakeup(&self) -> bool {
        self.free.searching == 0 && (self.free.asleep() > 0 || self.roster.has_missing())
    }

    /// The next time at which somebody has to take the lock; `None` if there is none.
    fn due(&self) -> Option<Timestamp> {
        let retry = self.roster.retry_at();
        if retry.is_none() && !self.schedule.has_limits() {
            return None; // the common case
        }
        let times = [
            retry.filter(|_| self.needed() > 0),
            self.schedule.first_limit(),
            self.schedule.first_deadline(),
        ];
        times.into_iter().flatten().min()
    }
}
