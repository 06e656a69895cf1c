//! Timers that ring whatever the event loop does: one thread of the process sleeps for all of them.
//!
//! The thread is there while there is a [`TimerGuard`], so that alarms ring though the system has no more
//! threads; without one it is started when an alarm is armed. It ends when it has not been needed for a while.
//! It calls back without its lock, so a callback may arm any alarm.

use crate::sync::Arc;
#[cfg(not(loom))]
use crate::unwind::catch;
use std::fmt;
use std::io;
use std::time::Instant;

/// Called on the timer thread when the time has come.
type Callback = dyn Fn() + Send + Sync;

/// A timer that rings once each time it is armed.
///
/// It may ring once more while it is disarmed or dropped by another thread.
pub struct Alarm {
    callback: Arc<Callback>,
    #[cfg(not(loom))]
    timer: timer::Entry,
}

impl Alarm {
    /// An alarm that is not armed. `callback` must not block; a panic of it is swallowed.
    pub fn new(callback: impl Fn() + Send + Sync + 'static) -> Self {
        Self {
            callback: Arc::new(callback),
            #[cfg(not(loom))]
            timer: timer::Entry::default(),
        }
    }

    /// Rings at that time, and not at the one that it was armed for before. Without a [`TimerGuard`], and if the
    /// system refuses a thread, it rings when one is started for another alarm.
    pub fn arm(&self, at: Instant) {
        #[cfg(not(loom))]
        self.timer.arm(at, &self.callback);
        // No time passes in a model.
        #[cfg(loom)]
        let _ = (at, &self.callback);
    }

    /// Does not ring any more.
    pub fn disarm(&self) {
        #[cfg(not(loom))]
        self.timer.disarm();
    }
}

impl Drop for Alarm {
    fn drop(&mut self) {
        self.disarm();
    }
}

impl fmt::Debug for Alarm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Alarm").finish_non_exhaustive()
    }
}

/// Keeps the thread that rings alarms.
#[derive(Debug)]
pub struct TimerGuard(());

impl TimerGuard {
    /// Starts the thread, unless it is there.
    ///
    /// # Errors
    ///
    /// When the system refuses it.
    pub fn new() -> io::Result<Self> {
        #[cfg(not(loom))]
        timer::guard()?;
        Ok(Self(()))
    }
}

impl Drop for TimerGuard {
    fn drop(&mut self) {
        #[cfg(not(loom))]
        timer::release();
    }
}

#[cfg(not(loom))]
mod timer {
    use super::{Callback, catch};
    use std::collections::BTreeMap;
    use std::io;
    use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
    use std::thread::Builder;
    use std::time::{Duration, Instant};

    /// How long the thread stays when it is not needed: to start one for each alarm would cost more.
    const LINGER: Duration = Duration::from_millis(100);

    /// How long it sleeps at a time when it is kept and no alarm is armed.
    const DAY: Duration = Duration::from_secs(24 * 60 * 60);

    /// Enough for callbacks, and independent of what `RUST_MIN_STACK` asks for.
    const STACK_BYTES: usize = 256 * 1024;

    /// An alarm's place among those that are armed.
    #[derive(Debug, Default)]
    pub(super) struct Entry(Mutex<Option<Key>>);

    /// The time of an alarm, and a number that tells it from others of the same time.
    type Key = (Instant, u64);

    struct Timer {
        armed: BTreeMap<Key, Arc<Callback>>,
        /// How often an alarm has been armed.
        count: u64,
        guards: usize,
        /// Until when the thread sleeps, if there is one.
        sleeps_until: Option<Instant>,
    }

    static TIMER: Mutex<Timer> = Mutex::new(Timer {
        armed: BTreeMap::new(),
        count: 0,
        guards: 0,
        sleeps_until: None,
    });
    static CHANGED: Condvar = Condvar::new();

    /// Nothing can panic while it holds one of the locks.
    fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
        mutex.lock().unwrap_or_else(PoisonError::into_inner)
    }

    impl Entry {
        pub(super) fn arm(&self, at: Instant, callback: &Arc<Callback>) {
            let mut entry = lock(&self.0);
            let mut timer = lock(&TIMER);
            if let Some(key) = entry.take() {
                timer.armed.remove(&key);
            }
            timer.count += 1;
            let key = (at, timer.count);
            timer.armed.insert(key, Arc::clone(callback));
            *entry = Some(key);
            timer.wake_by(at);
        }

        pub(super) fn disarm(&self) {
            let Some(key) = lock(&self.0).take() else {
                return;
            };
            let mut timer = lock(&TIMER);
            let removed = timer.armed.remove(&key);
            timer.end_if_unneeded();
            drop(timer);
            drop(removed); // without the lock: a callback owns what it likes
        }
    }

    pub(super) fn guard() -> io::Result<()> {
        let mut timer = lock(&TIMER);
        timer.start()?;
        timer.guards += 1;
        Ok(())
    }

    pub(super) fn release() {
        let mut timer = lock(&TIMER);
        timer.guards -= 1;
        timer.end_if_unneeded();
    }

    impl Timer {
        /// Starts the thread, unless it is there.
        fn start(&mut self) -> io::Result<()> {
            if self.sleeps_until.is_none() {
                let thread = Builder::new().name("pool-timer".to_owned());
                thread.stack_size(STACK_BYTES).spawn(run)?;
                self.sleeps_until = Some(Instant::now()); // it looks for itself
            }
            Ok(())
        }

        /// Wakes the thread if it would sleep beyond that time, or starts it.
        fn wake_by(&mut self, at: Instant) {
            if self.start().is_ok() && self.sleeps_until > Some(at) {
                self.sleeps_until = Some(at);
                CHANGED.notify_one();
            }
        }

        fn is_needed(&self) -> bool {
            self.guards > 0 || !self.armed.is_empty()
        }

        fn end_if_unneeded(&mut self) {
            if self.sleeps_until.is_some() && !self.is_needed() {
                self.wake_by(Instant::now() + LINGER);
            }
        }
    }

    /// The life of the thread.
    fn run() {
        let mut timer = lock(&TIMER);
        let mut ends_at = None;
        loop {
            let now = Instant::now();
            if let Some(entry) = timer.armed.first_entry()
                && entry.key().0 <= now
            {
                let callback = entry.remove();
                drop(timer);
                // A panic must not cost the other alarms their thread.
                let _ = catch(move || callback());
                timer = lock(&TIMER);
                continue;
            }
            let until = if timer.is_needed() {
                ends_at = None;
                let first = timer.armed.first_key_value();
                first.map_or(now + DAY, |(&(at, _), _)| at)
            } else {
                *ends_at.get_or_insert(now + LINGER)
            };
            if until <= now {
                timer.sleeps_until = None;
                return;
            }
            timer.sleeps_until = Some(until);
            timer = CHANGED
                .wait_timeout(timer, until.saturating_duration_since(now))
                .unwrap_or_else(PoisonError::into_inner)
                .0;
        }
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;
    use std::sync::mpsc::channel;
    use std::time::Duration;

    #[test]
    fn alarms_ring_in_the_order_of_their_times() {
        let (sender, rings) = channel();
        let now = Instant::now();
        let alarms = [30, 10, 20].map(|after| {
            let sender = sender.clone();
            let alarm = Alarm::new(move || sender.send(after).unwrap());
            alarm.arm(now + Duration::from_millis(after));
            alarm
        });
        let order = rings.iter().take(3).collect::<Vec<_>>();
        assert_eq!(order, [10, 20, 30]);
        assert!(now.elapsed() >= Duration::from_millis(30));
        drop(alarms);
    }

    #[test]
    fn an_alarm_rings_at_the_time_it_was_armed_for_last() {
        let (sender, rings) = channel();
        let alarm = Alarm::new(move || sender.send(()).unwrap());
        let now = Instant::now();
        alarm.arm(now + Duration::from_secs(3600));
        alarm.arm(now + Duration::from_millis(5));
        rings.recv().unwrap();
        assert!(now.elapsed() < Duration::from_secs(3600));
        drop(alarm);
        assert!(rings.recv().is_err(), "the callback is dropped with it");
    }

    #[test]
    fn an_alarm_that_is_disarmed_does_not_ring() {
        let (sender, rings) = channel();
        let other = sender.clone();
        let alarm = Alarm::new(move || sender.send("disarmed").unwrap());
        let later = Alarm::new(move || other.send("later").unwrap());
        let now = Instant::now();
        alarm.arm(now + Duration::from_millis(5));
        later.arm(now + Duration::from_millis(10));
        alarm.disarm();
        assert_eq!(rings.recv(), Ok("later"));
        assert!(rings.try_recv().is_err());
    }

    #[test]
    fn the_thread_is_the_same_while_there_is_a_guard() {
        let ring = || {
            let (sender, rings) = channel();
            let alarm = Alarm::new(move || sender.send(std::thread::current().id()).unwrap());
            alarm.arm(Instant::now() + Duration::from_millis(1));
            rings.recv().unwrap()
        };
        let first = TimerGuard::new().unwrap();
        let thread = ring();
        let second = TimerGuard::new().unwrap();
        drop(first);
        std::thread::sleep(Duration::from_millis(300)); // longer than it stays unneeded
        assert_eq!(ring(), thread);
        drop(second);
        ring();
    }

    #[test]
    fn a_callback_may_arm_its_alarm_and_may_panic() {
        let (sender, rings) = channel();
        let alarm = Arc::new_cyclic(|alarm: &std::sync::Weak<Alarm>| {
            let alarm = alarm.clone();
            Alarm::new(move || {
                sender.send(()).unwrap();
                alarm.upgrade().unwrap().arm(Instant::now());
                std::panic::resume_unwind(Box::new("nobody hears"));
            })
        });
        alarm.arm(Instant::now());
        for _ in 0..3 {
            rings.recv().unwrap();
        }
        alarm.disarm();
    }
}
