//! Timers that ring even while the event loop is blocked. One thread of the process serves all of
//! them.
//!
//! The thread exists while a [`TimerGuard`] does, so an alarm rings even if the system refuses new
//! threads by then. Without a guard, the thread is started when an alarm is armed, and ends when it
//! has been idle for a while. Callbacks run without the timer's lock, so a callback may arm any
//! alarm.

#[cfg(all(test, not(loom)))]
mod tests;
#[cfg(not(loom))]
mod timer;

use crate::sync::Arc;
use std::fmt;
use std::io;
use std::time::Instant;

/// Called on the timer thread when an alarm rings.
type Callback = dyn Fn() + Send + Sync;

/// A timer that rings once each time it is armed.
///
/// It may still ring once after another thread has disarmed or dropped it.
pub struct Alarm {
    callback: Arc<Callback>,
    #[cfg(not(loom))]
    entry: timer::Entry,
}

impl Alarm {
    /// Creates an alarm that is not armed. `callback` must not block. A panic of it is swallowed.
    pub fn new(callback: impl Fn() + Send + Sync + 'static) -> Self {
        Self {
            callback: Arc::new(callback),
            #[cfg(not(loom))]
            entry: timer::Entry::default(),
        }
    }

    /// Arms the alarm for the time `at`, which replaces an earlier time. If there is no
    /// [`TimerGuard`] and the system refuses a thread, the alarm rings once another alarm has
    /// started one.
    pub fn arm(&self, at: Instant) {
        #[cfg(not(loom))]
        self.entry.arm(at, &self.callback);
        // A model has no clock: alarms never ring.
        #[cfg(loom)]
        let _ = (at, &self.callback);
    }

    /// Disarms the alarm.
    pub fn disarm(&self) {
        #[cfg(not(loom))]
        self.entry.disarm();
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

/// Keeps the timer thread alive.
#[derive(Debug)]
pub struct TimerGuard(());

impl TimerGuard {
    /// Starts the timer thread, unless it exists.
    ///
    /// # Errors
    ///
    /// If the system refuses the thread.
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
