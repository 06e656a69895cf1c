//! How a running task learns that its result is not needed any more.
//!
//! A [`CancelSource`] and its [`CancelToken`]s share one flag. Only the source can set it. The pool
//! keeps the source and passes workers a token, so no worker can cancel a task.

use crate::sync::{Arc, AtomicBool, Ordering};
use std::time::Instant;

/// The write side: cancels the tokens that share its flag.
///
/// A pool has one for each worker. Outside of pools it is of use to test a worker.
#[derive(Debug, Default)]
pub struct CancelSource(Arc<Flag>);

impl CancelSource {
    /// A source whose tokens are not cancelled.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// A token of this source.
    #[must_use]
    pub fn token(&self) -> CancelToken {
        CancelToken {
            flag: Arc::clone(&self.0),
            deadline: None,
        }
    }

    /// Cancels all tokens of this source.
    pub fn cancel(&self) {
        self.0.set(true);
    }

    /// Resets all tokens for the next task.
    pub(crate) fn reset(&self) {
        self.0.set(false);
    }
}

/// The read side: a running task polls it. It is cancelled when the caller aborts the task, when the
/// task times out, or when the pool is closed by force.
///
/// A worker whose tasks may take more than a few milliseconds calls [`CancelToken::is_cancelled`]
/// about once a millisecond, and returns when that is true. The result does not count then. That is
/// rare enough to cost nothing, and often enough to free the thread soon.
///
/// A worker cannot cancel anything:
///
/// ```compile_fail,E0599
/// use native_worker_pool_engine::CancelToken;
///
/// fn run(token: &CancelToken) {
///     token.cancel();
/// }
/// ```
#[derive(Debug)]
pub struct CancelToken {
    flag: Arc<Flag>,
    /// When the task times out.
    deadline: Option<Instant>,
}

impl CancelToken {
    /// Sets the deadline of the next task.
    pub(crate) fn set_deadline(&mut self, deadline: Option<Instant>) {
        self.deadline = deadline;
    }

    /// Whether the task should stop. Costs one load of memory that is almost never written, and a
    /// read of the clock if the task has a timeout.
    #[must_use]
    pub fn is_cancelled(&self) -> bool {
        self.flag.is_set()
            || self
                .deadline
                .is_some_and(|deadline| Instant::now() >= deadline)
    }
}

/// Whether the task of one worker should stop. Written under the scheduler's lock, so that a
/// cancellation never reaches the next task; read at any time.
#[derive(Debug, Default)]
struct Flag(AtomicBool);

// Relaxed: the flag publishes no other data, and a task that sees it later stops later. Whether the
// result counts is decided under the lock, not by this flag.
impl Flag {
    fn is_set(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }

    fn set(&self, value: bool) {
        // A reset rarely changes anything. Without the store the cache line stays shared.
        if self.is_set() != value {
            self.0.store(value, Ordering::Relaxed);
        }
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn a_token_is_cancelled_by_its_source_until_the_next_task() {
        let (source, other) = (CancelSource::new(), CancelSource::new());
        let token = source.token();
        other.cancel();
        assert!(!token.is_cancelled());
        source.cancel();
        assert!(token.is_cancelled());
        assert!(source.token().is_cancelled());
        source.reset();
        assert!(!token.is_cancelled());
    }

    #[test]
    fn a_token_is_cancelled_at_its_deadline() {
        let mut token = CancelSource::new().token();
        token.set_deadline(Some(Instant::now() + Duration::from_secs(3600)));
        assert!(!token.is_cancelled());
        token.set_deadline(Some(Instant::now()));
        assert!(token.is_cancelled());
        token.set_deadline(None);
        assert!(!token.is_cancelled());
    }
}
