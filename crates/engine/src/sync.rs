//! The locks, atomics and threads that the engine uses: those of std, or those of loom when a model
//! is checked (`--cfg loom`). No other file of the crate names either.

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
#[cfg(not(loom))]
use std::thread::Builder;
// Not modelled: nothing of the engine depends on the order in which counts of an `Arc` change.
use std::hint::spin_loop;
use std::io;
pub(crate) use std::sync::Arc;
use std::sync::PoisonError;
use std::time::{Duration, Instant};
#[cfg(not(loom))]
use std::{num::NonZero, sync::OnceLock, thread::available_parallelism};

/// Locks `mutex`, poisoned or not: no code of the engine can panic while it holds a lock, since
/// workers and bridges are only called without one.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Sleeps until `condvar` is notified; poison is ignored for the same reason as in [`lock`].
pub(crate) fn wait<'a, T>(condvar: &Condvar, guard: MutexGuard<'a, T>) -> MutexGuard<'a, T> {
    condvar.wait(guard).unwrap_or_else(PoisonError::into_inner)
}

/// Starts a thread of that name.
pub(crate) fn spawn(name: &str, main: Box<dyn FnOnce() + Send>) -> io::Result<JoinHandle<()>> {
    Builder::new().name(name.to_owned()).spawn(main)
}

/// Whether the thread has run its last code, so that a join takes no time.
#[cfg(not(loom))]
pub(crate) fn has_ended(handle: &JoinHandle<()>) -> bool {
    handle.is_finished()
}

/// loom cannot tell; the handle is kept and joined at the end.
#[cfg(loom)]
pub(crate) fn has_ended(_handle: &JoinHandle<()>) -> bool {
    false
}

/// Whether waiting for another thread without sleeping can be of use: not when the only core is
/// needed by that other thread.
#[cfg(not(loom))]
pub(crate) fn spin_pays() -> bool {
    static CORES: OnceLock<usize> = OnceLock::new();
    *CORES.get_or_init(|| available_parallelism().map_or(1, NonZero::get)) > 1
}

/// A model gains nothing from a spin: the sleep that follows is the harder case.
#[cfg(loom)]
pub(crate) fn spin_pays() -> bool {
    false
}

/// Waits without sleeping until `done`, at most about `limit`.
pub(crate) fn spin_until(limit: Duration, done: impl Fn() -> bool) {
    /// Between two looks at `done` and at the clock: less than a microsecond. Each look takes the
    /// cache line from whoever writes it.
    const PAUSES: u32 = 16;

    let start = Instant::now();
    while !done() && start.elapsed() < limit {
        for _ in 0..PAUSES {
            spin_loop();
        }
    }
}
