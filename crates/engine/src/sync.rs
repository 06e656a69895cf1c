//! The locks, atomics and threads of the engine. They come from std, or from loom when a model is
//! checked (`--cfg loom`). Only `alarm::timer`, which loom does not model, uses std directly.

#[cfg(loom)]
pub(crate) use loom::{
    sync::{
        Condvar, Mutex, MutexGuard,
        atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering, fence},
    },
    thread::JoinHandle,
};
#[cfg(not(loom))]
pub(crate) use std::{
    sync::{
        Condvar, Mutex, MutexGuard,
        atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering, fence},
    },
    thread::JoinHandle,
};

#[cfg(loom)]
use loom::thread::Builder;
use std::hint::spin_loop;
use std::io;
#[cfg(not(loom))]
use std::thread::Builder;
// Not modelled: the engine does not depend on the order in which the counts of an `Arc` change.
pub(crate) use std::sync::Arc;
use std::sync::PoisonError;
use std::time::{Duration, Instant};
#[cfg(not(loom))]
use std::{num::NonZero, sync::OnceLock, thread::available_parallelism};

/// Locks `mutex` and ignores poison: no code of the engine panics while it holds a lock, since
/// workers and bridges are called without one.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Sleeps until `condvar` is notified, or for `limit`; returns whether the time is up. Ignores poison for the same reason as
/// [`lock`].
#[cfg(not(loom))]
pub(crate) fn wait<'a, T>(
    condvar: &Condvar,
    guard: MutexGuard<'a, T>,
    limit: Option<Duration>,
) -> (MutexGuard<'a, T>, bool) {
    if let Some(limit) = limit {
        let result = condvar.wait_timeout(guard, limit);
        let (guard, timeout) = result.unwrap_or_else(PoisonError::into_inner);
        return (guard, timeout.timed_out());
    }
    let guard = condvar.wait(guard).unwrap_or_else(PoisonError::into_inner);
    (guard, false)
}

/// No time passes in a model.
#[cfg(loom)]
pub(crate) fn wait<'a, T>(
    condvar: &Condvar,
    guard: MutexGuard<'a, T>,
    _limit: Option<Duration>,
) -> (MutexGuard<'a, T>, bool) {
    let guard = condvar.wait(guard).unwrap_or_else(PoisonError::into_inner);
    (guard, false)
}

/// Starts a thread with that name.
pub(crate) fn spawn(name: &str, main: Box<dyn FnOnce() + Send>) -> io::Result<JoinHandle<()>> {
    Builder::new().name(name.to_owned()).spawn(main)
}

/// Whether [`has_ended`] can tell. loom has no such query.
pub(crate) const KNOWS_ENDED: bool = cfg!(not(loom));

/// Whether the thread has finished, so that a join takes no time.
#[cfg(not(loom))]
pub(crate) fn has_ended(handle: &JoinHandle<()>) -> bool {
    handle.is_finished()
}

/// The handle is kept and joined at the end.
#[cfg(loom)]
pub(crate) fn has_ended(_handle: &JoinHandle<()>) -> bool {
    false
}

/// Whether it can pay to spin while another thread works. On a single core that thread needs the
/// core.
#[cfg(not(loom))]
pub(crate) fn spin_pays() -> bool {
    static CORES: OnceLock<usize> = OnceLock::new();
    *CORES.get_or_init(|| available_parallelism().map_or(1, NonZero::get)) > 1
}

/// Models skip the spin: the sleep that follows is the harder case.
#[cfg(loom)]
pub(crate) fn spin_pays() -> bool {
    false
}

/// Spins until `done` returns true, for about `limit` at most. Returns how long that took.
pub(crate) fn spin_until(limit: Duration, done: impl Fn() -> bool) -> Duration {
    /// Pauses between two reads of `done` and the clock: less than a microsecond. Each read takes
    /// the cache line from the thread that writes it.
    const PAUSES: u32 = 16;

    let start = Instant::now();
    loop {
        let is_done = done();
        let took = start.elapsed();
        if is_done || took >= limit {
            return took;
        }
        for _ in 0..PAUSES {
            spin_loop();
        }
    }
}
