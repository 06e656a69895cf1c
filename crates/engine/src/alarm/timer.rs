//! The timer thread and the alarms that it serves. It uses the locks of std: loom does not model
//! it.

use super::Callback;
use crate::unwind::catch;
use std::collections::BTreeMap;
use std::io;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::Builder;
use std::time::{Duration, Instant};

/// How long the thread stays when it is not needed. A thread for each alarm would cost more.
const LINGER: Duration = Duration::from_millis(100);

/// The longest sleep, used while no alarm is armed and a guard keeps the thread.
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// Enough for callbacks, whatever `RUST_MIN_STACK` asks for.
const STACK_BYTES: usize = 256 * 1024;

/// The key of an alarm while it is armed.
#[derive(Debug, Default)]
pub(super) struct Entry(Mutex<Option<Key>>);

/// The time of an alarm, and a number that is unique among alarms of the same time.
type Key = (Instant, u64);

struct Timer {
    armed: BTreeMap<Key, Arc<Callback>>,
    /// How often an alarm has been armed.
    count: u64,
    guards: usize,
    /// The end of the thread's current sleep; `None` without a thread.
    sleeps_until: Option<Instant>,
}

static TIMER: Mutex<Timer> = Mutex::new(Timer {
    armed: BTreeMap::new(),
    count: 0,
    guards: 0,
    sleeps_until: None,
});
static CHANGED: Condvar = Condvar::new();

/// Ignores poison: nothing panics while it holds one of the locks.
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
        // Without the lock: this may drop the callback, whose captures may have destructors.
        drop(removed);
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
    /// Starts the thread, unless it exists.
    fn start(&mut self) -> io::Result<()> {
        if self.sleeps_until.is_none() {
            let thread = Builder::new().name("pool-timer".to_owned());
            thread.stack_size(STACK_BYTES).spawn(run)?;
            // The thread reads the armed alarms before it sleeps, so it needs no notification until
            // then.
            self.sleeps_until = Some(Instant::now());
        }
        Ok(())
    }

    /// Starts the thread, or wakes it if it would sleep beyond that time.
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

/// The body of the thread.
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
            // A panic must not end the thread, which other alarms need.
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
