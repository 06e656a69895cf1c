//! The locks, atomics and threads that the engine uses: those of std, or those of loom when a model
//! is checked (`--cfg loom`). No other file of the crate names either.

#[cfg(loom)]
pub(crate) use loom::{
    sync::{
        Condvar, Mutex, MutexGuard,
        atomic::{AtomicBool, Ordering},
    },
    thread::{Builder, JoinHandle},
};
#[cfg(not(loom))]
pub(crate) use std::{
    sync::{
        Condvar, Mutex, MutexGuard,
        atomic::{AtomicBool, Ordering},
    },
    thread::{Builder, JoinHandle},
};

// Not modelled: nothing of the engine depends on the order in which counts of an `Arc` change.
pub(crate) use std::sync::Arc;
use std::sync::PoisonError;

/// Locks `mutex`, poisoned or not: no code of the engine can panic while it holds a lock, since
/// workers and bridges are only called without one.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Sleeps until `condvar` is notified; poison is ignored for the same reason as in [`lock`].
pub(crate) fn wait<'a, T>(condvar: &Condvar, guard: MutexGuard<'a, T>) -> MutexGuard<'a, T> {
    condvar.wait(guard).unwrap_or_else(PoisonError::into_inner)
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
